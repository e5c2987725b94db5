"""Where a number lies in a picture, and the round numbers that are written along it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple, Self

__all__ = ["Axis"]

MOST_TICKS = 7
LEAST = 1e-3  # between two ticks: they are written with one decimal of a point
EDGE = 0.9  # of the ends of intervals lie inside: a few wide ones do not make all others small


class Axis(NamedTuple):
    """Numbers from `low` to `high`, drawn from `left` on, `width` wide."""

    low: float
    high: float
    step: float
    left: float
    width: float

    @classmethod
    def over(
        cls, whole: Iterable[float], mostly: Iterable[float], *, left: float, width: float
    ) -> Self:
        """An axis with 0 and round ends, that holds `whole` and nine in ten of `mostly` on either side."""
        below, above = [0.0], [0.0]
        far = list(mostly)
        for side, sign in ((below, -1), (above, 1)):
            ends = sorted(max(sign * end, 0.0) for end in far)
            side += [ends[math.ceil(EDGE * len(ends)) - 1]] if ends else []
        for place in whole:
            (above if place > 0 else below).append(abs(place))
        low, high = -max(below), max(above)
        step = _step(high - low)
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        return cls(step * first, step * max(last, first + 1), step, left, width)

    @property
    def right(self) -> float:
        return self.left + self.width

    def ticks(self) -> list[float]:
        """The round numbers, the ends among them."""
        first, last = round(self.low / self.step), round(self.high / self.step)
        return [self.step * i for i in range(first, last + 1)]

    def x(self, number: float) -> float:
        """Where it lies; what is beyond an end lies on it."""
        inside = min(max(number, self.low), self.high)
        return self.left + self.width * (inside - self.low) / (self.high - self.low)

    def holds(self, number: float) -> bool:
        """Whether it lies on the axis."""
        return self.low <= number <= self.high


def _step(span: float) -> float:
    least = max(span / MOST_TICKS, LEAST)
    decade = 10.0 ** math.floor(math.log10(least))
    return next(decade * n for n in (1, 2, 5, 10) if decade * n >= least * (1 - 1e-9))
