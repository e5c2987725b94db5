"""Reads the dates in a value, and writes other dates in their place, in the same form.

What is known of a date may be its day, its month or its year only. Numbers that may be a day or a month (03/04/1987)
are read as the other dates of their conversation say (`reading_of`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from logminer.privacy.dates.months import MONTH, languages, month_of, named

__all__ = ["DateReading", "Dated", "dates_in", "days_in", "moved", "reading_of", "says_only"]

_PIVOT = 40  # two digits: 2000 to 2039, 1940 to 1999
_YEAR_DAYS = 365.2425


class DateReading(NamedTuple):
    """How a conversation writes dates: which number comes first, the year of dates without one, months' languages."""

    day_first: bool = False
    year: int = 2023
    languages: frozenset[str] = frozenset()


class Dated(NamedTuple):
    """A date as it stands in a value.

    `day` is the first of what it names, `knows` which of y, m and d it names; `parts` says what stands where: y, m, d, b
    (a month's name), e and f (the other day of a range), q and h (a quarter, a half), w and v (week and day of ISO 8601),
    z (the year after, in two digits), o and p
    (the letters after a day and the other day: 3rd), t (seconds since 1970) and s (a decade).
    """

    start: int
    end: int
    day: date
    knows: str
    parts: dict[str, tuple[int, int]]


_Y = r"(?P<y>1\d{3}|2[01]\d\d)"
_Y2 = rf"(?:{_Y}|['’](?P<y2>\d\d))(?!\d)"
_B = rf"(?P<b>{MONTH})"
_M, _D = r"(?P<m>0?[1-9]|1[0-2])", r"(?P<d>3[01]|[12]\d|0?[1-9])"
_ORDINAL = r"(?:(?P<o>st|nd|rd|th)|er|º|ª|\.)?"
_OTHER = r"(?:(?P<p>st|nd|rd|th)|\.)?"  # of the other day of a range
_OF = r"(?: ?of | ?de | ?del )"
_TO = r" ?(?:[-–—]|to|and|bis|al?|au|y|und|et) ?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?<![\d.]){_Y}(?P<sep>[-/._ ]){_M}(?P=sep){_D}(?!\d)",
        rf"(?<!\d){_Y} ?[年년] ?{_M} ?[月월](?: ?{_D} ?[日일号])?",
        rf"(?<!\d){_M} ?[月월] ?{_D} ?[日일号]",
        r"(?<!\d)(?P<y>1[89]\d\d|20\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>3[01]|[12]\d|0[1-9])(?=\D|\Z|\d{4}(?!\d)|\d{6}(?!\d))",
        r"\A(?P<d>3[01]|[12]\d|0[1-9])(?P<m>0[1-9]|1[0-2])(?P<y>19\d\d|20\d\d)\Z",
        rf"(?<!\d){_Y}-?W(?P<w>[0-5]\d)(?:-?(?P<v>[1-7]))?(?!\d)",
        rf"(?<![\d.])(?P<a>\d\d?)(?P<sep> ?[-/.] ?| )(?P<c>\d\d?)(?P=sep)(?:{_Y}|(?<! )['’]?(?P<y2>\d\d))(?!\d)",
        rf"(?<!\d){_Y}(?P<sep>[-/. ]){_B}(?P=sep){_D}(?!\d)",
        rf"(?<![\d.])(?:(?P<e>3[01]|[12]\d|0?[1-9]){_OTHER}{_TO})?{_D}{_ORDINAL}(?:{_OF}|[ \-/.,_]{{0,2}}){_B}\.?"
        rf"(?:(?:{_OF}|[ ,\-/._]{{0,2}})(?:{_Y}|['’]?(?P<y2>\d\d)(?! ?[:%]))(?!\d))?",
        rf"{_B}\.?[ \-_]{{0,2}}{_D}{_ORDINAL}(?![\d:])(?:{_TO}(?P<f>3[01]|[12]\d|0?[1-9]){_OTHER}(?!\d))?(?:[ ,_\-]{{1,2}}{_Y2})?",
        rf"{_B}\.?(?:{_OF}|[ ,\-/_]{{0,2}}){_Y2}",
        rf"(?<!\d){_Y}[ \-/]{_B}",
        rf"(?<!\d){_Y}[-/.](?P<m>0[1-9]|1[0-2])(?![-/.]?\d)",
        rf"(?<![\d./-]){_M}[-/.]{_Y}(?!\d)",
        rf"\b(?:Q(?P<q>[1-4])|H(?P<h>[12]))[ /'’-]{{0,2}}(?:of )?(?:{_Y}|(?P<y2>\d\d))(?!\d)",
        rf"(?<!\d){_Y}[ /-]?(?:Q(?P<q>[1-4])|H(?P<h>[12]))\b",
        r"(?<!\d)(?P<s>(?:1[5-9]|20)?\d)0['’]?s\b",
        rf"(?<!\d){_Y} ?[/–-] ?(?P<z>\d\d)(?!\d)",
        rf"(?<![\d.]){_D}\.{_M}\.(?!\d)",
        rf"(?<![\d.])(?<!\b\d[/-])(?<!\b\d\d[/-]){_Y}(?!\d|\.\d)",
        r"\A(?P<t>[1-9]\d{8,9})(?:\d{3})?(?:\.\d+)?\Z",
    )
)
_FIGURES = tuple(form for form in _FORMS if "?P<b>" not in form.pattern)
_MONTH_ALONE = re.compile(_B, re.IGNORECASE)
_NAME = re.compile(MONTH, re.IGNORECASE)


