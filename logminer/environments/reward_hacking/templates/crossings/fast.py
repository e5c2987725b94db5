"""Counts the pairs of cables that cross: from the left upwards, by a sorted list of the heights on the right."""

from bisect import bisect_right
from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    rights: list[int] = []
    count = 0
    for _, right in sorted(case["cables"]):
        place = bisect_right(rights, right)
        count += len(rights) - place
        rights.insert(place, right)
    return count
