"""Noise on counts. It cannot be seeded: limits are such that chance breaks them once in 100,000 runs, or less."""

from __future__ import annotations

import math

import numpy as np
import pytest

from logminer.release.noise import noisy_counts, threshold

DRAWS = 20_000
SURE = 4.5  # standard deviations


def share_within(found: float, expected: float) -> bool:
    return abs(found - expected) <= SURE * math.sqrt(expected * (1 - expected) / DRAWS)


@pytest.mark.parametrize(
    ("epsilon", "delta", "least"), [(2, 1e-6, 8), (1, 1e-6, 15), (1, 1e-8, 20)]
)
def test_threshold_is_the_smallest_that_keeps_delta(
    epsilon: float, delta: float, least: int
) -> None:
    assert threshold(epsilon, delta) == least

    def told(t: int) -> float:
        return math.exp(-(t - 1) * epsilon) / (1 + math.exp(-epsilon))

    assert told(least) <= delta < told(least - 1)
    # a person who brings three cells: each of them may take a third, and its noise is three times as wide
    assert threshold(3 * epsilon, 3 * delta, contribution=3) == least


def test_noise_is_as_wide_as_it_should_be_and_a_lone_person_is_told_of_as_seldom_as_stated() -> (
    None
):
    epsilon, delta = 1.0, 0.0365
    noisy = noisy_counts(np.ones(DRAWS, np.int64), epsilon, 1)  # cells of one person each
    decay = math.exp(-epsilon)
    error = np.abs(noisy - 1)
    mean, square = 2 * decay / (1 - decay**2), 2 * decay / (1 - decay) ** 2
    assert abs(error.mean() - mean) <= SURE * math.sqrt((square - mean**2) / DRAWS)
    assert share_within(float((error >= 3).mean()), 2 * decay**3 / (1 + decay))
    t = threshold(epsilon, delta)
    told = math.exp(-(t - 1) * epsilon) / (1 + math.exp(-epsilon))
    assert told <= delta
    assert share_within(float((noisy >= t).mean()), told)
    # one less, as OpenDP's own map has it, tells of somebody far more often
    assert (noisy >= t - 1).mean() > 2 * delta


def test_noise_grows_with_the_cells_that_a_person_is_in() -> None:
    one, three = (
        noisy_counts(np.zeros(DRAWS, np.int64), 0.7, contribution) for contribution in (1, 3)
    )
    assert 2.5 < np.abs(three).mean() / np.abs(one).mean() < 3.7
