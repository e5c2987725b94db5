"""Any cell as text."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from logminer.messages.text import text_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (True, "true"),
        (3, "3"),
        (3.0, "3"),
        (0.1, "0.1"),
        (float("nan"), None),
        (float("inf"), "inf"),
        (Decimal("1.50"), "1.5"),
        (Decimal("100"), "100"),
        (Decimal("1e3"), "1000"),
        (Decimal("1" * 37 + "0"), "1" * 37 + "0"),
        ("Abc", "Abc"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (b"\xff", None),
    ],
)
def test_cells_as_text(value, text):
    assert text_of(value) == text
