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
