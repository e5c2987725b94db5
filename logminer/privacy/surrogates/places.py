"""In place of places and addresses."""

from __future__ import annotations

import re

from logminer.privacy import names
from logminer.privacy.finders.streets import HEADS, PARTICLES, TAILS, UNITS
from logminer.privacy.redact import is_particle
from logminer.privacy.surrogates.drawing import Drawing, cased

__all__ = ["address", "location"]

_WORD = re.compile(r"[^\W\d_]+")
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
    if any(map(str.isdecimal, value)):  # an address: numbers and names change, "Street" stays
        value = re.sub(r"\d+", lambda m: drawing.digits(m.group()), value)
        return _WORD.sub(
            lambda m: (
                m.group() if m.group().casefold() in _STREET_WORDS else _place(drawing, m.group())
            ),
            value,
        ).replace("<", "(")
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
    def word(match: re.Match[str]) -> str:
        folded = match.group().casefold()
        kept = (
            len(folded) < 3
            or folded in _STREET_WORDS
            or folded in TAILS | HEADS | UNITS | PARTICLES
        )
        return match.group() if kept or is_particle(folded) else _place(drawing, match.group())

    value = re.sub(r"\d+", lambda m: drawing.digits(m.group()), value)
    return _WORD.sub(word, value).replace("<", "(")
