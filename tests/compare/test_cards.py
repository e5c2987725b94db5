"""What a card allows to be said of what a scorer did not find."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from logminer.compare.cards import Card, PossibleErrors, read_cards
from logminer.compare.effect import Effect, effect
from logminer.compare.options import Margin
from logminer.schemas import CHECKPOINTS, JUDGE_CARDS
from logminer.stats import Interval
from logminer.store.publication import publish
from tests.kit.world import Row, World, filled

NONE = Interval(1.0, 1.0)
FAULTLESS = PossibleErrors(NONE, NONE)
TENTH = Margin(absolute=0.1)


def flagged(base: float, candidate: float, n: int = 2000) -> Effect:
    """That share of each arm's answers flagged, on prompts of their own users."""
    arms = [np.r_[np.ones(round(n * s)), np.zeros(n - round(n * s))] for s in (base, candidate)]
    return effect(arms[0], arms[1], np.arange(n), 0.95)


def card(sensitivity: tuple[float, float], specificity: tuple[float, float] = (1.0, 1.0)) -> Card:
    errors = PossibleErrors(Interval(*sensitivity), Interval(*specificity))
    return Card(errors, errors, transported=False)


class TestEquivalence:
    def test_of_a_scorer_without_fault_is_that_of_its_labels(self) -> None:
        found = flagged(0.10, 0.13)
        faultless = Card(FAULTLESS, FAULTLESS, transported=False)
        assert faultless.p_equivalence(found, TENTH) == pytest.approx(
            found.p_equivalence(TENTH), abs=1e-6
        )

    def test_of_a_scorer_that_may_be_blind_there_is_none(self) -> None:
        found = flagged(0.0, 0.0)
        assert found.p_equivalence(TENTH) < 1e-6
        assert card((0.29, 0.9)).p_equivalence(found, TENTH) == 1
        assert card((0.31, 0.9)).p_equivalence(found, TENTH) < 0.05
        unknown = PossibleErrors(None, NONE)
        assert Card(unknown, FAULTLESS, transported=True).p_equivalence(found, TENTH) == 1

    def test_each_arm_may_have_its_own_error(self) -> None:
        """Of 30 % in both arms the scorer may have found all in one and half in the other."""
        found = flagged(0.15, 0.15)
        assert card((0.95, 1.0)).p_equivalence(found, TENTH) < 0.01
        assert card((0.5, 1.0)).p_equivalence(found, TENTH) > 0.5

    def test_what_may_be_false_alarms_counts_as_nothing(self) -> None:
        found = flagged(0.04, 0.04)
        sure, unsure = card((0.5, 1.0)), card((0.5, 1.0), (0.9, 1.0))
        assert sure.p_equivalence(found, TENTH) < unsure.p_equivalence(found, TENTH) < 0.05
        narrow = Margin(absolute=0.06)  # 8 % against 4 %, or against none
        assert sure.p_equivalence(found, narrow) < 0.05 < unsure.p_equivalence(found, narrow)

    def test_users_with_one_vote_each_show_no_more_than_all(self) -> None:
        # Votes of 21 prompts by three, seven and eleven: their mean is 1 but for rounding.
        users, ones = np.repeat([0, 1, 2], [3, 7, 11]), np.ones(21)
        found = effect(ones, ones, users, 0.95, weight="unit")
        assert found.rates == (1, 1)
        faultless = Card(FAULTLESS, FAULTLESS, transported=False)
        assert faultless.p_equivalence(found, TENTH) >= found.p_equivalence(TENTH)

    def test_the_arms_may_be_swapped(self) -> None:
        other = PossibleErrors(Interval(0.6, 0.8), Interval(0.95, 1.0))
        there = Card(FAULTLESS, other, transported=False)
        back = Card(other, FAULTLESS, transported=False)
        for margin in (TENTH, Margin(absolute=0.1, ratio=2.5)):
            assert there.p_equivalence(flagged(0.1, 0.08), margin) == pytest.approx(
                back.p_equivalence(flagged(0.08, 0.1), margin)
            )

    def test_a_true_difference_of_the_margin_is_seldom_called_none(self) -> None:
        """People see 2 % and 12 %; the judge, within its card, makes 4.8 % and 7.3 % of it."""
        rng, judge, corrected = np.random.default_rng(0), 0, 0
        known = card((0.6, 0.95), (0.97, 0.999))
        for _ in range(400):
            base, candidate = rng.random(2000) < 0.02, rng.random(2000) < 0.12
            seen = (
                np.where(base, rng.random(2000) < 0.95, rng.random(2000) > 0.97),
                np.where(candidate, rng.random(2000) < 0.6, rng.random(2000) > 0.999),
            )
            found = effect(*(s.astype(float) for s in seen), np.arange(2000), 0.95)
            judge += found.p_equivalence(TENTH) <= 0.05
            corrected += known.p_equivalence(found, TENTH) <= 0.05
        assert judge > 380
        assert corrected <= 36


