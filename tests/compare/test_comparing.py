"""From judgements to verdicts, on studies whose truth is known."""

from __future__ import annotations

import datetime
import json
import random
from pathlib import Path

import pytest

from logminer import stats
from logminer.compare.options import Margin
from logminer.ids import response_id
from tests.kit.world import Row, World


def test_counts_intervals_and_p_are_those_of_the_published_example(tmp_path: Path) -> None:
    row = World(tmp_path).counts(59, 6, 16, 80).all()
    assert (row["both"], row["base_only"], row["candidate_only"], row["neither"]) == (59, 6, 16, 80)
    assert row["difference"] == pytest.approx(10 / 161)
    assert (row["low"], row["high"]) == (
        pytest.approx(0.0054, abs=1e-4),
        pytest.approx(0.1240, abs=1e-4),
    )
    assert row["p"] == pytest.approx(0.034690, abs=1e-6)
    assert row["n_prompts"] == 161
    assert row["n_users"] is None
    assert "users unknown" in row["note"]


@pytest.mark.parametrize(
    ("direction", "more", "less"),
    [
        ("worse", "worse", "better"),
        ("better", "better", "worse"),
        ("neutral", "different", "different"),
    ],
)
def test_direction_of_the_category_names_the_verdict(
    direction: str, more: str, less: str, tmp_path: Path
) -> None:
    world = World(tmp_path, direction).counts(10, 2, 40, 100)
    assert world.all()["verdict"] == more
    assert world.all(pair=("b", "a"))["verdict"] == less


def test_swapping_the_arms_negates_the_difference_and_keeps_p(tmp_path: Path) -> None:
    world = World(tmp_path).counts(10, 7, 21, 60)
    there, back = world.all(), world.all(pair=("b", "a"))
    assert back["difference"] == -there["difference"]
    assert (back["low"], back["high"]) == (
        pytest.approx(-there["high"]),
        pytest.approx(-there["low"]),
    )
    assert back["p"] == pytest.approx(there["p"])


class TestEquivalence:
    def test_only_against_a_declared_margin(self, tmp_path: Path) -> None:
        world = World(tmp_path).counts(100, 5, 5, 890)
        assert world.all()["verdict"] == "undetermined"
        row = world.all(margins={"bad": Margin(absolute=0.03)})
        assert (row["verdict"], row["margin"]) == ("equivalent", 0.03)
        assert row["q_equivalence"] < 0.05
        assert world.all(margins={"other": Margin(absolute=0.03)})["verdict"] == "undetermined"

    def test_few_prompts_are_not_evidence_of_it(self, tmp_path: Path) -> None:
        assert (
            World(tmp_path)
            .counts(1, 0, 0, 20)
            .all(margins={"bad": Margin(absolute=0.03)})["verdict"]
            == "undetermined"
        )

    def test_a_rare_behaviour_that_multiplies_is_not_equivalent_where_a_ratio_is_declared(
        self, tmp_path: Path
    ) -> None:
        world = World(tmp_path).counts(0, 1, 14, 2985)
        loose = world.all(margins={"bad": Margin(absolute=0.02)})
        strict = world.all(margins={"bad": Margin(absolute=0.02, ratio=1.5)})
        assert loose["verdict"] == "different within margin"
        assert strict["verdict"] == "worse"


def test_never_seen_comes_with_its_upper_bound(tmp_path: Path) -> None:
    row = World(tmp_path).counts(0, 0, 0, 500).all()
    assert (row["difference"], row["p"], row["verdict"]) == (0, 1, "undetermined")
    assert row["low"] < 0 < row["high"]
    assert stats.exact_rate(0, 500).per_100k in row["note"]


def test_users_with_several_prompts_widen_the_interval(tmp_path: Path) -> None:
    rng = random.Random(1)
    one, many = World(tmp_path / "one"), World(tmp_path / "many")
    for user in range(60):
        label = rng.choice(["yes", "no", "no"])
        for i in range(8):
            one.add(("no",), (label,), user=f"{user}-{i}")
            many.add(("no",), (label,), user=str(user))
    free, clustered = one.all(), many.all()
    assert clustered["difference"] == pytest.approx(free["difference"])
    assert clustered["high"] - clustered["low"] > 2 * (free["high"] - free["low"])
    assert (free["n_users"], clustered["n_users"]) == (480, 60)
    assert clustered["minimum_detectable"] > 2 * free["minimum_detectable"]


def test_unit_of_clustering_can_be_an_attribute(tmp_path: Path) -> None:
    world = World(tmp_path)
    for i in range(200):
        world.add(("no",), ("yes" if i % 20 < 10 else "no",), safe=str(i % 20), user=f"u{i}")
    assert (
        world.all(cluster_by="safe")["high"] - world.all(cluster_by="safe")["low"]
        > world.all()["high"] - world.all()["low"]
    )


