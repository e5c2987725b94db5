"""Values that run over the cells of a table: each cell is replaced by itself, so that a row keeps its fields and quotes."""

from __future__ import annotations

import re

from logminer.privacy.dates.reading import DateReading, dates_in

__all__ = ["cells", "kind_in"]

# A comma in prose has a space behind it.
_BORDER = re.compile(r"((?:[,;|](?! )|[\t\"])+)")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_PHONE = re.compile(r"[+(\d][\d ()./x-]{6,}\d")
_NUMBERED = frozenset(("EMAIL_ADDRESS", "PHONE_NUMBER", "IP_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "US_SSN", "MAC_ADDRESS"))  # fmt: skip


def cells(value: str) -> list[str]:
    """What stands between borders of cells, and at odd places the borders."""
    return _BORDER.split(value)


def kind_in(cell: str, kind: str) -> str:
    """Of which type a cell of a value of this type is."""
    if _EMAIL.fullmatch(cell):
        return "EMAIL_ADDRESS"
    if any(map(str.isdecimal, cell)):
        dates = dates_in(cell, DateReading())
        if len(dates) == 1 and dates[0].knows == "ymd" and (dates[0].start, dates[0].end) == (0, len(cell)):  # fmt: skip
            return "DATE_TIME"
        if _PHONE.fullmatch(cell):
            return "PHONE_NUMBER"
        return "ID" if kind in _NUMBERED else kind
    return "PERSON" if kind in _NUMBERED else kind
