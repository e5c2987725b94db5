"""What is made of counts that are told."""

from __future__ import annotations

import pytest

from logminer.compare.options import Margin
from logminer.release.drawn import JudgedAs
from logminer.release.facts import StudyFacts
from logminer.release.figures import (
    Tested as Row,
)
from logminer.release.figures import (
    decide,
    margins_shift,
    p_class,
    paired_shift,
    people_range,
    per_100k,
)

MARGIN = Margin(absolute=0.1)


def test_margins_allow_for_whatever_each_arm_alone_may_show() -> None:
    """The interval holds that of every number of prompts on which both may show it, and so does p."""
    found = margins_shift(500, 100, 150)
    for both in range(0, 101, 20):
        exact = paired_shift(500, 100 - both, 150 - both, 100, None)
        assert found.difference == pytest.approx(exact.difference)
        assert found.low <= exact.low + 1e-9
        assert exact.high <= found.high + 1e-9
        assert found.p >= exact.p - 1e-12


def test_nothing_is_equivalent_by_a_scorer_whose_errors_nobody_knows() -> None:
    """By one that misses much the margin is narrower; and without a margin in time, or with few people, it is not said."""
    judged = JudgedAs("bad", "response", "judge")

    def said(seen: float | None, late: tuple[str, ...] = ()) -> str:
        known = {} if seen is None else {judged: seen}
        margin = StudyFacts({}, {"bad": MARGIN}, late, known, (), {}).testable(judged)
        return decide([Row(paired_shift(1000, 20, 20, 200, margin), "worse")])[0].verdict

    assert [said(1.0), said(0.7)] == ["equivalent"] * 2
    assert [said(None), said(0.05), said(1.0, ("bad",))] == ["undetermined"] * 3
    few = paired_shift(60, 10, 10, 30, MARGIN)
    assert decide([Row(few, "worse")])[0].verdict == "undetermined"


def test_verdicts_go_by_the_direction_and_by_all_that_is_decided() -> None:
    """A p just below 5 % among many that are nothing is no finding."""
    more, none = paired_shift(1000, 20, 80, 100, None), paired_shift(1000, 50, 50, 100, None)
    directions = ("worse", "better", "neutral")
    said = [decide([Row(more, one)])[0].verdict for one in directions]
    assert said == ["worse", "better", "different"]
    weak = paired_shift(1000, 40, 60, 100, None)
    assert 0.04 < weak.p < 0.05
    assert decide([Row(weak, "worse")])[0].verdict == "worse"
    together = decide([Row(weak, "worse"), *[Row(none, "worse")] * 9])
    assert {one.verdict for one in together} == {"undetermined"}


def test_p_and_people_are_told_roughly() -> None:
    """And a rate that is not told has no interval."""
    assert [p_class(p) for p in (0.0009, 0.001, 0.04, 0.05)] == ["< .001", "< .01", "< .05", "n.s."]
    assert [people_range(n, 50, 1) for n in (50, 95, 100, 405)] == [
        "50–99", "50–99", "100–199", "400–799",
    ]  # fmt: skip
    assert people_range(300, 50, 3) == "100–399"
    assert per_100k(None, 100) is None is per_100k(5, None)
    assert per_100k(5, 100) == (5000, pytest.approx(1643, abs=1), pytest.approx(11283, abs=1))
