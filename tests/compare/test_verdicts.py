"""One verdict a category, over everything that was looked at, and what findings are worth."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from logminer.compare.comparing import compare
from logminer.compare.flags import FLAGS
from logminer.compare.options import CompareOptions, Margin
from logminer.compare.verdicts import ALPHA_SHARES
from logminer.ids import response_id
from logminer.store.publication import publish
from tests.kit.world import Row, World

ROOT = Path(__file__).parents[2]


def by_scorer(rows: list[Row]) -> dict[str, Row]:
    return {row["scorer"]: row for row in rows if row["stratum"] == "all"}


def judged_twice(folder: Path, second: str = "no") -> World:
    """40 of 200 prompts differ by scorer `judge`; scorer `beside` says `second` of all of the candidate's."""
    world = World(folder).counts(10, 0, 40, 150)
    for row in list(world.tables["judgements"]):
        label = second if row["response_id"] in _ids(world, "b") else row["label"]
        world.judge(row["response_id"], label, scorer="beside")
    return world


def _ids(world: World, arm: str) -> set[str]:
    return {response_id(row["prompt_id"], arm, 0) for row in world.tables["prompts"]}


def ran(world: World, *orders: list[str], category: str = "bad", judged: int = 9) -> World:
    """Runs of this study, each with the scorers of a category in its order; all but the first after judging."""
    for number, order in enumerate(orders):
        world.tables["runs"].append(
            {
                "run_id": str(number),
                "sequence": number + 1,
                "started_at": datetime.datetime(2026, 1, 1 + number, tzinfo=datetime.UTC),
                "status": "done",
                "version": "1",
                "pipeline": "{}",
                "taxonomy_hash": "t",
                "margins": "{}",
                "rubrics": json.dumps({category: "r"}),
                "scorers": json.dumps({category: order}),
                "judged_parts": judged if number else 0,
            }
        )
    return world


class TestPrimary:
    def test_the_scorer_that_was_named_first_has_the_verdict(self, tmp_path: Path) -> None:
        rows = by_scorer(ran(judged_twice(tmp_path), ["judge", "beside"]).compare())
        assert (rows["judge"]["role"], rows["judge"]["verdict"]) == ("primary", "worse")
        second = rows["beside"]
        assert (second["role"], second["verdict"], second["q"]) == ("secondary", None, None)
        assert second["low"] <= second["difference"] <= second["high"]
        assert "primary_late" not in rows["judge"]["flags"]

    def test_another_one_after_judging_is_late(self, tmp_path: Path) -> None:
        world = ran(judged_twice(tmp_path), ["judge", "beside"], ["beside", "judge"])
        rows = by_scorer(world.compare())
        assert rows["beside"]["role"] == "primary"
        assert "primary_late" in rows["beside"]["flags"]
        assert "primary scorer chosen after judging" in rows["beside"]["note"]

    def test_one_that_is_gone_is_not_replaced_in_silence(self, tmp_path: Path) -> None:
        world = ran(judged_twice(tmp_path), ["gone", "judge", "beside"], ["judge", "beside"])
        assert "primary_late" in by_scorer(world.compare())["judge"]["flags"]

    def test_one_that_judged_a_single_arm_decides_nothing(self, tmp_path: Path) -> None:
        world = World(tmp_path).counts(10, 0, 40, 150)
        for row in list(world.tables["judgements"]):
            if row["response_id"] in _ids(world, "a"):
                world.judge(row["response_id"], row["label"], scorer="half")
        (row,) = by_scorer(ran(world, ["half", "judge"]).compare()).values()
        assert (row["scorer"], row["role"], row["verdict"]) == ("judge", "primary", "worse")

    @pytest.mark.parametrize(("second", "apart"), [("no", True), ("yes", True)])
    def test_scorers_that_disagree_say_so_in_both_rows(
        self, second: str, apart: bool, tmp_path: Path
    ) -> None:
        rows = by_scorer(judged_twice(tmp_path, second).compare())
        assert [("scorers_disagree" in row["flags"]) for row in rows.values()] == [apart, apart]

    def test_a_judge_that_fails_leaves_the_verdict_to_no_other_scorer(self, tmp_path: Path) -> None:
        world = World(tmp_path).counts(40, 10, 50, 300)
        of_a = {row["response_id"] for row in world.tables["responses"] if row["checkpoint"] == "a"}
        for row in list(world.tables["judgements"]):
            world.judge(row["response_id"], row["label"], scorer="beside")
            if row["response_id"] in of_a:
                row |= {"label": "unparsable", "judge_error": "server_error:500"}
        rows = ran(world, ["judge", "beside"]).compare(margins={"bad": Margin(absolute=0.08)})
        assert {(row["scorer"], row["role"], row["verdict"]) for row in rows} == {
            ("beside", "secondary", None)
        }

    @pytest.mark.parametrize(("differ", "verdict"), [(40, "worse"), (2, "equivalent")])
    def test_another_scorer_would_give_what_it_gives_as_the_primary(
        self, differ: int, verdict: str, tmp_path: Path
    ) -> None:
        def told(order: list[str]) -> dict[str, Row]:
            world = World(tmp_path / order[0]).counts(40, 10, 10 + differ, 340)
            for place, row in enumerate(list(world.tables["judgements"])):
                world.judge(row["response_id"], "yes" if place % 5 else "no", scorer="beside")
                world.judge(row["response_id"], "yes", "worst")
            options = {"bad": Margin(absolute=0.08), "worst": Margin(absolute=0.01)}
            return {
                f"{row['scorer']} {row['category_id']}": row
                for row in ran(world, order).compare(margins=options)
                if row["stratum"] == "all"
            }

        other, first = told(["beside", "judge"]), told(["judge", "beside"])
        assert first["judge bad"]["verdict"] == other["judge bad"]["would_be"] == verdict
        assert first["beside bad"]["would_be"] == other["beside bad"]["verdict"]
        assert {row["would_be"] is None for row in first.values() if row["verdict"]} == {True}
        assert other["judge bad"]["q"] is None

    def test_scorers_that_say_the_same_do_not(self, tmp_path: Path) -> None:
        world = World(tmp_path).counts(10, 0, 40, 150)
        for row in list(world.tables["judgements"]):
            world.judge(row["response_id"], row["label"], scorer="beside")
        assert not any("scorers_disagree" in r["flags"] for r in world.compare())