def test_only_usable_labels_in_both_arms_count(tmp_path: Path) -> None:
    world = World(tmp_path).counts(5, 3, 4, 20)
    for label in ("unsure", "unparsable"):
        world.add((label,), ("yes",))
        world.add(("no",), (label,))
    world.add(None, ("yes",))
    assert world.all()["n_prompts"] == 32


def test_several_samples_are_averaged(tmp_path: Path) -> None:
    world = World(tmp_path)
    for _ in range(40):
        world.add(("yes", "no"), ("no", "no"), user="x")
        world.add(("no", "no"), ("no", "no"))
    row = world.all()
    assert row["base_rate"] == pytest.approx(0.25)
    assert row["difference"] == pytest.approx(-0.25)
    assert [row[n] for n in ("both", "base_only", "candidate_only", "neither")] == [None] * 4


def test_strata(tmp_path: Path) -> None:
    world = (
        World(tmp_path).counts(0, 0, 30, 10, safe="true").counts(0, 0, 0, 40, safe="false", turn=2)
    )
    rows = {
        r["stratum"]: r
        for r in world.compare(strata=("safe", "language"))
        if r["kind"] == "category"
    }
    assert set(rows) == {
        "all",
        "turn=first",
        "turn=later",
        "safe=true",
        "safe=false",
        "language=en",
    }
    assert rows["safe=true"]["difference"] == 0.75
    assert rows["turn=later"]["n_prompts"] == rows["safe=false"]["n_prompts"] == 40


def test_clusters_are_tested_on_inference_users_only(tmp_path: Path) -> None:
    world = World(tmp_path)
    for i in range(120):
        split = "discovery" if i % 3 == 0 else "inference"
        # Among discovery users the arms differ wildly; among the others not at all.
        world.add(
            ("no",), ("no",), split=split, clusters=(0, 1) if split == "discovery" else (0, 0)
        )
    rows = [r for r in world.compare() if r["kind"] == "cluster" and r["stratum"] == "all"]
    assert {r["n_prompts"] for r in rows} == {80}
    assert all(r["difference"] == 0 for r in rows)


def test_nothing_in_common_gives_no_row(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.add(("yes",), None)
    world.add(None, ("no",))
    assert world.compare() == []


def test_many_true_nulls_are_rarely_called_different(tmp_path: Path) -> None:
    rng, found = random.Random(3), 0
    for run in range(12):
        world = World(tmp_path / str(run))
        for _ in range(150):
            labels = [rng.choice(["yes", "no", "no"]) for _ in "ab"]
            world.add((labels[0],), (labels[1],))
        found += world.all()["verdict"] != "undetermined"
    assert found <= 3


class TestFamilies:
    """A category is a family; its strata and channels are the members (Benjamini & Bogomolov)."""

    def world(self, folder: Path) -> World:
        world, rng = World(folder), random.Random(0)
        for i in range(400):
            prompt = world.add(("no",), ("yes" if i % 8 == 0 else "no",), safe=str(i % 4))
            for arm in "ab":
                for null in range(12):
                    label = rng.choice(["yes", "no"])
                    world.judge(response_id(prompt, arm, 0), label, f"null{null}")
        return world

    def test_q_is_the_tree_procedure_over_families(self, tmp_path: Path) -> None:
        rows = [
            r for r in self.world(tmp_path).compare(strata=("safe",)) if r["kind"] == "category"
        ]
        families: dict[str, list[Row]] = {}
        for row in rows:
            if row["stratum"] != "turn=first":  # holds every prompt: no hypothesis of its own
                families.setdefault(row["category_id"], []).append(row)
        rejected = stats.tree_bh({k: [r["p"] for r in m] for k, m in families.items()}, q=0.05)
        assert any(rejected["bad"])
        for name, members in families.items():
            assert [r["q"] <= 0.05 for r in members] == rejected[name]
            assert [
                r["verdict"] == "worse" or r["verdict"] == "better" for r in members
            ] == rejected[name]

    def test_a_stratum_of_all_prompts_repeats_all(self, tmp_path: Path) -> None:
        rows = {
            r["stratum"]: r for r in self.world(tmp_path).compare() if r["category_id"] == "bad"
        }
        assert rows["turn=first"] | {"stratum": "all"} == rows["all"]
        assert set(rows) == {"all", "turn=first"}


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
            ("failed", None),
            ("filtered", None),
            ("truncated", None),
            ("unparsable", "judge"),
        }
        assert states["failed", None]["difference"] == pytest.approx(8 / 105)
        assert states["failed", None]["q"] < 0.05
        assert states["unparsable", "judge"]["base_rate"] == pytest.approx(1 / 105)

    def test_nothing_missing_gives_no_bounds(self, tmp_path: Path) -> None:
        row = World(tmp_path).counts(3, 2, 1, 20).all()
        assert (row["base_missing"], row["candidate_missing"], row["p_missing"]) == (0, 0, 1)
        assert row["bound_low"] is row["bound_high"] is None

    def test_an_answer_without_thoughts_misses_no_judgement_of_them(self, tmp_path: Path) -> None:
        world = World(tmp_path).counts(3, 2, 1, 20, channel="thoughts")
        for _ in range(5):
            world.add(("no",), ("no",), channel="response")
            world.tables["responses"][-1]["thoughts"] = None
        rows = [r for r in world.compare() if r["channel"] == "thoughts" and r["stratum"] == "all"]
        assert [r["base_missing"] + r["candidate_missing"] for r in rows] == [0]


