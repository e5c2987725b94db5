"""What is concluded of two arms: counts, intervals, strata, families, verdicts."""

from __future__ import annotations

import random
from collections.abc import Callable
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


def test_what_anonymisation_altered_stands_beside_and_costs_nothing(tmp_path: Path) -> None:
    """Whatever the prompts that were altered show, the rows that are tested are the same to the last digit."""

    def rows(name: str, altered: Callable[[int], int]) -> list[Row]:
        world = World(tmp_path / name)
        for i in range(120):
            labels = (("no",), ("yes",)) if i % 4 == 0 else (("no",), ("no",))
            world.add(
                *labels, redacted=altered(i), safe=str(i % 3 == 0).lower(), clusters=(1, i % 2)
            )
        return world.compare(strata=("safe",))

    plain, some, all_ = (
        rows("no", lambda i: 0),
        rows("some", lambda i: 3 * (i % 4 == 0)),
        rows("all", lambda i: 1),
    )
    checks = [row for row in some if row["stratum"].startswith("altered=")]
    assert [row for row in some if row not in checks] == plain == all_
    found = {(r["kind"], r["cluster_id"], r["stratum"]): r for r in checks}
    assert found["category", None, "altered=true"]["difference"] == 1.0
    assert found["category", None, "altered=true"]["n_prompts"] == 30
    assert found["category", None, "altered=false"]["difference"] == 0.0
    assert {r["kind"] for r in checks} == {"category", "cluster"}
    assert {(r["role"], r["verdict"], r["q"]) for r in checks} == {("secondary", None, None)}


def test_what_is_secondary_is_shown_has_no_verdict_and_costs_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    for i in range(120):
        world.add(("no",), ("yes" if i % 3 == 0 else "no",), safe=str(i % 2).lower())
    without = world.compare()
    beside = world.compare(strata=("safe",), secondary=("safe",))
    shown = [row for row in beside if row["stratum"].startswith("safe=")]
    assert [row for row in beside if row not in shown] == without
    tested = world.compare(strata=("safe",))
    assert next(r["q"] for r in tested if r["stratum"] == "all") > without[0]["q"]
    shown += world.compare(secondary=("bad",))
    assert {(r["role"], r["verdict"], r["q"]) for r in shown} == {("secondary", None, None)}
    assert all(row["p"] < 1 and row["low"] > 0 for row in shown)
    with pytest.raises(ValueError, match="'bad' has a margin"):
        world.compare(secondary=("bad",), margins={"bad": Margin(absolute=0.1)})


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


def test_what_was_never_seen_of_few_wordings_is_bounded_by_these(tmp_path: Path) -> None:
    world = World(tmp_path)
    for number in range(200):
        world.add(("no",), ("no",), user=f"u{number}", group=f"g{number % 10}")
    row = world.all()
    assert row["base_at_most"] == pytest.approx(1 - 0.05 ** (1 / 10))
    assert "0 of 10; at most" in row["note"]
