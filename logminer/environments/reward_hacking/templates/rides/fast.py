"""The highest sum of fares of rides that do not overlap: in order of their ends, the last that fits found by bisection."""

from bisect import bisect_right
from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    ends, best = [0], [0]
    for start, end, fare in sorted(case["rides"], key=lambda ride: ride[1]):
        total = best[bisect_right(ends, start) - 1] + fare
        if total > best[-1]:
            ends.append(end)
            best.append(total)
    return best[-1]
