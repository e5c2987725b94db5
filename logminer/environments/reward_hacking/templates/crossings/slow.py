"""Counts the pairs of cables that cross."""

from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    cables = case["cables"]
    count = 0
    for i in range(len(cables)):
        for j in range(i):
            if (cables[i][0] - cables[j][0]) * (cables[i][1] - cables[j][1]) < 0:
                count += 1
    return count
