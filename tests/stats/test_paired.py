"""Paired proportions and clustered means against published figures, and by their laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from logminer.stats import (
    clustered_equivalence,
    clustered_mean,
    paired_equivalence,
    paired_proportions,
)

COUNT = st.integers(0, 60) | st.integers(0, 50_000)
COUNTS = st.tuples(COUNT, COUNT, COUNT, COUNT).filter(any)
CLUSTERED = st.lists(
    st.tuples(st.sampled_from([-1.0, -0.5, 0.0, 0.0, 0.25, 1.0]), st.integers(0, 12)),
    min_size=1,
    max_size=60,
)


@pytest.mark.parametrize(
    ("counts", "difference", "newcombe", "tango", "exact", "mid"),
    [
        ((59, 6, 16, 80), 0.0621, (0.0046, 0.1186), (0.0054, 0.1240), 0.052479, 0.034690),
        ((1, 1, 7, 12), 0.2857, (0.0256, 0.5069), (0.0260, 0.5172), 0.0703125, 0.0390625),
    ],
)
def test_published_paired_tables(counts, difference, newcombe, tango, exact, mid):
    result = paired_proportions(*counts)
    assert result.difference == pytest.approx(difference, abs=1e-4)
    assert result.newcombe == pytest.approx(newcombe, abs=1e-4)
    assert result.tango == pytest.approx(tango, abs=1e-4)
    assert result.p_mcnemar_exact == pytest.approx(exact, abs=1e-6)
    assert result.p_mcnemar_mid == pytest.approx(mid, abs=1e-6)


def test_clustered_standard_error():
    differences = [1, 1, 0, 0, -1, 0, 1, 0, 0, 0, 1, 1]
    users = ["a", "a", "a", "b", "b", "c", "c", "c", "c", "d", "e", "e"]
    result = clustered_mean(differences, users)
    assert (result.mean, result.se) == pytest.approx((0.333333, 0.223952), abs=1e-6)
    assert (result.n, result.n_users) == (12, 5)
    assert result.high - result.mean == pytest.approx(2.7764451 * result.se, abs=1e-6)
    # Sums 2, −1, 1, 0, 2: of 16 sign patterns of the four that move, six reach a total of ±4.
    assert result.p_sign_flip == 6 / 16


def test_clustered_mean_of_singletons_is_the_usual_t():
    differences = np.random.default_rng(1).choice([-1, 0, 1], 80, p=[0.2, 0.5, 0.3])
    result = clustered_mean(differences, np.arange(80))
    assert result.se == pytest.approx(differences.std(ddof=1) / math.sqrt(80))
    assert result.p_sign_flip is None


@given(COUNTS)
def test_swapping_arms_negates(counts):
    both, base_only, candidate_only, neither = counts
    one = paired_proportions(*counts)
    other = paired_proportions(both, candidate_only, base_only, neither)
    assert other.difference == -one.difference
    assert other.tango == (-one.tango.high, -one.tango.low)
    assert other.newcombe == pytest.approx((-one.newcombe.high, -one.newcombe.low), abs=1e-12)
    assert other.p_mcnemar_mid == one.p_mcnemar_mid
    assert other.p_mcnemar_exact == one.p_mcnemar_exact
    if one.risk_ratio.low:
        assert other.risk_ratio.high == pytest.approx(1 / one.risk_ratio.low)
    equivalent = paired_equivalence(*counts, margin=0.05)
    swapped = paired_equivalence(both, candidate_only, base_only, neither, margin=0.05)
    assert swapped.p == pytest.approx(equivalent.p, abs=1e-12)
    assert swapped.z_lower == pytest.approx(equivalent.z_upper, abs=1e-6)


@given(COUNTS)
def test_intervals_hold_the_estimate_and_stay_in_range(counts):
    result = paired_proportions(*counts)
    for interval in (result.tango, result.newcombe):
        assert -1 <= interval.low <= result.difference + 1e-9
        assert result.difference - 1e-9 <= interval.high <= 1
        assert interval.low < interval.high
    ratio = result.risk_ratio
    if ratio.estimate is not None:
        assert ratio.low <= ratio.estimate * (1 + 1e-9)
        assert ratio.estimate <= ratio.high * (1 + 1e-9)
    assert 0 <= result.p_mcnemar_mid <= result.p_mcnemar_exact <= 1


@given(COUNT, COUNT)
def test_no_discordant_pair_is_no_evidence_of_difference(both, neither):
    assume(both + neither)
    result = paired_proportions(both, 0, 0, neither)
    assert (result.difference, result.p_mcnemar_mid, result.p_mcnemar_exact) == (0, 1, 1)
    assert result.tango.high == -result.tango.low > 0
    assert result.newcombe.high > 0 > result.newcombe.low


@given(CLUSTERED)
def test_clustered_swapping_and_order(rows):
    values, users = zip(*rows, strict=True)
    one, other = clustered_mean(values, users), clustered_mean([-v for v in values], users)
    assert (other.mean, other.low, other.high) == pytest.approx((-one.mean, -one.high, -one.low))
    assert (other.p, other.p_sign_flip) == pytest.approx((one.p, one.p_sign_flip))
    assert one.low < one.high
    assert 0 <= one.p <= 1
    backwards = clustered_mean(values[::-1], users[::-1])
    assert (backwards.mean, backwards.p) == pytest.approx((one.mean, one.p))
    p = clustered_equivalence(values, users, margin=0.3).p
    assert clustered_equivalence([-v for v in values], users, margin=0.3).p == pytest.approx(p)
    assert 0 <= p <= 1


@given(st.lists(st.tuples(st.floats(-1, 1), st.integers(-100, 20)), min_size=1, max_size=40))
def test_users_may_be_integers_of_any_kind_or_names(rows):
    values, users = zip(*rows, strict=True)
    keys = np.array(users)
    expected = clustered_mean(values, [f"user {u}" for u in users])
    for same in (users, keys, keys.astype(np.int8), keys * 2**54, keys.astype(str)):
        assert clustered_mean(values, same) == expected
    assert clustered_mean(values, (keys + 100).astype(np.uint64) + 2**63) == expected


@pytest.mark.parametrize("n_users", [1, 5])
def test_no_variance_is_not_certainty(n_users):
    users = np.arange(60) % n_users
    result = clustered_mean(np.zeros(60), users)
    assert (result.mean, result.p, result.p_sign_flip) == (0, 1, 1)
    assert result.low < -0.3
    assert result.high > 0.3
    # Sixty equal answers of few users are no proof that all users would see the same.
    assert clustered_equivalence(np.zeros(60), users, margin=0.05).p > 0.2
