"""Surrogates: replacements that read like what they stand for.

A surrogate is drawn by a keyed hash of (conversation, type, value). No map is kept: the same person has the same
surrogate in every turn, in every rerun and in what a model says back, in whatever process that is anonymised; and
another one in every other conversation. Without the key nobody can test a guess.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Sequence

from logminer.ids import Pseudonyms
from logminer.privacy import names
from logminer.privacy.finders.lexicon import first_name, frequency
from logminer.privacy.finders.numbers import is_month
from logminer.privacy.finders.streets import HEADS, PARTICLES, TAILS, UNITS
from logminer.privacy.finders.tokens import word_set
from logminer.privacy.patterns import find_all
from logminer.privacy.redact import is_particle, same

__all__ = ["Surrogates"]

_WORD = re.compile(r"[^\W\d_]+")
_STREET_WORDS = frozenset(
    """
    street st avenue ave road rd lane ln drive dr boulevard blvd square way court ct place apt apartment
    suite floor corner intersection north south east west strasse straße platz weg rue calle via plaza po box
    """.split()  # noqa: SIM905
)
_TRIES = 64


class _Dice:
    """A keyed stream of choices."""

    def __init__(self, seed: bytes) -> None:
        self._random = random.Random(int.from_bytes(seed, "big"))

    def below(self, count: int) -> int:
        return int(self._random.random() * count)

    def pick(self, pool: Sequence[str]) -> str:
        return pool[self.below(len(pool))]


class Surrogates:
    """Surrogates of one conversation.

    Args:
        conversation_id: the pseudonym, which is all that a later stage knows.
        raw: values that must not come out as a surrogate: what was found in the conversation.
    """

    def __init__(
        self, pseudonyms: Pseudonyms, conversation_id: str, raw: Iterable[str] = ()
    ) -> None:
        self._pseudonyms = pseudonyms
        self._conversation_id = conversation_id
        self._raw = {value.casefold() for value in raw}
        self._raw |= {word for value in self._raw for word in _WORD.findall(value)}

    def __call__(self, entity_type: str, value: str) -> str:
        make = _MAKERS.get(entity_type)
        if make is not None:
            return make(self, value)
        return self._drawn(entity_type, value, lambda dice: _scrambled(dice, value))

    def _drawn(self, kind: str, value: str, draw: Callable[[_Dice], str]) -> str:
        """The first draw that reveals nothing; a hash in the end."""
        key = same(kind, value)
        forbidden = value.casefold()
        seed = b""
        for attempt in range(_TRIES):
            seed = self._pseudonyms.digest(
                "surrogate", self._conversation_id, kind, key, str(attempt)
            )
            drawn = draw(_Dice(seed))
            folded = drawn.casefold()
            if folded not in self._raw and forbidden not in folded and "<" not in drawn:
                return drawn
        return f"{kind.title().replace('_', '')}{seed.hex()[:12]}"

    def _person(self, value: str) -> str:
        """Word by word, so that "Anna Kowalska" and "Anna" agree; titles, particles and initials stay."""
        replaced = _WORD.sub(
            lambda m: m.group() if is_particle(m.group()) else self._name(m.group()), value
        )
        replaced = re.sub(r"\d+", lambda m: self._digits(m.group()), replaced).replace("<", "(")
        if replaced.casefold() != value.casefold():
            return replaced
        return self._drawn(
            "PERSON",
            value,
            lambda d: (
                f"{d.pick(names.first_names().female + names.first_names().male)} {d.pick(names.surnames())}"
            ),
        )

    def _name(self, word: str) -> str:
        pool = names.first_names().pool(word) or names.surnames()
        return _cased(word, self._drawn("PERSON", word, lambda dice: dice.pick(pool)))

    def _digits(self, digits: str) -> str:
        return self._drawn("DIGITS", digits, lambda dice: _scrambled(dice, digits))

    def _location(self, value: str) -> str:
        parts = re.split(r"(\s*[,\n/]\s*)", value)
        replaced = "".join(self._place(p) if i % 2 == 0 and p else p for i, p in enumerate(parts))
        replaced = replaced.replace("<", "(")
        if replaced.casefold() != value.casefold():
            return replaced
        return self._drawn("LOCATION", value, lambda dice: dice.pick(names.cities()))

    def _place(self, value: str) -> str:
        if any(map(str.isdecimal, value)):  # an address: numbers and names change, "Street" stays
            value = re.sub(r"\d+", lambda m: self._digits(m.group()), value)
            return _WORD.sub(
                lambda m: (
                    m.group() if m.group().casefold() in _STREET_WORDS else self._place(m.group())
                ),
                value,
            ).replace("<", "(")
        if not _WORD.search(value):
            return value
        article = re.match(r"(?:the|der|die|la|el|le)\s+", value, re.IGNORECASE)
        head = article.group() if article else ""
        name = value[len(head) :]
        if name.casefold() in names.known_countries():
            pool, cased = (
                names.countries(),
                name if len(name) > 4 else "",
            )  # "UK" is no reason to shout
        else:
            pool, cased = (
                (names.states() if name.title() in names.states() else names.cities()),
                name,
            )
        return _cased(cased, self._drawn("LOCATION", name, lambda dice: dice.pick(pool)))

    def _address(self, value: str) -> str:
        """Line by line: numbers and names change, what streets and units are called stays."""
        lines = re.split(r"(\s*\n\s*|\s*,\s*)", value)
        replaced = "".join(self._street(p) if i % 2 == 0 and p else p for i, p in enumerate(lines))
        replaced = replaced.replace("<", "(")
        if replaced.casefold() != value.casefold():
            return replaced
        return self._drawn("ADDRESS", value, lambda dice: dice.pick(names.cities()))

    def _street(self, value: str) -> str:
        def word(match: re.Match[str]) -> str:
            folded = match.group().casefold()
            kept = (
                len(folded) < 3
                or folded in _STREET_WORDS
                or folded in TAILS | HEADS | UNITS | PARTICLES
            )
            return match.group() if kept or is_particle(folded) else self._place(match.group())

        value = re.sub(r"\d+", lambda m: self._digits(m.group()), value)
        return _WORD.sub(word, value).replace("<", "(")

    def _age(self, value: str) -> str:
        return self._drawn(
            "AGE",
            value,
            lambda dice: re.sub(r"\d+", lambda m: str(_aged(dice, int(m.group()))), value),
        )

    def _organization(self, value: str) -> str:
        return self._drawn(
            "ORGANIZATION",
            value,
            lambda dice: f"{dice.pick(names.surnames())} {dice.pick(names.ORGANIZATION_SUFFIXES)}",
        )

    def _nrp(self, value: str) -> str:
        return self._drawn("NRP", value, lambda dice: _cased(value, dice.pick(names.NRP_POOL)))

    def _email(self, value: str) -> str:
        def draw(dice: _Dice) -> str:
            first = dice.pick(names.first_names().female + names.first_names().male)
            return f"{first}.{dice.pick(names.surnames())}{10 + dice.below(90)}@example.org".lower()

        return self._drawn("EMAIL_ADDRESS", value, draw)

    def _phone(self, value: str) -> str:
        """Same format; from eight digits on the 555-01xx block, which is nobody's."""
        places = [i for i, c in enumerate(value) if c.isdigit()]
        country = len(re.match(r"\+\d{0,3}", value).group()) - 1 if value.startswith("+") else 0  # type: ignore[union-attr]

        def draw(dice: _Dice) -> str:
            chars = list(value)
            fiction = "55501" if len(places) >= 8 else ""
            for rank, place in enumerate(places):
                if rank >= min(country, max(len(places) - 8, 0)):
                    chars[place] = str(dice.below(10) or 2)
            for digit, place in zip(fiction, places[-7:], strict=False):
                chars[place] = digit
            return "".join(chars)

        return self._nameless(value, self._drawn("PHONE_NUMBER", value, draw))

    def _unproven(self, kind: str, value: str) -> str:
        """Same shape, but no checksum holds: of a card or an IBAN."""
        head = 2 if kind == "IBAN_CODE" else 0

        def draw(dice: _Dice) -> str:
            drawn = value[:head] + _scrambled(dice, value[head:])
            return (
                value
                if any(s.entity_type in ("CREDIT_CARD", "IBAN_CODE") for s in find_all(drawn))
                else drawn
            )

        return self._drawn(kind, value, draw)

    def _ip(self, value: str) -> str:
        """An address of the ranges kept for documentation (RFC 5737, RFC 3849)."""

        def draw(dice: _Dice) -> str:
            if ":" in value:
                return "2001:db8:" + ":".join(f"{1 + dice.below(0xFFFF):x}" for _ in range(6))
            return f"{dice.pick(('192.0.2', '198.51.100', '203.0.113'))}.{1 + dice.below(254)}"

        return self._drawn("IP_ADDRESS", value, draw)

    def _url(self, value: str) -> str:
        return self._drawn(
            "URL", value, lambda dice: f"https://example.org/{dice.below(16**8):08x}"
        )

    def _date(self, value: str) -> str:
        return self._nameless(
            value, self._drawn("DATE_TIME", value, lambda dice: _redated(dice, value))
        )

    def _nameless(self, value: str, made: str) -> str:
        """`made` without the names that a span took in beside its number: "3 May Anna", "555 0199 Oslo"."""
        kept = {word for word in _WORD.findall(value) if len(word) > 2 and not _is_ordinary(word)}
        return _WORD.sub(lambda m: self._name(m.group()) if m.group() in kept else m.group(), made)


