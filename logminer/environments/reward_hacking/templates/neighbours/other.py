"""Adds up the squares of the distances of all neighbours: from left to right, each with those that are not too far behind."""

from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    points, reach = sorted(case["points"]), case["reach"]
    most, first, total = reach * reach, 0, 0
    for i, (x, y) in enumerate(points):
        while points[first][0] < x - reach:
            first += 1
        for a, b in points[first:i]:
            if -reach <= y - b <= reach:
                square = (x - a) ** 2 + (y - b) ** 2
                if square <= most:
                    total += square
    return total
