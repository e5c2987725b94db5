"""Times as dumps write them."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import Any

__all__ = ["read_time"]

UTC = datetime.UTC
# The days at both ends of the calendar stand for "never" and "always", in whatever zone they were written.
FIRST = datetime.datetime(1, 1, 3, tzinfo=UTC)
END = datetime.datetime(9999, 12, 30, tzinfo=UTC)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
INFINITE = (1 << 63) - 1  # as DuckDB and others write it

# Of a number that counts from 1970: below this it counts seconds, below a thousand times this ms, then µs, then ns. Each
# unit so covers 1973 to 5138.
SECONDS_BELOW = 100_000_000_000
PER_SECOND = (1, 1_000, 1_000_000, 1_000_000_000)
LEAST_DIGITS = 9  # of such a number in text: 1973; a shorter one is as likely a year

# The date as one number. Counted from 1970, these would all lie in 1970, and beyond 2286.
DAY = re.compile(r"(?:19|20)\d{6}")
DAY_AND_TIME = re.compile(r"(?:19|20)\d{12}")
NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?")
NAMED_UTC = re.compile(r"\s*(?:UTC|GMT|Z)$", re.IGNORECASE)
SPACE_BEFORE_OFFSET = re.compile(r"\s+(?=[+-]\d\d:?\d\d$)")  # as Go and Ruby write it
ZONE_NAME = re.compile(r"\[[\w/+-]+\]$")  # after the offset, as Java writes it


def read_time(value: Any) -> datetime.datetime | None:
    """A cell as a time in UTC, which it is where it names no zone.

    Takes times, dates, numbers since 1970 (seconds, ms, µs or ns by their size), dates as numbers (20260131), ISO 8601
    and such numbers as text.

    Returns:
        None where it is no time, or none that a conversation can have: before or on 2 January of the year 1, or from 30
        December 9999 on, which is where sentinels lie.
    """
    try:
        time = _time(value)
    except (ValueError, OverflowError, ArithmeticError):
        return None
    return time if time is not None and FIRST <= time < END else None


def _time(value: Any) -> datetime.datetime | None:
    if isinstance(value, datetime.datetime):
        return _in_utc(value)
    if isinstance(value, datetime.date):
        return datetime.datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        return _numbered(Decimal(value))
    return _written(value.strip()) if isinstance(value, str) else None


def _in_utc(time: datetime.datetime) -> datetime.datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _written(text: str) -> datetime.datetime | None:
    text = SPACE_BEFORE_OFFSET.sub("", NAMED_UTC.sub("", ZONE_NAME.sub("", text)))
    if NUMBER.fullmatch(text):
        compact = DAY.fullmatch(text) or DAY_AND_TIME.fullmatch(text)
        long_enough = len(text.lstrip("+-").split(".")[0]) >= LEAST_DIGITS
        return _numbered(Decimal(text)) if compact or long_enough else None
    return _in_utc(datetime.datetime.fromisoformat(text))


def _numbered(value: Decimal) -> datetime.datetime | None:
    if not value.is_finite() or abs(value) >= INFINITE:
        return None
    digits = str(int(value)) if value == int(value) else ""
    if DAY.fullmatch(digits):
        return datetime.datetime.strptime(digits, "%Y%m%d").replace(tzinfo=UTC)
    if DAY_AND_TIME.fullmatch(digits):
        return datetime.datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    per_s = next((unit for unit in PER_SECOND if abs(value) < SECONDS_BELOW * unit), PER_SECOND[-1])
    microseconds = int(value * 1_000_000 / per_s)
    return EPOCH + datetime.timedelta(microseconds=microseconds)
