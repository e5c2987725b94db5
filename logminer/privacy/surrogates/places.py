"""In place of places and addresses."""

from __future__ import annotations

import re
from collections.abc import Callable

from logminer.privacy import names
from logminer.privacy.finders.streets import HEADS, PARTICLES, TAILS, UNITS
from logminer.privacy.redact import is_particle
from logminer.privacy.surrogates.drawing import Dice, Drawing, cased, scrambled

__all__ = ["address", "coordinates", "location"]

_WORD = re.compile(r"[^\W\d_]+")
# With letters: of the UK, Canada, Ireland and the Netherlands. Those of digits keep their form as numbers do.
_POSTCODE = re.compile(
    r"(?<!\w)((?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z][ -]?\d[A-Z]\d|[AC-FHKNPRTV-Y]\d[\dW] ?(?=[A-Z\d]{0,3}\d)[AC-FHKNPRTV-Y\d]{4})"
    r"|(?-i:[1-9]\d{3} ?(?!NE|NW|SE|SW|ST|RD|DR|LN|CT|AV|PO)[A-Z]{2}))(?!\w)",
    re.IGNORECASE,
)
_FIRST, _LATER = "AEHP", "AEHPW"  # letters that every place of all of them may have
_STREET_WORDS = frozenset(
    """
    street st avenue ave road rd lane ln drive dr boulevard blvd square way court ct place apt apartment
    suite floor corner intersection north south east west strasse straße platz weg rue calle via plaza po box
    """.split()  # noqa: SIM905
)


def location(drawing: Drawing, value: str) -> str:
    """Part by part: a country for a country, a state for a state, else a town."""
    parts = re.split(r"(\s*[,\n/]\s*)", value)
    replaced = "".join(
        _place(drawing, p) if i % 2 == 0 and p else p for i, p in enumerate(parts)
    ).replace("<", "(")
    if replaced.casefold() != value.casefold():
        return replaced
    return drawing.drawn("LOCATION", value, lambda dice: dice.pick(names.cities()))


def _place(drawing: Drawing, value: str) -> str:
    if any(map(str.isdecimal, value)):
        return _numbered(drawing, value, lambda word: word in _STREET_WORDS)
    if not _WORD.search(value):
        return value
    article = re.match(r"(?:the|der|die|la|el|le)\s+", value, re.IGNORECASE)
    head = article.group() if article else ""
    place = value[len(head) :]
    if place.casefold() in names.known_countries():
        # "UK" is no reason to shout
        pool, model = names.countries(), place if len(place) > 4 else ""
    else:
        pool = names.states() if place.title() in names.states() else names.cities()
        model = place
    return cased(model, drawing.drawn("LOCATION", place, lambda dice: dice.pick(pool)))


def address(drawing: Drawing, value: str) -> str:
    """Line by line: numbers and names change, what streets and units are called stays."""
    lines = re.split(r"(\s*\n\s*|\s*,\s*)", value)
    replaced = "".join(
        _street(drawing, p) if i % 2 == 0 and p else p for i, p in enumerate(lines)
    ).replace("<", "(")
    if replaced.casefold() != value.casefold():
        return replaced
    return drawing.drawn("ADDRESS", value, lambda dice: dice.pick(names.cities()))


def _street(drawing: Drawing, value: str) -> str:
    named = TAILS | HEADS | UNITS | PARTICLES
    return _numbered(
        drawing, value, lambda word: word in _STREET_WORDS or word in named or is_particle(word)
    )


def _numbered(drawing: Drawing, value: str, stays: Callable[[str], bool]) -> str:
    """An address: postcodes, numbers and names change; words in small letters that `stays` says, and short ones, do not."""

    def word(match: re.Match[str]) -> str:
        short = len(match.group()) < 3
        return match.group() if short or stays(match.group().casefold()) else _place(drawing, match.group())  # fmt: skip

    parts = _POSTCODE.split(value)
    for i, part in enumerate(parts):
        if i % 2:
            parts[i] = _postcode(drawing, part)
        else:
            digits = re.sub(r"\d+", lambda m: drawing.digits(m.group()), part)
            parts[i] = _WORD.sub(word, digits)
    return "".join(parts).replace("<", "(")


def _postcode(drawing: Drawing, value: str) -> str:
    """Another postcode of the same form, spaced as this one."""
    compact = "".join(filter(str.isalnum, value)).upper()

    def draw(dice: Dice) -> str:
        return "".join(
            dice.pick("123456789" if i == 0 else "0123456789")
            if char.isdigit()
            else dice.pick(_LATER if i else _FIRST)
            for i, char in enumerate(compact)
        )

    drawn = iter(cased(value, drawing.drawn("LOCATION", compact, draw)))
    return "".join(next(drawn) if char.isalnum() else char for char in value)


_FIGURE = re.compile(r"\d+(?:\.\d+)?")
_QUARTER = re.compile(r"(?<![^\W\d_])[NSEWnsew](?![^\W\d_])")


def coordinates(drawing: Drawing, value: str) -> str:
    """Another place on earth, written alike: no figure before a point is above 89."""

    def draw(dice: Dice) -> str:
        def figure(match: re.Match[str]) -> str:
            whole, point, rest = match.group().partition(".")
            degrees = str(dice.below(min(90, 10 ** len(whole)))).zfill(len(whole))
            return degrees + point + scrambled(dice, rest)

        made = _FIGURE.sub(figure, value)
        return _QUARTER.sub(
            lambda m: cased(m.group(), dice.pick("NS" if m.group() in "NSns" else "EW")), made
        )

    return drawing.drawn("COORDINATES", value, draw)
