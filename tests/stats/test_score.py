"""Score statistics of paired proportions."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from logminer.stats.score import ratio_z, tango_z

COUNT = st.integers(0, 60) | st.integers(0, 50_000)
COUNTS = st.tuples(COUNT, COUNT, COUNT, COUNT).filter(any)


@given(COUNTS, st.floats(-0.999, 0.999), st.floats(0, 0.5))
def test_score_statistics_fall_as_the_hypothesis_rises(counts, difference, step):
    both, base_only, candidate_only, _ = counts
    n = sum(counts)
    higher = min(difference + step, 1.0)
    at = tango_z(base_only, candidate_only, n, difference)
    assert tango_z(base_only, candidate_only, n, higher) <= at + 1e-6 * max(1, abs(at))
    low, high = math.exp(difference), math.exp(higher)
    at = ratio_z(both, base_only, candidate_only, n, low)
    assert ratio_z(both, base_only, candidate_only, n, high) <= at + 1e-6 * max(1, abs(at))
