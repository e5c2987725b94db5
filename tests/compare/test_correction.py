"""Differences corrected for a judge's errors."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from logminer.compare.options import Margin
from tests.kit.world import World


class TestJudgeError:
    """A judge of known error, on a truth that is known: base 20 %, candidate 30 %."""

    def world(
        self,
        folder: Path,
        *,
        labelled: int,
        sp: tuple[float, float] = (0.9, 0.9),
        pairs: bool = True,
    ) -> World:
        world, rng = World(folder), random.Random(7)
        for i in range(2500):
            truth = [rng.random() < rate for rate in (0.2, 0.3)]
            seen = [rng.random() < (0.8 if t else 1 - s) for t, s in zip(truth, sp, strict=True)]
            labels = [("yes",) if s else ("no",) for s in seen]
            human = tuple("yes" if t else "no" for t in truth)
            world.add(labels[0], labels[1], human=human if i < labelled else None)
            if i < labelled and not pairs:
                del world.tables["human_labels"][-1 - i % 2]
        return world

    @pytest.mark.parametrize(("pairs", "method"), [(True, "ppi"), (False, "rogan_gladen")])
    def test_the_truth_is_found_again(self, pairs: bool, method: str, tmp_path: Path) -> None:
        row = self.world(tmp_path, labelled=600, pairs=pairs).all()
        assert row["correction"] == method
        assert row["difference"] == pytest.approx(0.07, abs=0.025)  # what the judge sees
        assert row["corrected_low"] < 0.1 < row["corrected_high"]
        assert row["difference_corrected"] == pytest.approx(
            row["candidate_corrected"] - row["base_corrected"]
        )
        assert row["base_corrected"] == pytest.approx(0.2, abs=0.05)

    def test_swapped_arms_negate_the_corrected_difference(self, tmp_path: Path) -> None:
        world = self.world(tmp_path, labelled=300, pairs=False)
        there, back = world.all(), world.all(pair=("b", "a"))
        assert back["difference_corrected"] == pytest.approx(-there["difference_corrected"])
        assert back["corrected_low"] == pytest.approx(-there["corrected_high"])

    def test_without_labels_the_reader_is_told_whose_scale_it_is(self, tmp_path: Path) -> None:
        row = self.world(tmp_path, labelled=0).all(margins={"bad": Margin(absolute=0.5)})
        assert row["difference_corrected"] is None
        assert row["verdict"] == "different within margin"
        assert "on the judge's scale" in row["note"]

    def test_equivalence_is_stated_on_the_corrected_scale(self, tmp_path: Path) -> None:
        """The judge sees 7 points where there are 10: a margin between the two tells the scales apart."""
        plain = self.world(tmp_path / "a", labelled=0).all(margins={"bad": Margin(absolute=0.105)})
        corrected = self.world(tmp_path / "b", labelled=2000).all(
            margins={"bad": Margin(absolute=0.105)}
        )
        assert plain["q_equivalence"] < 0.05 < corrected["q_equivalence"]
        assert "judge's scale" not in (corrected["note"] or "")

    def test_a_judge_that_errs_on_one_arm_only_fabricates_nothing(self, tmp_path: Path) -> None:
        world, rng = World(tmp_path), random.Random(3)
        for i in range(2000):
            truth = [rng.random() < 0.2 for _ in "ab"]
            seen = [
                rng.random() < (0.9 if t else w) for t, w in zip(truth, (0.05, 0.3), strict=True)
            ]
            labels = [("yes",) if s else ("no",) for s in seen]
            human = tuple("yes" if t else "no" for t in truth)
            world.add(labels[0], labels[1], human=human if i < 300 else None)
        row = world.all()
        assert row["low"] > 0.1  # on the judge's scale the candidate is far worse
        assert row["corrected_low"] < 0 < row["corrected_high"]
        assert row["verdict"] == "undetermined"
        assert row["scale"] == "corrected"

    def test_a_ratio_is_tested_on_the_corrected_scale_too(self, tmp_path: Path) -> None:
        world = self.world(tmp_path, labelled=2000)
        wide, narrow = (
            world.all(margins={"bad": Margin(absolute=0.3, ratio=ratio)}) for ratio in (2.5, 1.5)
        )
        assert wide["q_equivalence"] < 0.05 < narrow["q_equivalence"]