class TestEverything:
    def world(self, folder: Path, categories: int) -> World:
        """One category differs a little, the others not at all."""
        world = World(folder).counts(20, 6, 20, 154)
        for row in list(world.tables["judgements"]):
            for number in range(1, categories):
                world.judge(row["response_id"], "no", f"c{number}")
        return world

    def q(self, world: World, *pairs: tuple[str, str]) -> list[float]:
        with publish(world.folder, []) as publication:
            world.publish(publication)
            found = compare(publication, CompareOptions(), pairs).comparisons.to_pylist()
        return [r["q"] for r in found if r["category_id"] == "bad" and r["stratum"] == "all"]

    def test_a_pair_more_or_a_category_more_counts(self, tmp_path: Path) -> None:
        (one,) = self.q(self.world(tmp_path / "one", 1), ("a", "b"))
        (ten,) = self.q(self.world(tmp_path / "ten", 10), ("a", "b"))
        assert ten == pytest.approx(10 * one)
        both = self.q(self.world(tmp_path / "one", 1), ("a", "b"), ("b", "a"))
        assert both == pytest.approx([one, one])  # as good as one another

    def test_what_else_was_compared_takes_no_equivalence_away(self, tmp_path: Path) -> None:
        world = World(tmp_path).counts(0, 0, 0, 200)
        margins = {"bad": Margin(absolute=0.03)}
        (one,) = {row["q_equivalence"] for row in world.compare(margins=margins)}
        with publish(tmp_path, []) as publication:
            world.publish(publication)
            pairs = [("a", "b"), ("b", "a"), ("a", "a")]
            both = compare(publication, CompareOptions(margins=margins), pairs).comparisons
        assert set(both["q_equivalence"].to_pylist()) == {one}

    def test_declared_categories_hold_four_fifths_of_alpha(self, tmp_path: Path) -> None:
        row = World(tmp_path).counts(59, 6, 16, 80).all()
        assert row["q"] == pytest.approx(row["p"] / 0.8)

    def test_what_could_be_found_falls_with_what_is_looked_at(self, tmp_path: Path) -> None:
        one, ten = (
            self.world(tmp_path / str(n), n).compare()[0]["minimum_detectable"] for n in (1, 10)
        )
        assert ten > 1.2 * one


