"""Rates and differences of counts to which noise was added: what they are of people, and not of the noise.

Each count has noise of the discrete Laplace, P(k) ∝ e^(−ε|k|), of its own. Tests ask how a weighted sum of the noisy counts is
distributed where the truth is so and so: by its characteristic function, in which people and noise are factors, and which is
inverted numerically. So tails are right where normal ones are not: few people, rare behaviour, much noise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from logminer.stats.score import Interval

__all__ = ["NoisyDifference", "NoisyRate", "noisy_difference", "noisy_rate"]

NEAR = 1e-7  # to which the ends of an interval are found
# In standard deviations of the sum, of which the characteristic function is followed to BEYOND inverse ones, where it is gone.
# With these points the integral comes round again at 50, and is right up to 25; beyond FAR nothing is.
POINTS = (np.arange(200) + 0.5) / 200
BEYOND = 25
FAR = 16


class NoisyRate(NamedTuple):
    """A share in [0, 1] and its interval."""

    rate: float
    interval: Interval


class NoisyDifference(NamedTuple):
    """Candidate's rate minus the base's, in [−1, 1]; `p_equivalence` is null without a margin."""

    difference: float
    interval: Interval
    p: float
    p_equivalence: float | None


class _Addend(NamedTuple):
    """Some of the counts: what each of their people adds to the sum, how probable that is, and how many counts they are."""

    adds: float
    probability: float
    counts: int


def noisy_rate(
    yes: int,
    n: int,
    *,
    epsilon: float,
    counts_yes: int = 1,
    counts_no: int = 1,
    confidence: float = 0.95,
) -> NoisyRate:
    """How often something is shown.

    Args:
        yes: of those who show it; may be negative.
        n: of all.
        epsilon: of the noise of one count.
        counts_yes, counts_no: how many noisy counts were added up to `yes`, and to n − `yes`.

    Raises:
        ValueError: n is not positive.
    """
    _check(n, epsilon)
    shown = min(max(yes, 0), n)  # else the noise could leave no rate at all that it goes with

    def below(rate: float) -> float:
        parts = (_Addend(1 - rate, rate, counts_yes), _Addend(-rate, 1 - rate, counts_no))
        return _below(shown - rate * n, parts, n, epsilon)

    return NoisyRate(shown / n, _accepted(below, 0.0, 1.0, confidence))


def noisy_difference(
    both: int,
    base_only: int,
    candidate_only: int,
    neither: int,
    *,
    epsilon: float,
    margin: float | None = None,
    confidence: float = 0.95,
) -> NoisyDifference:
    """Compares how often two arms show a behaviour on the same prompts, each of another person.

    How often only one arm does so is not known but for the noise; the test takes for it what is to be expected of a number
    that is not negative, given the noisy one.

    Args:
        both, base_only, candidate_only, neither: noisy; some may be negative.
        epsilon: of the noise of one count.
        margin: largest negligible difference, a share in (0, 1).

    Raises:
        ValueError: they add up to nothing.
    """
    n = both + base_only + candidate_only + neither
    _check(n, epsilon)
    discordant = _not_negative(base_only + candidate_only, 2 * _variance(epsilon)) / n

    def below(difference: float) -> float:
        differ = min(max(discordant, abs(difference)), 1.0)
        parts = (
            _Addend(-difference, 1 - differ, 2),
            _Addend(1 - difference, (differ + difference) / 2, 1),
            _Addend(-1 - difference, (differ - difference) / 2, 1),
        )
        return _below(candidate_only - base_only - difference * n, parts, n, epsilon)

    none = below(0.0)
    return NoisyDifference(
        difference=min(max((candidate_only - base_only) / n, -1.0), 1.0),
        interval=_accepted(below, -1.0, 1.0, confidence),
        p=min(2 * min(none, 1 - none), 1.0),
        p_equivalence=None if margin is None else max(below(margin), 1 - below(-margin)),
    )


def _check(n: int, epsilon: float) -> None:
    if n <= 0 or not epsilon > 0:
        raise ValueError("need noisy counts that add up to more than 0, and an epsilon above 0")


def _accepted(
    below: Callable[[float], float], low: float, high: float, confidence: float
) -> Interval:
    """The values between `low` and `high` that are not rejected on either side; `below` falls in them."""
    from scipy import optimize  # nothing else here takes its time

    each = (1 - confidence) / 2

    def falls_to(level: float) -> float:
        if below(low) <= level:
            return low
        if below(high) >= level:
            return high
        return float(optimize.brentq(lambda value: below(value) - level, low, high, xtol=NEAR))

    return Interval(falls_to(1 - each), falls_to(each))


def _below(value: float, parts: Sequence[_Addend], n: int, epsilon: float) -> float:
    """The chance that the sum, around its mean, is less than `value`, and half of that it equals it.

    Source: Gil-Pelaez 1951, Biometrika 38:481, for a sum on the integers.
    """
    noise = _variance(epsilon)
    variance = sum(p.adds**2 * (n * p.probability + noise * p.counts) for p in parts)
    deviation = math.sqrt(max(variance, 1e-9))
    if abs(value) > FAR * deviation:
        return float(value > 0)
    reach = min(math.pi, BEYOND / deviation)
    t = reach * POINTS
    one = sum((p.probability * np.exp(1j * p.adds * t) for p in parts), np.zeros(len(t), complex))
    of_all = one**n * np.exp(-1j * value * t)
    for part in parts:
        of_all *= _of_noise(part.adds * t, epsilon) ** part.counts
    area = float(np.sum(of_all.imag / np.tan(t / 2))) * reach / (2 * len(t))
    return min(max(0.5 - area / math.pi, 0.0), 1.0)


def _of_noise(t: NDArray[np.float64], epsilon: float) -> NDArray[np.float64]:
    """Characteristic function."""
    decay = math.exp(-epsilon)
    return (1 - decay) ** 2 / (1 - 2 * decay * np.cos(t) + decay * decay)


def _variance(epsilon: float) -> float:
    decay = math.exp(-epsilon)
    return 2 * decay / (1 - decay) ** 2


def _not_negative(noisy: float, variance: float) -> float:
    """The mean of a number of which nothing was known but that it is not negative, before it was seen with normal noise."""
    deviation = math.sqrt(variance)
    z = noisy / deviation
    density = math.exp(-z * z / 2 - float(special.log_ndtr(z))) / math.sqrt(2 * math.pi)
    return noisy + deviation * density
