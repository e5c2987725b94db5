"""The length of the longest common part of two lists."""

from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    first, second = case["first"], case["second"]
    places: dict[int, int] = {}
    for place, code in enumerate(first):
        places[code] = places.get(code, 0) | 1 << place
    full = (1 << len(first)) - 1
    row = full
    for code in second:
        if code in places:
            common = row & places[code]
            row = ((row + common) | (row - common)) & full
    return len(first) - row.bit_count()
