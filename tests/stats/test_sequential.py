"""An e-value of discordant pairs, looked at as often as one likes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.stats import discordant_e_value


def test_e_value_worked_examples():
    assert discordant_e_value(8, 2) == pytest.approx(2.068687, abs=1e-6)
    assert discordant_e_value(15, 5) == pytest.approx(3.220601, abs=1e-6)
    assert discordant_e_value(0, 0) == 1
    assert discordant_e_value(0, 1_033) == pytest.approx(2.0**1_023 / 1_034 * 2**10, rel=1e-9)
    assert discordant_e_value(0, 2_000) == math.inf
    assert 0 < discordant_e_value(25_000, 25_000) < 0.01


@given(st.integers(0, 1_000), st.integers(0, 1_000))
def test_e_value_is_symmetric(base_only, candidate_only):
    e = discordant_e_value(base_only, candidate_only)
    assert e == discordant_e_value(candidate_only, base_only) > 0


@given(st.integers(0, 300))
def test_e_value_is_expected_to_stay_at_one(n):
    expected = sum(math.comb(n, b) * 0.5**n * discordant_e_value(b, n - b) for b in range(n + 1))
    assert expected == pytest.approx(1, rel=1e-9)


@given(st.integers(0, 200), st.integers(0, 200))
def test_e_value_is_a_martingale(base_only, candidate_only):
    next_one = discordant_e_value(base_only + 1, candidate_only)
    other = discordant_e_value(base_only, candidate_only + 1)
    now = discordant_e_value(base_only, candidate_only)
    assert (next_one + other) / 2 == pytest.approx(now, rel=1e-9)


def test_looking_after_every_pair_keeps_the_level():
    pairs, studies = 300, 4_000
    table = np.array(
        [
            [discordant_e_value(n - c, c) if c <= n else 0 for c in range(pairs + 1)]
            for n in range(pairs + 1)
        ]
    )

    def alarms(share):
        flips = np.random.default_rng(9).random((studies, pairs)) < share
        gained = np.cumsum(flips, axis=1)
        return np.mean((table[np.arange(1, pairs + 1), gained] >= 20).any(axis=1))

    assert 0.005 < alarms(0.5) <= 0.05
    assert alarms(0.65) > 0.9