def test_a_bound_is_of_what_there_is_and_not_of_what_is_flagged() -> None:
    half = card((0.5, 0.9))
    assert half.at_most(0.01, half.base) == pytest.approx(0.02)
    assert card((0.0, 0.9)).at_most(0.01, card((0.0, 0.9)).base) == 1


class TestReading:
    """Rows of `judge_cards`: whose answers were labelled decides what they tell of the arms."""

    @staticmethod
    def row(model: str | None, share: float | None, n: float = 100, **more: Any) -> Row:
        shares = {
            f"{kind}{end}": value
            for kind in ("sensitivity", "specificity")
            for end, value in (("", share), ("_low", share), ("_high", share), ("_n", n))
        }
        named = {"scorer": "judge", "category_id": "bad", "channel": "response", "model": model}
        told = {"n_labels": 99, "source": "shipped", "origin": "o", "transported": True}
        return named | shares | told | more

    def read(self, folder: Path, *rows: Row) -> Card:
        plain = {"kind": "recorded", "options": "{}", "identity": "i"}
        checkpoints = [plain | {"checkpoint": arm, "model": f"m-{arm}"} for arm in "ab"]
        with publish(folder, []) as publication:
            World(folder).counts(1, 1, 1, 1).publish(publication)
            publication.replace(CHECKPOINTS, filled(CHECKPOINTS, checkpoints))
            publication.replace(JUDGE_CARDS, filled(JUDGE_CARDS, list(rows)))
            return read_cards(publication, "judge", "a", "b")["bad", "response"]

    def test_own_labels_go_before_others(self, tmp_path: Path) -> None:
        own = {"source": "calibration", "transported": False}
        others = [self.row(m, 0.9) for m in "xyz"]
        arms = [self.row(f"m-{a}", s, 5, checkpoint=a, **own) for a, s in (("a", 0.1), ("b", 0.8))]
        found = self.read(tmp_path, *others, self.row(None, 0.5, **own), *arms)
        assert not found.transported
        assert (found.base.sensitivity, found.candidate.sensitivity) == ((0.1, 0.1), (0.8, 0.8))
        assert not found.sees
        assert "as little as 10 %" in (found.lacks or "")

    def test_one_arm_alone_tells_nothing_of_the_other(self, tmp_path: Path) -> None:
        own = {"source": "calibration", "transported": False}
        found = self.read(
            tmp_path, self.row(None, 0.9, **own), self.row("m-a", 0.9, checkpoint="a", **own)
        )
        assert found.candidate.sensitivity is None
        assert "too few models" in (found.lacks or "")

    def test_models_tell_of_others_where_they_are_three(self, tmp_path: Path) -> None:
        english = self.row(None, 0.9, language="en")
        whole = [self.row(None, 0.9), english]
        two = self.read(tmp_path / "2", *whole, *(self.row(m, 0.9) for m in "xy"))
        assert "too few models" in (two.lacks or "")
        few = self.read(tmp_path / "few", *whole, *(self.row(m, 0.9, 19) for m in "wxyz"))
        assert not few.sees
        four = self.read(tmp_path / "4", *whole, *(self.row(m, 0.9) for m in "wxyz"))
        assert four.sees
        assert four.transported
        assert four.base == four.candidate

    def test_the_same_model_tells_of_itself(self, tmp_path: Path) -> None:
        english = self.row(None, 0.9, language="en")
        found = self.read(tmp_path, english, self.row("m-a", 0.9), self.row("m-b", 0.8))
        assert found.base.sensitivity == (0.9, 0.9)
        assert found.candidate.sensitivity == (0.8, 0.9)  # as wide as that of the language
        assert found.transported

    def test_languages_that_nobody_labelled_are_not_covered(self, tmp_path: Path) -> None:
        models = [self.row(m, 0.9) for m in "wxyz"]
        found = self.read(tmp_path, *models, self.row(None, 0.9, language="fi"))
        assert found.uncovered == ("en",)
        assert not found.sees