class TestNoiseFloor:
    def test_a_second_sample_shows_what_chance_does(self, tmp_path: Path) -> None:
        world, rng = World(tmp_path), random.Random(2)
        for _ in range(300):
            labels = [rng.choice(["yes", "no"]) for _ in range(3)]
            world.add((labels[0], labels[1]), (labels[2],))
        assert world.all()["noise_difference"] is None
        row = world.all(noise_floor=True)
        assert row["noise_low"] < 0 < row["noise_high"]
        assert abs(row["noise_difference"]) < 0.1

    def test_a_base_replayed_again_is_its_own_noise(self, tmp_path: Path) -> None:
        world = World(tmp_path)
        for i in range(200):
            world.add(("no",), ("yes",), **{"a.again": ("yes" if i % 10 == 0 else "no",)})
        row = world.all(noise_floor=True)
        assert row["difference"] == 1
        assert row["noise_difference"] == pytest.approx(0.1)

    def test_without_a_second_draw_there_is_none(self, tmp_path: Path) -> None:
        assert World(tmp_path).counts(1, 2, 3, 4).all(noise_floor=True)["noise_difference"] is None


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
        assert "errs differently" in row["note"]

    def test_a_ratio_is_tested_on_the_corrected_scale_too(self, tmp_path: Path) -> None:
        world = self.world(tmp_path, labelled=2000)
        wide, narrow = (
            world.all(margins={"bad": Margin(absolute=0.3, ratio=ratio)}) for ratio in (2.5, 1.5)
        )
        assert wide["q_equivalence"] < 0.05 < narrow["q_equivalence"]


class TestDeclaredBeforeJudging:
    def world(self, folder: Path, *runs: tuple[str, float | None, int]) -> World:
        world = World(folder).counts(100, 5, 5, 890)
        for number, (taxonomy, margin, judged) in enumerate(runs):
            margins = {"bad": Margin(absolute=margin).options()} if margin else {}
            world.tables["runs"].append(
                {
                    "run_id": str(number),
                    "started_at": datetime.datetime(2026, 1, 1 + number, tzinfo=datetime.UTC),
                    "status": "done",
                    "version": "1",
                    "pipeline": "{}",
                    "taxonomy_hash": taxonomy,
                    "margins": json.dumps(margins),
                    "judged_parts": judged,
                }
            )
        return world

    @pytest.mark.parametrize(
        ("runs", "late"),
        [
            ([("t", 0.03, 0)], False),
            ([("t", 0.03, 0), ("t", 0.03, 9)], False),
            ([("t", None, 0), ("t", 0.03, 9)], True),
            ([("t", 0.02, 0), ("t", 0.03, 9)], True),
            ([("t", None, 0), ("t", 0.03, 0)], False),  # stopped before anything was judged
            ([("t", 0.02, 0), ("u", 0.03, 9)], False),  # another taxonomy is another measurement
            ([("u", 0.03, 0), ("t", None, 9), ("t", 0.03, 18)], True),
        ],
    )
    def test_the_runs_tell(
        self, runs: list[tuple[str, float | None, int]], late: bool, tmp_path: Path
    ) -> None:
        row = self.world(tmp_path, *runs).all(margins={"bad": Margin(absolute=0.03)})
        assert ("declared after judging" in (row["note"] or "")) is late
        assert row["verdict"] == "equivalent"


def test_rare_findings_come_with_what_is_exact(tmp_path: Path) -> None:
    row = World(tmp_path).counts(0, 0, 9, 491).all()
    assert row["p_exact"] == pytest.approx(2 * 0.5**9)
    assert row["e_value"] == pytest.approx(2**9 / 10)
    assert row["base_at_most"] == pytest.approx(1 - 0.05 ** (1 / 500))


def test_prompts_of_one_user_are_not_exact_evidence(tmp_path: Path) -> None:
    row = World(tmp_path).counts(0, 0, 9, 491, user="u").all()
    assert row["p_exact"] is row["e_value"] is None
    assert row["verdict"] == "undetermined"


def test_later_turns_are_pointed_out(tmp_path: Path) -> None:
    world = World(tmp_path).counts(1, 2, 3, 40).counts(1, 1, 1, 10, turn=3)
    rows = {r["stratum"]: r for r in world.compare()}
    assert "turn=first is the primary stratum" in rows["all"]["note"]
    assert "primary" not in (rows["turn=first"]["note"] or "")