_DAYS = word_set(
    """
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun lunes martes miércoles jueves
    viernes sábado domingo lundi mardi mercredi jeudi vendredi samedi dimanche montag dienstag mittwoch donnerstag freitag samstag sonntag
    """
)


def _is_ordinary(word: str) -> bool:
    """Whether a word beside a date or a number names nobody."""
    folded = word.casefold()
    if folded in _DAYS or is_month(folded) or folded in TAILS | UNITS | PARTICLES:
        return True
    return frequency(folded) >= 1_000 and first_name(folded) < 2


_MAKERS: dict[str, Callable[[Surrogates, str], str]] = {
    "PERSON": Surrogates._person,
    "USERNAME": Surrogates._person,
    "LOCATION": Surrogates._location,
    "ADDRESS": Surrogates._address,
    "AGE": Surrogates._age,
    "ORGANIZATION": Surrogates._organization,
    "NRP": Surrogates._nrp,
    "EMAIL_ADDRESS": Surrogates._email,
    "PHONE_NUMBER": Surrogates._phone,
    "CREDIT_CARD": lambda self, value: self._unproven("CREDIT_CARD", value),
    "IBAN_CODE": lambda self, value: self._unproven("IBAN_CODE", value),
    "IP_ADDRESS": Surrogates._ip,
    "URL": Surrogates._url,
    "DATE_TIME": Surrogates._date,
}


