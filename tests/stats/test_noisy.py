"""Rates and differences of noisy counts."""

from __future__ import annotations

import math

import numpy as np
import pytest

import logminer.stats as stats

REPETITIONS = 60


def noise(rng: np.random.Generator, epsilon: float, size: tuple[int, int]) -> np.ndarray:
    p = 1 - math.exp(-epsilon)
    return rng.geometric(p, size) - rng.geometric(p, size)


@pytest.mark.parametrize("epsilon", [0.5, 3.0])
@pytest.mark.parametrize("alone", [(0.0, 0.0), (0.01, 0.06)])
def test_intervals_hold_people_and_noise(epsilon: float, alone: tuple[float, float]) -> None:
    rng = np.random.default_rng(int(10 * epsilon))
    lost, gained = alone
    shares = np.array((0.04, lost, gained, 0.96 - lost - gained))
    counts = rng.multinomial(200, shares, REPETITIONS) + noise(rng, epsilon, (REPETITIONS, 4))
    differences = rates = 0
    for both, base_only, candidate_only, neither in counts.tolist():
        found = stats.noisy_difference(both, base_only, candidate_only, neither, epsilon=epsilon)
        differences += found.interval.low <= gained - lost <= found.interval.high
        n = both + base_only + candidate_only + neither
        rate = stats.noisy_rate(
            both + candidate_only, n, epsilon=epsilon, counts_yes=2, counts_no=2
        )
        rates += rate.interval.low <= shares[0] + gained <= rate.interval.high
    assert min(differences, rates) >= 0.88 * REPETITIONS  # the benchmark asks for .935 of thousands


def test_without_noise_they_are_those_of_exact_counts() -> None:
    counts = (100, 20, 40, 1840)
    noisy = stats.noisy_difference(*counts, epsilon=40, margin=0.02)
    exact = stats.paired_proportions(*counts)
    assert noisy.difference == exact.difference
    assert noisy.interval == pytest.approx(exact.tango, abs=1e-3)
    assert noisy.p == pytest.approx(exact.p_mcnemar_mid, rel=0.05)
    assert noisy.p_equivalence == pytest.approx(
        stats.paired_equivalence(*counts, margin=0.02).p, abs=0.005
    )
    rate = stats.noisy_rate(140, 2000, epsilon=40)
    assert rate.interval == pytest.approx(stats.exact_rate(140, 2000)[1:3], abs=5e-4)


def test_arms_swapped_change_the_sign_and_counts_may_be_negative() -> None:
    one = stats.noisy_difference(3, -4, 9, 190, epsilon=0.5, margin=0.05)
    other = stats.noisy_difference(3, 9, -4, 190, epsilon=0.5, margin=0.05)
    assert one.interval == pytest.approx((-other.interval.high, -other.interval.low), abs=1e-6)
    assert one.p == pytest.approx(other.p)
    assert one.p_equivalence == pytest.approx(other.p_equivalence)
    assert stats.noisy_rate(-3, 100, epsilon=1).interval.low == 0
    for nothing in (0, -5):
        with pytest.raises(ValueError, match="add up"):
            stats.noisy_rate(0, nothing, epsilon=1)
