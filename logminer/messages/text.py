"""Any cell as text."""

from __future__ import annotations

import datetime
import json
import math
import re
from decimal import Decimal
from typing import Any

__all__ = ["text_of"]

LONE_SURROGATE = re.compile("[\ud800-\udfff]")  # JSON can hold them, UTF-8 cannot


def text_of(value: Any) -> str | None:
    """A cell as text that UTF-8 can hold: `true`, `3`, `0.5`, ISO times; None for null, bytes, and what is not a number."""
    if value is None or isinstance(value, bytes):
        return None
    if isinstance(value, str):
        return _utf8(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float | Decimal):
        return _number(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list | dict):
        return _utf8(json.dumps(value, ensure_ascii=False, default=str))
    return str(value)


def _utf8(text: str) -> str:
    return text if text.isascii() else LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def _number(value: float | Decimal) -> str | None:
    if math.isnan(value):
        return None
    if isinstance(value, Decimal):
        digits = format(value, "f")  # every one: ids have up to 76, `normalize` keeps 28
        return digits.rstrip("0").rstrip(".") if "." in digits else digits
    whole = abs(value) < 1e16 and value == int(value)
    return str(int(value)) if whole else repr(value)
