"""Times as dumps write them."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

from logminer.sources.times import read_time

UTC = datetime.UTC
MOMENT = datetime.datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)
EPOCH = int(MOMENT.timestamp())
EAST = datetime.timezone(datetime.timedelta(hours=14))


@pytest.mark.parametrize(
    "value",
    [
        MOMENT,
        MOMENT.replace(tzinfo=None),
        MOMENT.astimezone(EAST),
        *(EPOCH * unit for unit in (1, 10**3, 10**6, 10**9)),
        float(EPOCH),
        Decimal(EPOCH) * 1000,
        str(EPOCH),
        f" {EPOCH * 1000} ",
        f"{EPOCH}.0",
        20260102120000,
        "2026-01-02T12:00:00Z",
        "2026-01-02T12:00:00.000000",
        "2026-01-02 12:00:00 UTC",
        "2026-01-02 14:00:00+02:00",
        "2026-01-02 14:00:00 +0200",
        "2026-01-02 12:00:00 +0000 UTC",
        "2026-01-03T02:00:00+14:00",
        "2026-01-02T13:00:00+01:00[Europe/Berlin]",
        "20260102T120000Z",
    ],
)
def test_ways_to_write_one_moment(value: Any) -> None:
    assert read_time(value) == MOMENT


def test_days() -> None:
    day = datetime.datetime(2026, 1, 2, tzinfo=UTC)
    for value in (datetime.date(2026, 1, 2), "2026-01-02", 20260102, "20260102"):
        assert read_time(value) == day


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "yesterday",
        "2026-13-45",
        "2026",
        "0000-00-00 00:00:00",
        "infinity",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "10000-01-01",
        datetime.datetime(1, 1, 1, tzinfo=EAST),
        datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime.date.max,
        datetime.date.min,
        datetime.time(3),
        True,
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        Decimal("Infinity"),
        (1 << 63) - 1,
        -(1 << 63),
        10**400,
        "9" * 5000,
        20261399,
        b"2026-01-02",
        [MOMENT],
    ],
)
def test_what_is_no_time_is_none(value: Any) -> None:
    assert read_time(value) is None
