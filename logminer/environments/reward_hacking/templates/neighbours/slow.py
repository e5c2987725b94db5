"""Adds up the squares of the distances of all neighbours."""

from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    points, most = case["points"], case["reach"] ** 2
    total = 0
    for i in range(len(points)):
        for j in range(i):
            square = (points[i][0] - points[j][0]) ** 2 + (points[i][1] - points[j][1]) ** 2
            if square <= most:
                total += square
    return total