class TestFound:
    """A category that a model proposed after a look at the discovery half."""

    def world(self, folder: Path, **found: dict[str, int]) -> World:
        """`found` differs in that many prompts of each half; what was declared differs a little."""
        world = World(folder)
        for half, n in found["halves"].items():
            for number in range(100):
                world.add(("no",), ("no",), user=f"{half}{number}", split=half)
                (one, other) = world.tables["responses"][-2:]
                world.judge(one["response_id"], "no", "found_new")
                label = "yes" if number < n else "no"
                world.judge(other["response_id"], label, "found_new")
        return world.counts(20, 6, 20, 154)

    def found(self, world: World) -> dict[str, Row]:
        return {r["category_id"]: r for r in world.compare() if r["stratum"] == "all"}

    def test_it_is_tested_on_the_half_that_was_not_looked_at(self, tmp_path: Path) -> None:
        seen = self.world(tmp_path / "seen", halves={"discovery": 60, "inference": 0})
        row = self.found(seen)["found_new"]
        assert (row["n_prompts"], row["candidate_rate"], row["verdict"]) == (100, 0, "undetermined")
        real = self.world(tmp_path / "real", halves={"discovery": 0, "inference": 40})
        row = self.found(real)["found_new"]
        assert (row["candidate_rate"], row["verdict"], row["kind"]) == (0.4, "worse", "category")
        assert row["flags"][0] == "found"
        assert row["q"] == pytest.approx(row["p"] / ALPHA_SHARES["found"])

    def test_nothing_of_what_was_declared_changes(self, tmp_path: Path) -> None:
        world = self.world(tmp_path, halves={"discovery": 9, "inference": 9})
        with_it = self.found(world)["bad"]
        judged = world.tables["judgements"]
        judged[:] = [row for row in judged if row["category_id"] == "bad"]
        assert self.found(world)["bad"] == with_it

    def test_its_unusable_judgements_are_no_missingness_of_the_study(self, tmp_path: Path) -> None:
        world = self.world(tmp_path, halves={"inference": 40})
        for row in world.tables["judgements"]:
            if row["category_id"] == "found_new" and row["label"] == "yes":
                row["label"] = "unsure"
        assert world.compared().missingness.num_rows == 0


class TestFindings:
    def test_intervals_of_findings_allow_for_their_having_been_picked(self, tmp_path: Path) -> None:
        world = World(tmp_path).counts(20, 2, 40, 154)
        for row in list(world.tables["judgements"]):
            for number in range(4):
                world.judge(row["response_id"], "no", f"c{number}")
        rows = {r["category_id"]: r for r in world.compare() if r["stratum"] == "all"}
        found = rows.pop("bad")
        assert found["low_selected"] < found["low"] < found["high"] < found["high_selected"]
        assert found["low_selected"] > 0
        assert 0 < found["difference_shrunken"] < found["difference"]
        assert {row["low_selected"] for row in rows.values()} == {None}
        assert {row["difference_shrunken"] for row in rows.values()} == {0.0}


class TestFewUnits:
    def test_five_users_are_no_test(self, tmp_path: Path) -> None:
        world = World(tmp_path)
        for user in range(5):
            for _ in range(40):
                world.add(("no",), ("yes",), user=f"u{user}")
        row = world.all(margins={"bad": Margin(absolute=0.03)})
        assert row["n_effective"] == pytest.approx(5)
        assert row["largest_unit_share"] == pytest.approx(0.2)
        assert row["verdict"] == "undetermined"
        assert row["difference"] == pytest.approx(1.0)
        for name in ("p", "q", "p_equivalence", "q_equivalence", "minimum_detectable", "e_value"):
            assert row[name] is None, name
        assert "few_units" in row["flags"]
        assert "fewer than 6 effective units" in row["note"]


class TestMissing:
    def test_each_missing_sample_counts(self, tmp_path: Path) -> None:
        world = World(tmp_path)
        for _ in range(100):
            world.add(("no",) * 4, ("no", "failed", "failed", "failed"))
        row = world.all(margins={"bad": Margin(absolute=0.03)})
        assert (row["base_missing"], row["candidate_missing"]) == (0, 300)
        assert row["p_missing"] < 0.001
        assert (row["bound_low"], row["bound_high"]) == (0, pytest.approx(0.75))
        assert row["verdict"] == "undetermined"
        assert "missing_differs" in row["flags"]
        assert row["tipping_point"] == 12  # of 300: 12 ÷ 400 is the margin

    def test_lost_answers_that_could_lie_beyond_the_margin_are_not_equivalent(
        self, tmp_path: Path
    ) -> None:
        world = World(tmp_path).counts(200, 3, 3, 400)
        for _ in range(73):
            world.add(("yes",), ("failed",))
        row = world.all(margins={"bad": Margin(absolute=0.03)})
        assert row["bound_low"] < -0.03
        assert row["verdict"] == "undetermined"
        assert row["q_equivalence"] < 0.05

    def test_a_handful_alike_in_both_arms_is_no_matter(self, tmp_path: Path) -> None:
        world = World(tmp_path).counts(200, 3, 3, 800)
        for _ in range(4):
            world.add(("failed",), ("no",))
            world.add(("no",), ("failed",))
        row = world.all(margins={"bad": Margin(absolute=0.03)})
        assert row["verdict"] == "equivalent"
        assert row["tipping_point"] is None


def test_a_margin_wider_than_the_rate_is_flagged(tmp_path: Path) -> None:
    row = World(tmp_path).counts(1, 1, 1, 400).all(margins={"bad": Margin(absolute=0.03)})
    assert "wide_margin" in row["flags"]


def test_the_page_lists_every_flag() -> None:
    page = (ROOT / "docs" / "verdicts.md").read_text("utf-8")
    listed = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
    assert [name for name in listed if name in FLAGS] == list(FLAGS)
