"""Score statistics of paired counts: what `paired` turns into intervals and `equivalence` into tests."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from scipy import special

__all__ = [
    "Interval",
    "RatioInterval",
    "critical",
    "pairs",
    "ratio_interval",
    "ratio_z",
    "tango_interval",
    "tango_z",
    "two_sided",
]

Count = TypeVar("Count", int, float)

BISECTIONS = 50  # halves [−1, 1] to below 2e-15


class Interval(NamedTuple):
    """A confidence interval."""

    low: float
    high: float


class RatioInterval(NamedTuple):
    """A risk ratio, candidate over base; `estimate` is None where both rates are 0, inf where only the base's is."""

    estimate: float | None
    low: float
    high: float


def pairs(both: Count, base_only: Count, candidate_only: Count, neither: Count) -> Count:
    """The number of pairs.

    Raises:
        ValueError: it is 0, or a count is negative.
    """
    counts = (both, base_only, candidate_only, neither)
    if min(counts) < 0 or sum(counts) == 0:
        raise ValueError(f"need non-negative counts of at least one pair, got {counts}")
    return sum(counts)


def critical(confidence: float) -> float:
    """Two-sided normal quantile of a confidence level in (0, 1).

    Raises:
        ValueError: the level lies outside.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie in (0, 1), got {confidence}")
    return float(special.ndtri(0.5 + confidence / 2))


def two_sided(z: float) -> float:
    """Two-sided normal p."""
    return 2 * float(special.ndtr(-abs(z)))


def tango_z(base_only: float, candidate_only: float, n: float, difference: float) -> float:
    """Tango's score statistic of H0: the true difference is `difference`; positive when more was observed."""
    excess = candidate_only - base_only - n * difference
    linear = (2 * n - candidate_only + base_only) * difference - candidate_only - base_only
    constant = -base_only * difference * (1 - difference)
    root = math.sqrt(max(linear * linear - 8 * n * constant, 0.0))
    # The textbook root loses its digits to cancellation where `linear` is positive; this is the same number.
    only_base = -2 * constant / (root + linear) if linear > 0 else (root - linear) / (4 * n)
    return _score(excess, n * (2 * only_base + difference * (1 - difference)))


def tango_interval(base_only: float, candidate_only: float, n: float, z: float) -> Interval:
    """The differences that the score test at ±`z` does not reject."""

    def high(lost: float, gained: float) -> float:
        return _root(lambda d: tango_z(lost, gained, n, d), -z, (gained - lost) / n, 1.0)

    # The lower end is the upper end of the swapped arms, so that swapping negates to the last bit.
    return Interval(-high(candidate_only, base_only), high(base_only, candidate_only))


def ratio_z(both: float, base_only: float, candidate_only: float, n: float, ratio: float) -> float:
    """Score statistic of H0: candidate rate = `ratio` × base rate; positive when more was observed.

    Source: Tang, Tang & Chan 2003, Stat. Med. 22:1217; below 1 the arms are swapped, which keeps digits.
    """
    if ratio < 1:
        return -ratio_z(both, candidate_only, base_only, n, 1 / ratio)
    base, shown = both + base_only, both + base_only + candidate_only
    linear = base * ratio * ratio - (both + candidate_only + 2 * base_only)
    constant = base_only * (1 - ratio) * shown / n
    only_base = (math.sqrt(linear * linear - 4 * n * (1 + ratio) * constant) - linear) / (
        2 * n * (1 + ratio)
    )
    variance = n * (1 + ratio) * only_base + (ratio - 1) * shown
    return _score(both + candidate_only - ratio * base, variance)


def ratio_interval(
    both: int, base_only: int, candidate_only: int, n: int, z: float
) -> RatioInterval:
    """The ratios that the score test at ±`z` does not reject; 0 to inf where neither arm shows the behaviour."""
    base, candidate = both + base_only, both + candidate_only
    if base == candidate == 0:
        return RatioInterval(None, 0.0, math.inf)

    def high(lost: int, gained: int) -> float:
        if both + lost == 0:
            return math.inf
        # On the log scale; 1e-22 to 1e22 holds every ratio of countable rates.
        return math.exp(_root(lambda x: ratio_z(both, lost, gained, n, math.exp(x)), -z, -50, 50))

    return RatioInterval(
        candidate / base if base else math.inf,
        1 / high(candidate_only, base_only),
        high(base_only, candidate_only),
    )


def _score(excess: float, variance: float) -> float:
    if variance > 0:
        return excess / math.sqrt(variance)
    return math.copysign(math.inf, excess) if excess else 0.0


def _root(function: Callable[[float], float], level: float, low: float, high: float) -> float:
    """Where a decreasing function falls to `level` between `low` and `high`."""
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if function(middle) > level:
            low = middle
        else:
            high = middle
    return (low + high) / 2
