"""Differences corrected for a judge's errors."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from logminer.compare.correction import Calibration, Corrected
from logminer.compare.effect import effect
from logminer.compare.options import Margin
from logminer.ids import response_id
from logminer.stats import JudgeError, LabelledPairs
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

    def test_other_arms_say_nothing_of_the_pair(self, tmp_path: Path) -> None:
        """Labels of c, of whose answers the judge knows nothing, change neither the correction nor whether there is one."""
        found = []
        for name, each, others in (("a", 60, 0), ("b", 60, 200), ("c", 6, 200)):
            world = World(tmp_path / name)
            for i in range(600):
                seen = ("yes",) if i % 4 == 0 else ("no",)
                truth = "yes" if i % 4 == 0 or i % 16 == 1 else "no"
                prompt = world.add(seen, seen, c=("yes",) if i % 3 else ("no",))
                arm = "ab"[i // 4 % 2] if i < 2 * each else "c" if i < 2 * each + others else None
                if arm:
                    label = {"response_id": response_id(prompt, arm, 0), "label": truth}
                    of = {"category_id": "bad", "channel": "response", "weight": 1.0}
                    world.tables["human_labels"].append(label | of)
            found.append(world.all())
        alone, beside, few = found
        assert alone["correction"] == beside["correction"] == "rogan_gladen"
        assert alone["corrected_low"] == beside["corrected_low"]
        assert (few["correction"], few["scale"]) == (None, "judge")
        assert "on the judge's scale" in few["note"]

    def test_what_goes_with_the_difference_is_of_its_scale(self, tmp_path: Path) -> None:
        row = self.world(tmp_path, labelled=300).all()
        assert row["scale"] == "corrected"
        assert row["e_value"] is row["p_exact"] is None
        sure = self.world(tmp_path / "more", labelled=2400).all()
        assert 0 < sure["minimum_detectable"] < row["minimum_detectable"]


class TestCorrected:
    """One comparison, asked at several levels: 400 prompts, 40 of them labelled; the candidate flagged in 40, the base in 20."""

    JUDGE = np.arange(400) % 20 == 0, np.arange(400) % 10 == 0
    FOUND = effect(JUDGE[0].astype(float), JUDGE[1].astype(float), np.arange(400), 0.95)

    def calibration(self, labelled: int) -> Calibration:
        places = np.arange(0, 400, 400 // labelled)[:labelled]
        arms = (*self.JUDGE, *self.JUDGE)
        pairs = LabelledPairs(places, np.ones(labelled), *(a[places].astype(float) for a in arms))
        error = JudgeError(0.8, 50, 0.97, 200)
        return Calibration(
            {("ppi", "response"): pairs},
            {("ppi", "response"): {}, ("errors", "response"): {"a": error, "b": error}},
            "a",
            "b",
        )

    def correct(self, category: str, labelled: int = 40, **options: Any) -> Corrected:
        keys = {"category_id": category, "channel": "response"}
        found = self.calibration(labelled).correct(
            keys, np.arange(400), self.FOUND, 0.05, **options
        )
        assert found is not None
        return found

    @pytest.mark.parametrize("category", ["ppi", "errors"])
    def test_intervals_and_p_tell_the_same(self, category: str) -> None:
        found = self.correct(category)
        assert found.decides
        assert found.columns["difference_corrected"] == found.difference
        interval = found.columns["corrected_low"], found.columns["corrected_high"]
        assert found.interval(0.95) == pytest.approx(interval)
        sharp = found.interval(1 - found.p)  # the one that just touches 0
        assert min(abs(sharp.low), abs(sharp.high)) == pytest.approx(0, abs=1e-6)
        margins = [Margin(absolute=0.2), Margin(absolute=0.2, ratio=1.5)]
        wide, both = map(found.p_equivalence, margins)
        assert wide < 0.05 < both
        assert found.minimum_detectable(0.05) < found.minimum_detectable(1e-4) <= 1

    @pytest.mark.parametrize("category", ["ppi", "errors"])
    def test_prompts_may_count_unequally(self, category: str) -> None:
        flagged = self.JUDGE[1] & ~self.JUDGE[0]
        plain, less = (
            self.correct(category, weights=np.where(flagged, each, 1.0)) for each in (1.0, 0.1)
        )
        assert plain.difference > 2 * less.difference > 0
        grouped = self.correct(category, groups=np.arange(400) // 40)
        assert grouped.difference == plain.difference
        assert grouped.interval(0.95).high > plain.interval(0.95).high

    def test_with_few_labels_nothing_is_corrected(self) -> None:
        found = self.correct("ppi", labelled=20)
        assert not found.decides
        assert found.columns == {}
        with pytest.raises(ValueError, match="too few labels"):
            found.interval(0.95)
        keys = {"category_id": "other", "channel": "response"}
        assert self.calibration(40).correct(keys, np.arange(400), self.FOUND, 0.05) is None
