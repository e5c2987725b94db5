"""Paired proportions against published figures, and by their laws."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from logminer.stats import paired_equivalence, paired_proportions

COUNT = st.integers(0, 60) | st.integers(0, 50_000)
COUNTS = st.tuples(COUNT, COUNT, COUNT, COUNT).filter(any)


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
