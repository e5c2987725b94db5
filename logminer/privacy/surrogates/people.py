"""In place of people, their groups and their addresses on the net."""

from __future__ import annotations

import re

from logminer.privacy import names
from logminer.privacy.redact import is_particle
from logminer.privacy.surrogates.drawing import Dice, Drawing, cased

__all__ = ["age", "email", "name", "nrp", "organization", "person", "url"]

_WORD = re.compile(r"[^\W\d_]+")


def person(drawing: Drawing, value: str) -> str:
    """Word by word, so that "Anna Kowalska" and "Anna" agree; titles, particles and initials stay."""
    replaced = _WORD.sub(
        lambda m: m.group() if is_particle(m.group()) else name(drawing, m.group()), value
    )
    replaced = re.sub(r"\d+", lambda m: drawing.digits(m.group()), replaced).replace("<", "(")
    if replaced.casefold() != value.casefold():
        return replaced
    return drawing.drawn(
        "PERSON", value, lambda dice: f"{_first(dice)} {dice.pick(names.surnames())}"
    )


def name(drawing: Drawing, word: str) -> str:
    """Another name of the same sort: a first name for a first name."""
    pool = names.first_names().pool(word) or names.surnames()
    return cased(word, drawing.drawn("PERSON", word, lambda dice: dice.pick(pool)))


def age(drawing: Drawing, value: str) -> str:
    """A near age; over 89 any of the nineties."""

    def draw(dice: Dice) -> str:
        return re.sub(r"\d+", lambda m: str(_aged(dice, int(m.group()))), value)

    return drawing.drawn("AGE", value, draw)


def organization(drawing: Drawing, value: str) -> str:
    """A firm that bears a surname."""
    return drawing.drawn(
        "ORGANIZATION",
        value,
        lambda dice: f"{dice.pick(names.surnames())} {dice.pick(names.ORGANIZATION_SUFFIXES)}",
    )


def nrp(drawing: Drawing, value: str) -> str:
    """Another nationality, religion or party."""
    return drawing.drawn("NRP", value, lambda dice: cased(value, dice.pick(names.NRP_POOL)))


def email(drawing: Drawing, value: str) -> str:
    """An address at example.org (RFC 2606)."""

    def draw(dice: Dice) -> str:
        return (
            f"{_first(dice)}.{dice.pick(names.surnames())}{10 + dice.below(90)}@example.org".lower()
        )

    return drawing.drawn("EMAIL_ADDRESS", value, draw)


def url(drawing: Drawing, value: str) -> str:
    """A page at example.org (RFC 2606)."""
    return drawing.drawn("URL", value, lambda dice: f"https://example.org/{dice.below(16**8):08x}")


def _first(dice: Dice) -> str:
    return dice.pick(names.first_names().female + names.first_names().male)


def _aged(dice: Dice, years: int) -> int:
    if years > 89:
        return 90 + dice.below(10)
    return max(1, years + (-3, -2, -1, 1, 2, 3)[dice.below(6)])
