"""The highest sum of fares of rides that do not overlap."""

from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    rides = sorted(case["rides"], key=lambda ride: ride[1])
    best: list[int] = []  # with this ride as the last one
    for i in range(len(rides)):
        before = 0
        for j in range(i):
            if rides[j][1] <= rides[i][0] and best[j] > before:
                before = best[j]
        best.append(before + rides[i][2])
    return max(best, default=0)
