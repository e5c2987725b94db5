"""Adds up the medians of all windows: how often each value is in the window, and a median that moves along them."""

from typing import Any

__all__ = ["solve"]


def solve(case: dict[str, Any]) -> int:
    readings, span = case["readings"], case["span"]
    counts = [0] * (1 + max((value for _, value in readings), default=0))
    median = below = size = oldest = total = (
        0  # below: how many of the window are less than the median
    )
    for now, value in readings:
        counts[value] += 1
        size += 1
        below += value < median
        while readings[oldest][0] <= now - span:
            gone = readings[oldest][1]
            counts[gone] -= 1
            size -= 1
            below -= gone < median
            oldest += 1
        middle = (size - 1) // 2
        while below > middle:
            median -= 1
            below -= counts[median]
        while below + counts[median] <= middle:
            below += counts[median]
            median += 1
        total += median
    return total