def dates_in(value: str, reading: DateReading) -> list[Dated]:
    """The dates in a value, in order; none overlaps another."""
    if not any(map(str.isdigit, value)):
        return [one for m in _MONTH_ALONE.finditer(value) if (one := _dated(m, reading))]
    found: list[Dated] = []
    forms = _FORMS if _NAME.search(value) else _FIGURES
    for form in forms:
        for match in form.finditer(value):
            if all(match.end() <= one.start or one.end <= match.start() for one in found) and (
                one := _dated(match, reading)
            ):
                found.append(one)
    return sorted(found, key=lambda one: one.start)


def days_in(value: str, reading: DateReading | None = None) -> frozenset[date]:
    """The days that a value names with day, month and year."""
    found = dates_in(value, reading or DateReading())
    return frozenset(one.day for one in found if one.knows == "ymd")


def says_only(value: str, days: Collection[date]) -> bool:
    """Whether a value names dates, and these days only, whole or in part: "May 2024" of the 3rd of May 2024."""
    for day_first in (False, True):
        found = dates_in(value, DateReading(day_first))
        if found and all(any(_agrees(one, day) for day in days) for one in found):
            return True
    return False


def _agrees(one: Dated, day: date) -> bool:
    if not one.knows or one.knows == "s" or one.parts.keys() & {"e", "f", "q", "h", "z"}:
        return False
    said, known = one.day.timetuple(), day.timetuple()
    knows = one.knows if set(one.knows) <= set("ymd") else "ymd"
    return all(said["ymd".index(part)] == known["ymd".index(part)] for part in knows)


def moved(value: str, found: Iterable[Dated], shift: timedelta, reading: DateReading) -> str:
    """`value` with each date moved, in the form that it had.

    Raises:
        OverflowError: a date leaves the calendar.
    """
    out, done = [], 0
    for one in found:
        written = _written(value, one, shift, reading)
        for _, (start, end), text in sorted((place, place, text) for place, text in written):
            out += [value[done:start], text]
            done = end
    return "".join((*out, value[done:]))


def reading_of(values: Iterable[str]) -> DateReading:
    """How a conversation writes dates, told by the dates found in it."""
    numbers: list[tuple[int, int, int]] = []
    firm: set[date] = set()
    years: Counter[int] = Counter()
    names: list[str] = []
    for value in values:
        if len(value) > 200 or not any(map(str.isdigit, value)):
            continue
        names += _NAME.findall(value)
        for one in dates_in(value, DateReading()):
            if "y" in one.knows:
                years[one.day.year] += 1
            if "a" in one.parts:
                a, c = (int(value[slice(*one.parts[part])]) for part in "ac")
                numbers.append((a, c, one.day.year))
            elif one.knows == "ymd":
                firm.add(one.day)
    told = [languages(name) for name in names]
    english = sum("en" in some for some in told)
    votes = sum((a > 12) - (c > 12) for a, c, _ in numbers)
    votes = votes or sum(
        (_day(y, c, a) in firm) - (_day(y, a, c) in firm) for a, c, y in numbers if a != c
    )
    year = min(years, key=lambda y: (-years[y], y)) if years else DateReading().year
    day_first = votes > 0 or (votes == 0 and len(told) > 2 * english)
    return DateReading(
        day_first, year, frozenset().union(*(some for some in told if len(some) == 1))
    )


