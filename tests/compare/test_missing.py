"""Answers that are missing: tested by arm, and bounds on the difference."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.world import World


class TestMissing:
    def test_failures_that_differ_by_arm_are_tested_and_bound_the_difference(
        self, tmp_path: Path
    ) -> None:
        world = World(tmp_path).counts(10, 5, 5, 60)
        for state in ("failed", "filtered", "truncated"):
            for _ in range(8):
                world.add(("no",), (state,))
        world.add(("unparsable",), ("no",))
        found = world.compared()
        row = next(r for r in found.comparisons.to_pylist() if r["stratum"] == "all")
        assert row["n_prompts"] == 80 + 8  # truncated answers are judged
        assert (row["base_missing"], row["candidate_missing"]) == (1, 16)
        assert row["p_missing"] < 0.01
        assert "missing judgements differ by arm" in row["note"]
        # 105 prompts: the 16 without a candidate's label could each be yes (+1) or no; the base shows none of them.
        assert row["bound_high"] == pytest.approx((0 + 16 + 0) / 105)
        assert row["bound_low"] == pytest.approx((0 - 0 - 1) / 105)
        states = {(r["state"], r["scorer"]): r for r in found.missingness.to_pylist()}
        assert set(states) == {
            ("error", None),
            ("content_filter", None),
            ("length", None),
            ("unparsable", "judge"),
        }
        assert states["error", None]["difference"] == pytest.approx(8 / 105)
        assert states["error", None]["q"] < 0.05
        assert states["unparsable", "judge"]["base_rate"] == pytest.approx(1 / 105)

    def test_nothing_missing_gives_no_bounds(self, tmp_path: Path) -> None:
        row = World(tmp_path).counts(3, 2, 1, 20).all()
        assert (row["base_missing"], row["candidate_missing"], row["p_missing"]) == (0, 0, 1)
        assert row["bound_low"] is row["bound_high"] is None

    def test_an_answer_without_thoughts_misses_no_judgement_of_them(self, tmp_path: Path) -> None:
        world = World(tmp_path).counts(3, 2, 1, 20, channel="thoughts")
        for _ in range(5):
            world.add(("no",), ("no",), channel="response")
            world.tables["responses"][-1] |= {"thoughts": None, "thoughts_state": "none"}
        rows = [r for r in world.compare() if r["channel"] == "thoughts" and r["stratum"] == "all"]
        assert [r["base_missing"] + r["candidate_missing"] for r in rows] == [0]

    def test_where_units_have_one_vote_bounds_are_those_of_units(self, tmp_path: Path) -> None:
        world = World(tmp_path)
        for number in range(40):
            world.add(("no",), ("failed",) if number < 30 else ("no",), user="one")
        for number in range(9):
            world.add(("no",), ("no",), user=f"u{number}")
        row = world.all(weight="unit", margins={"bad": 0.5})
        assert row["candidate_missing"] == 30
        assert row["bound_high"] == pytest.approx(30 / 40 / 10)

    def test_lost_answers_that_could_pass_a_ratio_speak_against_equivalence(
        self, tmp_path: Path
    ) -> None:
        world = World(tmp_path).counts(100, 5, 5, 1000)
        for _ in range(40):
            world.add(("no",), ("failed",))
        assert world.all(margins={"bad": 0.06})["verdict"] == "equivalent"
        # All of the lost would be 145 of the candidate's beside 105 of the base's.
        row = world.all(margins={"bad": {"absolute": 0.06, "ratio": 1.35}})
        assert row["q_equivalence"] < 0.05
        assert (row["verdict"], row["flags"]) == ("undetermined", ["missing_differs"])
