"""What holds for all of them: nonsense is refused, and a whole study takes seconds."""

from __future__ import annotations

import math
import time

import pytest

from logminer.stats import (
    benjamini_hochberg,
    exact_rate,
    minimum_detectable_difference,
    paired_difference,
    paired_equivalence,
    paired_proportions,
    paired_ratio_equivalence,
    tree_bh,
    tree_q_values,
)


@pytest.mark.parametrize(
    "call",
    [
        lambda: paired_proportions(0, 0, 0, 0),
        lambda: paired_proportions(1, -1, 0, 0),
        lambda: paired_proportions(1, 1, 1, 1, confidence=95),
        lambda: paired_equivalence(1, 1, 1, 1, margin=0),
        lambda: paired_ratio_equivalence(1, 1, 1, 1, ratio=0.8),
        lambda: paired_difference([], [], []),
        lambda: paired_difference([0, 1], [0, 1], [0]),
        lambda: paired_difference([0, 1], [0, 1], [0, 1], prompts=[0]),
        lambda: paired_difference([math.nan], [0], [0]),
        lambda: paired_difference([0], [2.0], [0]),
        lambda: paired_difference([0, 1], [0, 1], [0, 0], margin=1.0),
        lambda: paired_difference([0, 1], [0, 1], [0, 0], confidence=95),
        lambda: paired_difference([0, 1], [0, 1], [0, 0], weight="user"),
        lambda: benjamini_hochberg([0.1, math.nan]),
        lambda: benjamini_hochberg([0.1], q=1.5),
        lambda: tree_bh({}, q=0.0),
        lambda: tree_q_values({"a": [0.1], "b": [math.nan]}),
        lambda: exact_rate(3, 2),
        lambda: minimum_detectable_difference(0, 0.1),
        lambda: minimum_detectable_difference(10, 0.1, power=80),
        lambda: minimum_detectable_difference(10, 0.1, units=0),
    ],
)
def test_nonsense_is_refused(call):
    with pytest.raises(ValueError, match=r"must|need"):
        call()


def test_a_whole_study_takes_seconds():
    started = time.perf_counter()
    for step in range(100):  # 20 categories × 5 strata
        paired_proportions(59 + step, 6, 16, 49_000)
    assert time.perf_counter() - started < 1
