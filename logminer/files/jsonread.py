"""JSON that others wrote: whatever is wrong with it is a ValueError, and what comes back can be walked and written."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["DEEPEST", "TooDeep", "read_json"]

DEEPEST = 200  # lists and objects inside each other; Python's own limit hangs on who calls
HALF = re.compile(r"\\u[dD][89a-fA-F]")


class TooDeep(ValueError):
    """It is JSON, and nested more than `DEEPEST` deep."""


def read_json(raw: str | bytes) -> Any:
    """The value. Half a character (a surrogate alone), which is no text, becomes U+FFFD, as in every browser.

    Raises:
        ValueError: it is no JSON, no UTF-8, holds a number of thousands of digits, or is `TooDeep`.
    """
    text = raw.decode("utf-8-sig") if isinstance(raw, bytes) else raw
    try:
        value = json.loads(text)
    except RecursionError:
        raise TooDeep from None
    if text.count("[") + text.count("{") > DEEPEST and _is_deep(value):
        raise TooDeep
    return _whole(value) if HALF.search(text) else value


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
    return bool(level)


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {_whole(key): _whole(one) for key, one in value.items()}
    return [_whole(one) for one in value] if isinstance(value, list) else value
