"""Adds up the medians of all windows: a window that is kept sorted."""

from bisect import bisect_left, insort
from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    readings, span = case["readings"], case["span"]
    window: list[int] = []  # sorted
    oldest = total = 0
    for now, value in readings:
        insort(window, value)
        while readings[oldest][0] <= now - span:
            del window[bisect_left(window, readings[oldest][1])]
            oldest += 1
        total += window[(len(window) - 1) // 2]
    return total
