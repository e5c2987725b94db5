"""Equivalence tests against published figures, and with the intervals they belong to."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from logminer.stats import (
    paired_equivalence,
    paired_proportions,
    paired_ratio_equivalence,
)

COUNT = st.integers(0, 60) | st.integers(0, 50_000)
COUNTS = st.tuples(COUNT, COUNT, COUNT, COUNT).filter(any)


@pytest.mark.parametrize(
    ("counts", "margin", "p", "tolerance"),
    [
        ((43, 0, 1, 0), 0.10, 0.0438, 1e-4),
        ((0, 180, 200, 49_620), 0.002, 3.144e-5, 1e-8),
        ((0, 180, 200, 49_620), 0.001, 0.06285, 1e-5),
    ],
)
def test_published_equivalence(counts, margin, p, tolerance):
    assert paired_equivalence(*counts, margin=margin).p == pytest.approx(p, abs=tolerance)


def test_published_equivalence_statistic():
    result = paired_equivalence(43, 0, 1, 0, margin=0.10)
    assert min(result.z_lower, result.z_upper) == pytest.approx(1.7086, abs=1e-4)


@given(COUNTS, st.floats(0.001, 0.9))
def test_equivalence_agrees_with_the_interval(counts, margin):
    p = paired_equivalence(*counts, margin=margin).p
    interval = paired_proportions(*counts, confidence=0.9).tango
    inside = -margin < interval.low and interval.high < margin
    assume(min(abs(interval.low + margin), abs(interval.high - margin)) > 1e-9)
    assert (p < 0.05) == inside


def test_ratio_equivalence_agrees_with_its_interval():
    counts = (400, 12, 15, 9_573)
    interval = paired_proportions(*counts, confidence=0.9).risk_ratio
    widest = max(interval.high, 1 / interval.low)
    assert paired_ratio_equivalence(*counts, ratio=widest).p == pytest.approx(0.05, abs=1e-6)
    assert paired_ratio_equivalence(0, 0, 0, 9, ratio=1.5).p == 0.5
