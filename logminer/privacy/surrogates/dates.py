"""In place of dates and times."""

from __future__ import annotations

import re

from logminer.privacy.finders.lexicon import first_name, frequency
from logminer.privacy.finders.numbers import is_month
from logminer.privacy.finders.streets import PARTICLES, TAILS, UNITS
from logminer.privacy.finders.tokens import word_set
from logminer.privacy.surrogates.drawing import Dice, Drawing, cased, scrambled
from logminer.privacy.surrogates.people import name

__all__ = ["date", "nameless"]

_WORD = re.compile(r"[^\W\d_]+")
_DAYS = word_set(
    """
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun lunes martes miércoles jueves
    viernes sábado domingo lundi mardi mercredi jeudi vendredi samedi dimanche montag dienstag mittwoch donnerstag freitag samstag sonntag
    """
)
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


def date(drawing: Drawing, value: str) -> str:
    """Another date of the same form: years near by, months and days that exist."""
    return nameless(
        drawing, value, drawing.drawn("DATE_TIME", value, lambda dice: _redated(dice, value))
    )


def nameless(drawing: Drawing, value: str, made: str) -> str:
    """`made` without the names that a span took in beside its number: "3 May Anna", "555 0199 Oslo"."""
    kept = {word for word in _WORD.findall(value) if len(word) > 2 and not _is_ordinary(word)}
    return _WORD.sub(lambda m: name(drawing, m.group()) if m.group() in kept else m.group(), made)


def _is_ordinary(word: str) -> bool:
    """Whether a word beside a date or a number names nobody."""
    folded = word.casefold()
    if folded in _DAYS or is_month(folded) or folded in TAILS | UNITS | PARTICLES:
        return True
    return frequency(folded) >= 1_000 and first_name(folded) < 2


def _redated(dice: Dice, value: str) -> str:
    if not (_MONTH.search(value) or any(c.isdigit() for c in value)):
        return dice.pick(_VAGUE)

    def number(match: re.Match[str]) -> str:
        digits = match.group()
        known = int(digits)
        if len(digits) == 4 and 1800 <= known < 2100:
            return str(known + (-3, -2, -1, 1, 2, 3)[dice.below(6)])
        if len(digits) <= 2 and known <= 31:
            return str(1 + dice.below(12 if known <= 12 else 28)).zfill(len(digits))
        return scrambled(dice, digits)

    def month(match: re.Match[str]) -> str:
        other = dice.pick(_MONTHS)
        return cased(match.group(), other if len(match.group()) > 3 else other[:3])

    return _MONTH.sub(month, re.sub(r"\d+", number, value)).replace("<", "(")
