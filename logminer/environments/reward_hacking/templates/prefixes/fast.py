"""Adds up the squares of how many words begin in each way: in a sorted list those that do stand together."""

from bisect import bisect_left
from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    words = sorted(case["words"])
    total = 0
    for beginning in case["beginnings"]:
        first = bisect_left(words, beginning)
        count = bisect_left(words, beginning + "{", first) - first  # "{" comes after "z"
        total += count * count
    return total
