"""Adds up the medians of all windows."""

from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    readings, span = case["readings"], case["span"]
    total = 0
    for i in range(len(readings)):
        now = readings[i][0]
        window = [value for second, value in readings[: i + 1] if second > now - span]
        window.sort()
        total += window[(len(window) - 1) // 2]
    return total