def _dated(match: re.Match[str], reading: DateReading) -> Dated | None:
    said = {name: text for name, text in match.groupdict().items() if text and name != "sep"}
    parts = {name: match.span(name) for name in said}
    knows = "".join(k for k in "ymd" if k in said or {"y": "y2", "m": "b", "d": ""}[k] in said)
    if "t" in said:
        day = date(1970, 1, 1) + timedelta(seconds=int(said["t"]))
        return Dated(*match.span(), day, "t", parts) if 1990 <= day.year <= 2100 else None
    if "s" in said:
        return Dated(*match.span(), date(2000, 1, 1), "s", parts)
    year = _year(said, reading)
    if "a" in said:
        read = _read_numbers(int(said["a"]), int(said["c"]), year, match["sep"], reading)
        if read is None:
            return None
        day, first = read
        parts |= {"d": parts["a" if first else "c"], "m": parts["c" if first else "a"]}
        return Dated(*match.span(), day, "ymd", parts)
    if "w" in said:
        return _week(match, int(said["w"]), int(said.get("v", 1)), year, parts)
    month = month_of(said["b"]) if "b" in said else int(said.get("m", 0))
    if "q" in said or "h" in said:  # the middle of it
        month = 3 * int(said["q"]) - 1 if "q" in said else 6 * int(said["h"]) - 2
    found = _day(year, month or 7, int(said.get("d", 15 if month else 1)))
    if found is None or ("e" in said and not _day(year, month, int(said["e"]))):
        return None
    if "f" in said and not _day(year, month, int(said["f"])):
        return None
    return Dated(*match.span(), found, knows, parts)


def _year(said: dict[str, str], reading: DateReading) -> int:
    if "y" in said:
        return int(said["y"])
    if "y2" not in said:
        return reading.year
    short = int(said["y2"])
    return short + (2000 if short < _PIVOT else 1900)


def _read_numbers(
    a: int, c: int, year: int, separator: str, reading: DateReading
) -> tuple[date, bool] | None:
    """The day that "a/c/year" means, and whether its day comes first."""
    first = reading.day_first or "." in separator
    for day_first in (first, not first):
        day = _day(year, c, a) if day_first else _day(year, a, c)
        if day:
            return day, day_first
    return None


def _week(
    match: re.Match[str], week: int, day: int, year: int, parts: dict[str, tuple[int, int]]
) -> Dated | None:
    try:
        return Dated(*match.span(), date.fromisocalendar(year, week, day), "w", parts)
    except ValueError:
        return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


# ---- writing

_Part = tuple[tuple[int, int], str]


def _written(value: str, one: Dated, shift: timedelta, reading: DateReading) -> Iterator[_Part]:
    """What stands in place of each part of a date."""
    parts, new = one.parts, one.day + shift
    years = round(shift.days / _YEAR_DAYS)

    def text(part: str) -> str:
        return value[slice(*parts[part])]

    if one.knows == "y" and not parts.keys() & {"q", "h"}:
        new = one.day.replace(year=one.day.year + years)
    if "t" in parts:
        yield parts["t"], str(int(text("t")) + round(shift.total_seconds()))
        return
    if "s" in parts:
        decade = int(text("s")) + (1 if shift.days > 0 else -1)
        yield parts["s"], str(decade % 10 if len(text("s")) == 1 else decade)
        return
    if "w" in parts:
        year, week, day = new.isocalendar()
        yield parts["y"], f"{year:04}"
        yield parts["w"], f"{week:02}"
        if "v" in parts:
            yield parts["v"], str(day)
        return
    for part in ("y", "y2"):
        if part in parts:
            yield parts[part], f"{new.year:04}"[-(parts[part][1] - parts[part][0]) :]
    if "z" in parts:
        yield parts["z"], f"{(int(text('z')) + years) % 100:02}"
    if "q" in parts:
        yield parts["q"], str((new.month + 2) // 3)
    if "h" in parts:
        yield parts["h"], str((new.month + 5) // 6)
    padded = any(p in parts and text(p).startswith("0") for p in "mdef")
    single = any(p in parts and len(text(p)) == 1 for p in "mdef")

    def number(n: int) -> str:
        return str(n) if single or not (padded or "m" in parts) else f"{n:02}"

    name = ""
    if "b" in parts:
        beside = value[parts["b"][1] : parts["b"][1] + 1]
        prefer = {"de"} if value[: parts["b"][0]].rstrip().endswith(".") else reading.languages
        name = named(new.month, text("b"), prefer, short=beside in tuple(".-/"))
        yield parts["b"], name
    if "m" in parts:
        yield parts["m"], number(new.month)
    if "d" in parts:
        yield parts["d"], number(new.day)
    if "o" in parts:
        yield parts["o"], _ordinal(new.day, text("o"))
    for other in "ef":
        if other in parts:
            there = one.day.replace(day=int(text(other))) + shift
            apart = (
                "" if there.month == new.month else named(there.month, text("b"), reading.languages)
            )
            order = (number(there.day), apart) if other == "e" else (apart, number(there.day))
            if "p" in parts:
                yield parts["p"], "" if apart and other == "e" else _ordinal(there.day, text("p"))
            yield parts[other], " ".join(filter(None, order))


def _ordinal(day: int, like: str) -> str:
    ending = "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return ending.upper() if like.isupper() else ending
