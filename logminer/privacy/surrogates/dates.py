"""In place of dates and times: all dates of a conversation are moved by one number of weeks, all times by one of minutes."""

from __future__ import annotations

import re
from datetime import timedelta
from weakref import WeakKeyDictionary

from logminer.privacy.dates.reading import DateReading, dates_in, moved, reading_of
from logminer.privacy.finders.lexicon import first_name, frequency
from logminer.privacy.finders.numbers import is_month
from logminer.privacy.finders.streets import PARTICLES, TAILS, UNITS
from logminer.privacy.finders.tokens import word_set
from logminer.privacy.surrogates.drawing import Dice, Drawing, cased, scrambled
from logminer.privacy.surrogates.people import name

__all__ = ["date", "nameless"]

# One to three years, but never near a whole number of them: no month and no day of the year stays.
_WEEKS = (*range(56, 100), *range(109, 153))
_MINUTES = range(65, 660, 5)
_WORD = re.compile(r"[^\W\d_]+")
_DAYS = word_set(
    """
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun lunes martes miércoles jueves
    viernes sábado domingo lundi mardi mercredi jeudi vendredi samedi dimanche montag dienstag mittwoch donnerstag freitag samstag sonntag
    lunedì martedì mercoledì giovedì venerdì sabato domenica segunda terça quarta quinta sexta feira maandag dinsdag woensdag donderdag
    vrijdag zaterdag zondag poniedziałek wtorek środa środę czwartek piątek sobota sobotę niedziela niedzielę
    uhr clock
    """
)
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")  # fmt: skip
_MONTH = re.compile(r"\b(?:{})\b".format("|".join(f"{m}|{m[:3]}" for m in _MONTHS)), re.IGNORECASE)
_CLOCK = re.compile(
    r"(?<![\d:.+-])(?P<h>[01]?\d|2[0-4])(?:(?P<sep>[:.h])(?P<m>[0-5]\d)(?P<s>:[0-5]\d(?:\.\d+)?)?)?(?P<half> ?[ap]\.?m\b\.?)?(?![\d:])",
    re.IGNORECASE,
)
_VAGUE = (
    "some time ago",
    "at some point",
    "the other day",
    "one of these days",
    "a while back",
    "before long",
)
_readings: WeakKeyDictionary[Drawing, DateReading] = WeakKeyDictionary()


def date(drawing: Drawing, value: str) -> str:
    """The date moved, in the form that it had: weekdays, intervals, their order and ages stay true.

    Times of a date stay; times by themselves are moved; of what names no date or time (a duration) the numbers are
    others.
    """
    reading = _readings.get(drawing)
    if reading is None:
        reading = reading_of(drawing.raw)
        day_first = bool(drawing.noted("day first", int(reading.day_first)))
        reading = _readings[drawing] = reading._replace(day_first=day_first)
    shift = timedelta(weeks=_one_of(drawing, "weeks", _WEEKS))
    try:
        made = moved(value, dates_in(value, reading), shift, reading)
    except (OverflowError, ValueError):  # out of the calendar
        made = value
    if made == value:
        by = _one_of(drawing, "minutes", _MINUTES)
        made = _CLOCK.sub(lambda match: _later(match, by), value)
    if made.casefold() == value.casefold() or "<" in made:
        made = drawing.drawn("DATE_TIME", value, lambda dice: _redated(dice, value))
    return nameless(drawing, value, made)


def _one_of(drawing: Drawing, what: str, choices: range | tuple[int, ...]) -> int:
    """The conversation's own one of these choices, forward or back."""
    dice = drawing.dice("DATE_TIME", what)
    chosen = choices[dice.below(len(choices))]
    return chosen if dice.below(2) else -chosen


def _later(match: re.Match[str], minutes: int) -> str:
    """A time of day moved; a number that is none stays."""
    half, said = match["half"], match.groupdict()
    if not (half or match["m"]):
        return match.group()
    hour = int(match["h"]) % 12 + 12 * ("p" in half.lower()) if half else int(match["h"])
    hour, minute = divmod((60 * hour + int(said["m"] or 0) + minutes) % 1440, 60)
    if half:
        letter = "p" if hour >= 12 else "a"
        half = re.sub(
            "[ap]", letter.upper() if half.isupper() else letter, half, count=1, flags=re.I
        )
        hour = hour % 12 or 12
    hours = f"{hour:02}" if match["h"].startswith("0") else str(hour)
    if not half and len(match["h"]) == 2:
        hours = f"{hour:02}"
    minutes_ = f"{match['sep']}{minute:02}" if match["m"] else ""
    return f"{hours}{minutes_}{match['s'] or ''}{half or ''}"


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