def _aged(dice: _Dice, years: int) -> int:
    """A near age; over 89 any of the nineties."""
    if years > 89:
        return 90 + dice.below(10)
    return max(1, years + (-3, -2, -1, 1, 2, 3)[dice.below(6)])


def _cased(model: str, word: str) -> str:
    """`word` in capitals or small letters where `model` is."""
    if len(model) > 1 and model.isupper():
        return word.upper()
    return word.lower() if model.islower() else word


def _scrambled(dice: _Dice, value: str) -> str:
    """Same shape, other letters and digits; what is neither and not ordinary punctuation becomes a hyphen."""
    hexadecimal = bool(re.fullmatch(r"[0-9A-Fa-f:.\s-]+", value))
    letters = "abcdef" if hexadecimal else "abcdefghijklmnopqrstuvwxyz"
    out = []
    for char in value:
        if char.isdigit():
            out.append(str(dice.below(10)))
        elif char.isalpha():
            letter = dice.pick(letters)
            out.append(letter.upper() if char.isupper() else letter)
        else:
            out.append(char if char in " -./:,()+@_#\n" else "-")
    return "".join(out)


_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")  # fmt: skip
_MONTH = re.compile(r"\b(?:{})\b".format("|".join(f"{m}|{m[:3]}" for m in _MONTHS)), re.IGNORECASE)
_VAGUE = (
    "some time ago",
    "at some point",
    "the other day",
    "one of these days",
    "a while back",
    "before long",
)


def _redated(dice: _Dice, value: str) -> str:
    """Another date of the same form: years near by, months and days that exist."""
    if not (_MONTH.search(value) or any(c.isdigit() for c in value)):
        return dice.pick(_VAGUE)

    def number(match: re.Match[str]) -> str:
        digits = match.group()
        known = int(digits)
        if len(digits) == 4 and 1800 <= known < 2100:
            return str(known + (-3, -2, -1, 1, 2, 3)[dice.below(6)])
        if len(digits) <= 2 and known <= 31:
            return str(1 + dice.below(12 if known <= 12 else 28)).zfill(len(digits))
        return _scrambled(dice, digits)

    def month(match: re.Match[str]) -> str:
        other = dice.pick(_MONTHS)
        return _cased(match.group(), other if len(match.group()) > 3 else other[:3])

    return _MONTH.sub(month, re.sub(r"\d+", number, value)).replace("<", "(")
