"""Counts the pairs of parcels that go together."""

from bisect import bisect_left, bisect_right, insort
from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    low, high = case["low"], case["high"]
    every: list[int] = []
    by_depot: dict[int, list[int]] = {}
    count = 0
    for depot, weight in case["parcels"]:
        own = by_depot.setdefault(depot, [])
        least, most = low - weight, high - weight
        count += bisect_right(every, most) - bisect_left(every, least)
        count -= bisect_right(own, most) - bisect_left(own, least)
        insort(every, weight)
        insort(own, weight)
    return count
