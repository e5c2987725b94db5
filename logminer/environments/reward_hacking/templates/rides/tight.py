"""The highest sum of fares of rides that do not overlap."""

from heapq import heappop, heappush
from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    under_way: list[tuple[int, int]] = []
    best = 0  # of all that has ended
    for start, end, fare in sorted(case["rides"]):
        while under_way and under_way[0][0] <= start:
            best = max(best, heappop(under_way)[1])
        heappush(under_way, (end, best + fare))
    return max(best, max((total for _, total in under_way), default=0))
