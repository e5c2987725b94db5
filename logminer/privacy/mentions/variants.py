"""The ways in which a value that was found is written again: what is looked for in the rest of its conversation.

Each way is a squeezed spelling (see `canonical`) and a form, which says in what company it counts as the value again:

| form | counts |
|---|---|
| exact | as it stands, or in capitals |
| whole | with any separators or none: a name of several words, a handle, a street |
| place | the same; a common word only with its capital |
| word | one word of a name, alone |
| shy | the same, of a first name that is also an ordinary word: with its capital, inside a sentence |
| derived | a spelling made from a name (initial and surname, backwards), where it is no word |
| number, digits | with any grouping or none; digits alone also with a country's code or zeros before them |
| short | four digits, in one run or one by one |
| part | never: a word of a name that is a word in use |
| self | never: it only says which value it is |
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from logminer.privacy.finders.lexicon import (
    first_name,
    frequency,
    is_region,
    is_surname,
    is_town,
    street_words,
)
from logminer.privacy.finders.numbers import is_month
from logminer.privacy.mentions.canonical import WORD, canonical, squeezed
from logminer.privacy.redact import is_particle

__all__ = ["COMMON", "Variant", "name_words", "variants"]

IN_EVERY_TEXT = 500_000  # from it on, a capital alone makes it no name: "Will you"
COMMON = 1_000  # from this frequency on, a surname alone is a word; see `lexicon.frequency`
RARE = 100  # below it, a word is hardly one
RARE_PLACE = 200  # below it, a place counts in small letters
MOST_LETTERS = 128  # of a spelling
_LETTERS = re.compile(r"[\W\d_]*[^\W\d_]*(?:['’]s)?[\W\d_]*")
_TITLES = frozenset("mr mrs ms miss mx dr prof professor sir madam herr frau monsieur madame señor señora sr sra jr ii iii".split())  # fmt: skip  # noqa: SIM905
_EXACT = ("ORGANIZATION", "NRP", "AGE", "URL")
_SERIAL = re.compile(r"[a-z]{1,3}(\d{7,})")  # a passport's number
_LOGIN = re.compile(r"://[^/\s:@]*:([^@\s]+)@")
_OPENS = re.compile(r"(?<=[=/])[\w.~%+-]{16,600}")  # what in a link opens something
_UK = r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
_CODE = re.compile(r"[^\w\s'’.,-]|\w\.\w|_|[a-z][A-Z]")
_POSTCODE = re.compile(rf"\b(?:{_UK}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{{5}}(?:-\d{{4}})?|\d{{4}} ?[A-Z]{{2}})\b")  # fmt: skip


class Variant(NamedTuple):
    """A spelling, its form, and of what type it is then."""

    text: str  # squeezed; of an exact one as it is written
    form: str
    entity_type: str


def name_words(value: str) -> list[str]:
    """The words of a name that say who it is, folded: no titles, particles or initials."""
    return [squeezed(w) for w in WORD.findall(value) if not is_particle(w)]


def variants(entity_type: str, value: str, *, sure: bool = True) -> Iterator[Variant]:
    """How `value` may be written again; the strongest form of a spelling comes first.

    Args:
        sure: it was found by more than a model's guess; a guess at a word that no list has counts as it stands.
    """
    make = _MAKERS.get(entity_type, _numbered)
    if sure and entity_type == "PERSON":
        make = _announced
    elif not sure and entity_type in ("PERSON", "LOCATION") and _is_guess(value):
        make = _guess
    for made in make(entity_type, value) if len(set(squeezed(value))) > 1 else ():
        if 0 < len(made.text) <= MOST_LETTERS:
            digits = made.form in ("number", "whole") and made.text.isdecimal()
            yield made._replace(form="digits") if digits else made
    yield Variant(canonical(entity_type, value)[:MOST_LETTERS], "self", entity_type)


def _is_guess(value: str) -> bool:
    """Whether it is one word that no list of names has, or looks like code."""
    words = [w for w in map(squeezed, WORD.findall(value)) if len(w) > 1]
    if any(first_name(w) or is_surname(w) or is_town(w) for w in words):
        return False
    return (len(words) == 1 and value.isascii()) or bool(_CODE.search(value)) or value.islower()


def _guess(entity_type: str, value: str) -> Iterator[Variant]:
    words = [squeezed(w) for w in WORD.findall(value)]
    if not (value.islower() or _CODE.search(value)) and (
        len(words) > 1 or not any(map(frequency, words))
    ):
        yield from _exact(entity_type, value)


# ---- people


def _announced(entity_type: str, value: str) -> Iterator[Variant]:
    return _person(entity_type, value, sure=True)


def _person(entity_type: str, value: str, *, sure: bool = False) -> Iterator[Variant]:
    spelt = [w for w in WORD.findall(value) if w.casefold() not in _TITLES]
    bare = [squeezed(w) for w in spelt if len(w) > 1]
    words = name_words(value)
    if not words:
        return
    known = any(first_name(w) or is_surname(w) for w in words)
    strange = not any(map(frequency, words))
    several = len(words) > 1
    if several:
        last = bare.index(words[-1])
        for whole in (bare, words, [words[0], *bare[last:]], [words[0], words[-1]]):
            yield Variant("".join(whole), "whole", entity_type)
        for end in (words[-1:], bare[_surname_from(bare, words) :]):
            yield Variant("".join((*end, words[0])), "whole", entity_type)
            yield Variant("".join((*end, *words[:-1])), "whole", entity_type)
            if len(end) > 1:
                yield Variant("".join(end), "whole", entity_type)
    alone = [
        w
        for w in words
        if known or (_may_stand_alone(w) and (strange or (sure and frequency(w) < RARE)))
    ]
    for token in value.split():
        if not _LETTERS.fullmatch(token) and len(glued := squeezed(token)) > 4:
            yield Variant(glued, "whole", entity_type)  # O'Flannaghan, Marie-Claire
    for word in words:
        form = _form_alone(word) if word in alone else "part"
        yield Variant(word, form, entity_type)
    if not several and _form_alone(words[0]) != "word" and frequency(words[0]) < IN_EVERY_TEXT:
        yield from _exact(entity_type, value)
    rare = [w for w in words if w in alone and _form_alone(w) == "word"]
    if several and words[-1] in rare and len(words[-1]) > 3:
        initials = "".join(w[0] for w in words[:-1])
        for start in (words[0][0], initials):
            yield Variant(start + words[-1], "derived", entity_type)
            yield Variant(words[-1] + start, "derived", entity_type)
    if several and words[0] in rare and len(words[0]) > 3:
        yield Variant(words[0] + words[-1][0], "derived", entity_type)
    for backwards in ["".join(words), *rare]:
        if len(backwards) > 4 and backwards != backwards[::-1]:
            yield Variant(backwards[::-1], "derived", entity_type)


def _surname_from(bare: list[str], words: list[str]) -> int:
    """Where the surname begins with the particles before it: "van der Berg"."""
    place = len(bare) - 1 - bare[::-1].index(words[-1])
    while place > 1 and is_particle(bare[place - 1]):
        place -= 1
    return place


def _may_stand_alone(word: str) -> bool:
    return len(word) > 3 or not word.isascii()


def _form_alone(word: str) -> str:
    """Whether a word of a name, found by itself, is the name again: "Will" and "Page" need not be."""
    if len(word) < 3 and word.isascii():
        return "part"
    level = first_name(word)
    if level == 2 or frequency(word) < COMMON:
        return "word"
    place = is_month(word) or is_region(word) or is_town(word)
    return "shy" if level and not place else "part"


def _handle(entity_type: str, value: str) -> Iterator[Variant]:
    whole = squeezed(value)
    if len(whole) > 4 and frequency(whole) < COMMON:
        yield Variant(whole, "whole", entity_type)
    words = [w for w in map(squeezed, WORD.findall(value)) if len(w) > 1]
    named = [w for w in words if first_name(w) == 2]
    if len(words) > 1 and named and all(frequency(w) < COMMON for w in words):
        yield from _person("PERSON", " ".join(words))
    for word in named:
        yield Variant(word, "word", "PERSON")
    for word in words:  # so that it has one surrogate in all spellings of the handle
        if len(word) > 2 and frequency(word) < COMMON and not is_town(word):
            yield Variant(word, "part", "PERSON")


def _mail(entity_type: str, value: str) -> Iterator[Variant]:
    yield from _exact(entity_type, value)
    local = value.partition("@")[0]
    words = [squeezed(w) for w in WORD.findall(local)]
    if words and any(frequency(w) < COMMON for w in words):
        if len(words) > 1 and not any(c.isdigit() for c in local):
            yield from _person("PERSON", " ".join(words))
        yield from _handle("USERNAME", local)


# ---- places


def _place(entity_type: str, value: str) -> Iterator[Variant]:
    if is_region(value):
        yield from _exact(entity_type, value)
        return
    whole = squeezed(value)
    words = [squeezed(w) for w in WORD.findall(value) if len(w) > 2]
    known = is_town(value.casefold())
    if words and (known or len(words) > 1) and len(whole) > 2:
        yield Variant(whole, "place", entity_type)
    elif words and not frequency(value.casefold()):
        yield from _exact(entity_type, value)
    yield from _postcodes(value)


def _address(entity_type: str, value: str) -> Iterator[Variant]:
    for line in re.split(r"[,\n]", value):
        words = [w for w in map(squeezed, WORD.findall(line)) if w not in street_words()]
        rare = [w for w in words if len(w) > 4 and frequency(w) < RARE]
        whole = squeezed(line)
        if len(whole) > 5 and (rare or (words and any(c.isdigit() for c in whole))):
            yield Variant(whole, "whole", entity_type)
        for word in rare:
            yield Variant(word, "place", entity_type)
    yield from _postcodes(value)


def _postcodes(value: str) -> Iterator[Variant]:
    for match in _POSTCODE.finditer(value):
        yield Variant(squeezed(match.group()), "number", "LOCATION")


# ---- all else


def _exact(entity_type: str, value: str) -> Iterator[Variant]:
    """As it stands between its first and last letter or digit, where that is more than a small number."""
    bare = re.sub(r"^[\W_]+|[\W_]+$", "", value)
    if len(squeezed(bare)) > 3 and not bare.isdecimal():
        yield Variant(bare, "exact", entity_type)
        yield Variant(bare.upper(), "exact", entity_type)


def _place_to_the_metre(entity_type: str, value: str) -> Iterator[Variant]:
    """As it stands, and its figures."""
    yield from _exact(entity_type, value)
    yield from _numbered(entity_type, value)


def _date(entity_type: str, value: str) -> Iterator[Variant]:
    """As it stands; of one in numbers alone the digits, however they are separated."""
    digits = squeezed(value)
    if any(map(str.isdecimal, digits)):
        yield from _exact(entity_type, value)
    if len(digits) > 5 and digits.isdecimal():
        yield Variant(digits, "number", entity_type)


def _numbered(entity_type: str, value: str) -> Iterator[Variant]:
    whole = squeezed(value)
    digits = sum(c.isdigit() for c in whole)
    if digits and len(whole) > 4:
        yield Variant(whole, "number", entity_type)
        if digits > 5 and whole != whole[::-1]:
            yield Variant(whole[::-1], "number", entity_type)
        if serial := _SERIAL.fullmatch(whole):
            yield Variant(serial.group(1), "number", entity_type)
    elif len(whole) == digits == 4 and not 1800 <= int(whole) < 2100:
        yield Variant(whole, "short", entity_type)
    else:
        yield from _exact(entity_type, value)


def _secret(entity_type: str, value: str) -> Iterator[Variant]:
    """Its parts, the password of a login and the token of a link; a password that is a word in use is not looked for."""
    parts, whole = value.split(), squeezed(value)
    if re.fullmatch(r"\d{4}", value):
        yield from _numbered(entity_type, value)
    elif len(whole) > 3 and not (value.isalpha() and frequency(whole)):
        lone = whole.isdecimal() and (len(whole) < 6 or len(set(whole)) < 3)
        yield Variant(whole, "short" if lone else "secret", entity_type)
    login = _LOGIN.search(value)
    tokens = [token for token in _OPENS.findall(value) if any(map(str.isdigit, token))]
    for part in [*parts, *(login.groups() if login else ()), *(tokens if "://" in value else ())]:
        letters = squeezed(part)
        if len(letters) > 4 and not (part.isalpha() and frequency(letters) >= COMMON):
            yield from _exact(entity_type, part)
            if len(letters) > 7:
                yield Variant(letters, "number", entity_type)


def _phone(entity_type: str, value: str) -> Iterator[Variant]:
    bare = canonical(entity_type, value)
    if len(bare) > 4:
        yield Variant(bare, "number", entity_type)
    yield from _numbered(entity_type, value)


def _iban(entity_type: str, value: str) -> Iterator[Variant]:
    yield from _numbered(entity_type, value)
    account = squeezed(value)[4:]
    for part in (account, account[-10:]):
        if len(part) > 9:
            yield Variant(part, "number", "ID")


_MAKERS = {
    "PERSON": _person,
    "USERNAME": _handle,
    "EMAIL_ADDRESS": _mail,
    "LOCATION": _place,
    "ADDRESS": _address,
    "COORDINATES": _place_to_the_metre,
    "DATE_TIME": _date,
    "PHONE_NUMBER": _phone,
    "IBAN_CODE": _iban,
    "SECRET": _secret,
    **dict.fromkeys(_EXACT, _exact),
}
