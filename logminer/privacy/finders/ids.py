"""Ids of people and of what is theirs: announced by a word, in many languages, or of a form that nothing else has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from logminer.privacy.finders import checks
from logminer.privacy.finders.idwords import HEADS, SCRIPTS, Announcer
from logminer.privacy.finders.tokens import Token, Tokens
from logminer.privacy.spans import Span

__all__ = ["find_ids"]

ANNOUNCED, SHAPED, GUESSED = 0.7, 0.5, 0.3


def find_ids(tokens: Tokens) -> Iterator[Span]:
    """Spans of ID and US_SSN in a text that has digits; they may overlap."""
    yield from _by_form(tokens)
    yield from _announced(tokens)


# ---- by form alone

_SSN = re.compile(r"(?<![\w-])(?!000|666|9\d\d)\d{3}([- ])(?!00)\d\d\1(?!0000)\d{4}(?![\w-])")


class _Form(NamedTuple):
    """A form that nothing else has; where that needs a check, `check` takes its letters and digits."""

    pattern: str
    check: Callable[[str], bool] | None = None


_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_FORMS = (
    _Form(r"[2-9]\d{3}([ -])\d{4}\1\d{4}", checks.is_aadhaar),
    _Form(r"\d{3}\.\d{3}\.\d{3}-\d\d", checks.is_cpf),
    _Form(r"\d\d\.\d{3}\.\d{3}/\d{4}-\d\d", checks.is_cnpj),
    _Form(r"\d\d ?\d{3} \d{3} ?\d{3}", checks.is_steuer_id),
    _Form(r"[12] ?\d\d ?\d\d ?\d[\dAB] ?\d{3} ?\d{3} ?\d\d", checks.is_nir),
    _Form(r"\d{6}[ -]?(?:19|20)\d{6}[ -]?\d{3}[\dXx]", checks.is_resident_id),
    _Form(r"\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[1-8]\d{6}"),  # Korea
    _Form(r"\d{3}[ -]\d{3}[ -]\d{4}", checks.is_nhs),
    _Form(r"\d{3}-\d{3}-\d{3}", checks.is_sin),
    _Form(r"\d{8}-?[A-Z]|\d\d\.\d{3}\.\d{3}-?[A-Z]|[XYZ]-?\d{7}-?[A-Z]", checks.is_dni),
    _Form(r"[STFGM]\d{7}[A-Z]", checks.is_nric),
    _Form(r"\d{6}[-+A-F]\d{3}[0-9A-FHJ-NPR-Y]", checks.is_hetu),
    _Form(r"\d{1,2}\.\d{3}\.\d{3}-[\dKk]|\d{7,8}-[\dKk]", checks.is_rut),
    _Form(r"[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]"),  # Italy
    _Form(r"[A-Z]{4}\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[HMX][A-Z]{5}[A-Z0-9]\d"),  # Mexico
    _Form(r"[A-Z]{3}P[A-Z]\d{4}[A-Z]"),  # India, a person's PAN
    _Form(r"784-\d{4}-\d{7}-\d"),  # Emirates
    _Form(r"[1-7]\d{4}-\d{7}-\d"),  # Pakistan
    _Form(r"[A-Z]{1,2}\d{6}\([\dA]\)"),  # Hong Kong
    _Form(r"756\.\d{4}\.\d{4}\.\d\d"),  # Switzerland
    _Form(r"\d\d\.\d\d\.\d\d-\d{3}\.\d\d"),  # Belgium
    _Form(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] \d\d \d\d \d\d [A-D]"),  # Britain
    _Form(r"[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y\d]\d-[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y\d]\d-[AC-HJKMNP-RT-Y]{2}\d\d"),  # Medicare, US
    _Form(r"[A-Z]{2} ?\d{9} ?[A-Z]{2}|[A-Z]{2} ?\d{3} ?\d{3} ?\d{3} ?[A-Z]{2}", checks.is_s10),
    _Form(r"1Z ?[0-9A-Z]{3} ?[0-9A-Z]{3} ?\d\d ?\d{4} ?\d{4}"),  # a parcel of UPS
    _Form(r"J?JD\d{14,20}"),  # a parcel of DHL or Yodel
    _Form(r"(?:\(00\) ?|00)\d{18}", checks.is_sscc),
    _Form(r"1\d\d-\d{7}-\d{7}"),  # an order of Amazon
    _Form(r"(?=[A-Z0-9]{0,12}[A-Z])[A-HJ-NPR-Z0-9]{17}", checks.is_vin),
    _Form(r"3[345]-\d{6}-\d{6}-\d|3[345] \d{6} \d{6} \d"),  # IMEI
    _Form(r"[" + _PROVINCES + r"][A-Z][·. ]?[A-Z0-9]{5,6}"),  # a car in China
)  # fmt: skip
_COMPILED = [(re.compile(rf"(?:{form.pattern})(?![0-9A-Za-z_-])"), form.check) for form in _FORMS]
_ANY = re.compile("|".join(f"(?:{form.pattern})" for form in _FORMS).replace(r"\1", "[ -]"))
_JOINTS = frozenset(" .-/(")
_SIGNS = re.compile(r"[^0-9A-Za-z]")


def _by_form(tokens: Tokens) -> Iterator[Span]:
    text = tokens.text
    for match in _SSN.finditer(text):
        yield Span(*match.span(), "US_SSN", SHAPED if "-" in match.group() else GUESSED)
    done = 0
    for figure in tokens.figures:
        if figure.start < done or _is_plain(text, figure):
            continue
        for start in _beginnings(text, figure.start):
            if not _ANY.match(text, start):
                continue
            for pattern, check in _COMPILED:
                form = pattern.match(text, start)
                if form and (check is None or check(_SIGNS.sub("", form.group()).upper())):
                    yield Span(*form.span(), "ID", ANNOUNCED)
                    done = form.end()
                    break


def _is_plain(text: str, figure: Token) -> bool:
    """Whether a short number stands alone: "in 2019,"."""
    start, end = figure.start, figure.end
    if end - start < 2:
        return True
    glued = start > 0 and (text[start - 1].isalnum() or text[start - 1] == "·")
    return end - start < 7 and not glued and text[end : end + 1] not in _JOINTS


def _beginnings(text: str, at: int) -> Iterator[int]:
    """Where a form with digits at `at` may begin: at the word that they are in, or at a short one before it."""
    start = at
    while (
        start > 0 and at - start < 16 and (text[start - 1].isascii() and text[start - 1].isalnum())
    ):
        start -= 1
    free = start == 0 or text[start - 1] not in "_-/."
    if free:
        yield start
    before = text[max(0, start - 3) : start]
    if len(before) > 1 and before[-1] in " .-·" and before[-2].isalnum():
        first = start - 3 if len(before) == 3 and before[0].isalnum() else start - 2
        if first == 0 or not (text[first - 1].isalnum() and text[first - 1].isascii()):
            yield first
    elif start > 0 and text[start - 1] in _PROVINCES:
        yield start - 1


# ---- announced

MOST_WORDS = 64  # characters between a word and an id of a form that is particular enough
_GAPS = frozenset((" ", "_", "-", ". ", ".", "'s ", "’s ", "  "))
_LINK = re.compile(
    r"(?:['’]s)?(?:[ _.-]{0,2}(?:#|n[º°o]\.?|(?:numbers?|num|no|nr|nbr|cards?|ids?|code|key|nummer|número|numero|numéro|numer|numerem|numarası|karte|carte|kaart|karta"
    r"|tarjeta|cartão|tessera|plate|registration|reference|ref|reg|holder|value|here|ends|ending|in|with|for|of|to|on|file|is|was|are|ist|lautet|war|es|est|è|é|e|jest|wynosi|är|er|my|the)\b\.?)){0,5}"
    r"[\s:=#.,(\[\"'*«–—>|-]{0,8}",
    re.IGNORECASE,
)
_STOP = re.compile(r"\n\s*\n|[.!?]\s+[A-Z][a-z]")
_AFTERWARDS = re.compile(
    r"[\s,:(=–-]{0,3}(?:(?:is|was|as|es|est|ist|é|è|to|jest|är|er)\s)?"
    r"(?:(?:my|the|his|her|our|your|their|mi|su|mon|ma|sa|son|mein|meine|il|mio|mia|meu|minha|mój|moja|jego|mijn|a|an|nr|number|numer)\s){0,3}"
)
_SCRIPT_FORM = re.compile(
    r"(?<![0-9A-Za-z])[A-Z]{0,5}\d(?:[ .-]?[0-9A-Za-z]){3,22}(?![0-9A-Za-z%])"
)
_YEAR_OR_DATE = re.compile(
    r"(?:1[89]|20)\d\d(?:[ ./-]\d{1,2}(?:[ ./-]\d{1,2})?|-(?:19|20)\d\d)?|\d{1,2}([./-])\d{1,2}\1\d{2,4}"
)


def _announced(tokens: Tokens) -> Iterator[Span]:
    words, gaps, text = tokens.words, tokens.gaps, tokens.text
    known = HEADS.keys() & tokens.vocabulary
    for i, word in enumerate(words) if known else ():
        if word.lower not in known:
            continue
        for announcer in HEADS[word.lower]:
            last = i + len(announcer.rest)
            if last >= len(words) or any(
                words[i + j].lower != said or gaps[i + j] not in _GAPS
                for j, said in enumerate(announcer.rest, 1)
            ):
                continue
            if found := _value(text, word.start, words[last].end, announcer):
                yield Span(*found, "ID", ANNOUNCED)
                break
    if tokens.has_other_script:
        for said in SCRIPTS.finditer(text):
            match = _SCRIPT_FORM.search(text, said.end(), said.end() + 48)
            if match and match.start() - said.end() <= 16 and _is_id(match.group()):
                yield Span(*match.span(), "ID", ANNOUNCED)


def _value(text: str, start: int, end: int, announcer: Announcer) -> tuple[int, int] | None:
    """The id that the words from `start` to `end` announce: after them, else before."""
    if not announcer.near:
        link = _LINK.match(text, end)
        at = link.end() if link else end
        match = announcer.form.match(text, at) if at > end else None
        return match.span() if match and (not announcer.loose or _is_id(match.group())) else None
    match = announcer.form.search(text, end, end + 2 * MOST_WORDS)
    if match and match.start() - end <= MOST_WORDS and not _STOP.search(text, end, match.start()):
        return match.span()
    floor = max(0, start - MOST_WORDS)
    for match in announcer.form.finditer(text, floor, start):
        if _AFTERWARDS.fullmatch(text, match.end(), start):
            return match.span()
    return None


def _is_id(value: str) -> bool:
    """Whether it has figures enough, and is no year or date."""
    digits = sum(map(str.isdigit, value))
    letters = sum(map(str.isalpha, value))
    if _YEAR_OR_DATE.fullmatch(value):
        return False
    return (
        digits >= 5
        or (digits >= 1 and letters >= 1 and digits + letters >= 5)
        or digits == 4 == len(value)
    )
