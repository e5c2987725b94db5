"""Where a test begins to reject."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["crossing"]

STEPS = 40


def crossing(
    excess: Callable[[float], float],
    inner: float,
    outer: float,
    left: float,
    right: float,
    *,
    within: float = 1e-7,
) -> float:
    """Where `excess` falls to 0 between `inner` (above) and `outer` (at or below).

    Args:
        excess: need not be continuous.
        inner: a number with `left` = excess(inner) > 0.
        outer: a number on either side of it with `right` = excess(outer) ≤ 0.

    Returns:
        The last number found above 0, relatively so near to one that is not as `within` says.

    Source: regula falsi in the form called Illinois: Dowell & Jarratt 1971, BIT 11:168.
    """
    last = 0
    for _ in range(STEPS):
        if abs(outer - inner) <= within * (abs(inner) + abs(outer)):
            break
        middle = (inner * right - outer * left) / (right - left) if right < 0 else outer
        if middle in (inner, outer):
            middle = (inner + outer) / 2
        found = excess(middle)
        if found > 0:
            inner, left = middle, found
            right = right / 2 if last == 1 else right
            last = 1
        else:
            outer, right = middle, found
            left = left / 2 if last == -1 else left
            last = -1
    return inner
