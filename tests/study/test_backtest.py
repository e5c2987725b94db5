"""Predicted rates beside observed ones, on pairs of studies whose counts are known."""

from __future__ import annotations

import csv
import datetime
import io
import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from logminer.cli.main import main
from logminer.errors import QueryError
from logminer.schemas import COMPARISONS
from logminer.store.publication import publish
from logminer.store.session import open_session
from logminer.study.backtest import Backtest, Prediction, backtest
from tests.kit.world import World, filled

Rates = dict[str, tuple[int, int]]  # behaviour → answers with it, answers


def rate(arm: Rates, behaviour: str) -> float:
    return arm[behaviour][0] / arm[behaviour][1]


def study(
    folder: Path,
    arms: dict[str, Rates],
    *,
    pairs: tuple[tuple[str, str], ...] = (("sft", "prod"),),
    taxonomies: tuple[str | None, ...] = (),
    difference: float | None = None,
) -> Path:
    """A published study with these counts, in which `pairs` were compared on all that both arms have.

    The difference on the prompts that both answered is that of the rates unless `difference` says otherwise.
    """
    world = World(folder)
    for arm, rates in arms.items():
        for behaviour, (yes, n) in rates.items():
            for i in range(n):
                label = "yes" if i < yes else "no"
                world.add(None, None, category=behaviour, **{arm: (label,)})
    world.tables["runs"] = [
        {
            "run_id": str(day),
            "started_at": datetime.datetime(2026, 1, 1 + day, tzinfo=datetime.UTC),
            "status": "done",
            "version": "1",
            "pipeline": "{}",
            "taxonomy_hash": taxonomy,
            "margins": "{}",
            "judged_parts": 0,
        }
        for day, taxonomy in enumerate(taxonomies)
    ]
    compared = [
        {
            "base": base,
            "candidate": candidate,
            "kind": "category",
            "category_id": behaviour,
            "scorer": "judge",
            "scorer_identity": "i",
            "rubric_hash": "h",
            "channel": "response",
            "stratum": stratum,
            "role": "primary",
            "scale": "judge",
            "weight": "prompt",
            "flags": [],
            "n_prompts": 1,
            "n_distinct_prompts": 1,
            "n_effective": 1.0,
            "largest_unit_share": 1.0,
            "difference": rate(arms[candidate], behaviour) - rate(arms[base], behaviour)
            if difference is None
            else difference,
            "verdict": "undetermined",
        }
        for base, candidate in pairs
        for behaviour in arms.get(base, {})
        for stratum in ("all", "turn=first")
        if behaviour in arms.get(candidate, {})
    ]
    with publish(folder, []) as publication:
        world.publish(publication)
        publication.replace(COMPARISONS, filled(COMPARISONS, compared))
    return folder


def run(study: Path, later: Path, observed: str | None = None) -> Backtest:
    with open_session(study) as earlier, open_session(later) as newer:
        return backtest(earlier, newer, observed=observed)


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["compare", *(str(a) for a in arguments)])


SFT: Rates = {
    "up": (10, 100),
    "down": (40, 100),
    "drift": (10, 100),
    "flat": (20, 100),
    "still": (20, 100),
    "never": (0, 100),
    "new": (0, 100),
}
PROD: Rates = SFT | {"up": (20, 100), "down": (20, 100), "drift": (20, 100), "still": (15, 100)}
AFTER: Rates = {
    "up": (30, 150),  # as predicted
    "down": (80, 150),  # the other way, beyond chance
    "drift": (14, 150),  # the other way, by chance
    "flat": (43, 150),  # no change was predicted
    "still": (30, 150),  # a change was predicted, none came
    "never": (0, 150),
    "new": (12, 150),  # came out of nowhere
}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("backtest")
    return (
        study(folder / "before", {"sft": SFT, "prod": PROD}, taxonomies=("t",)),
        study(folder / "after", {"prod": AFTER, "logged": {"up": (0, 10)}}, taxonomies=("t",)),
    )


@pytest.fixture(scope="module")
def found(pair: tuple[Path, Path]) -> Backtest:
    return run(*pair)


def row(found: Backtest, behaviour: str) -> Prediction:
    (one,) = [row for row in found.rows if row.category_id == behaviour]
    return one


def test_rates_come_with_their_counts(found: Backtest) -> None:
    up = row(found, "up")
    assert (up.base, up.candidate, up.observed_arm) == ("sft", "prod", "prod")
    assert (up.channel, up.scorer) == ("response", "judge")
    assert (up.base_rate, up.base_n) == (0.1, 100)
    assert (up.predicted, up.predicted_n) == (0.2, 100)
    assert (up.observed, up.observed_n) == (0.2, 150)
    assert found.warnings == ()


def test_error_is_a_factor_that_also_counts_zeros(found: Backtest) -> None:
    assert row(found, "new").multiplicative_error == pytest.approx((12.5 / 151) / (0.5 / 101))
    assert row(found, "down").multiplicative_error == pytest.approx((80.5 / 151) / (20.5 / 101))
    assert row(found, "up").multiplicative_error == pytest.approx((20.5 / 101) / (30.5 / 151))
    names = [r.category_id for r in found.rows]
    assert (*names[:2], names[-1]) == ("new", "down", "never")  # the worst first


def test_median_leaves_out_what_was_never_seen(found: Backtest) -> None:
    assert (found.n, found.n_seen) == (7, 6)
    middle = [row(found, name).multiplicative_error for name in ("flat", "drift")]
    assert found.median_multiplicative_error == pytest.approx(sum(middle) / 2)


def test_direction_only_where_a_change_was_predicted_and_came(found: Backtest) -> None:
    directions = {r.category_id: r.direction_right for r in found.rows}
    assert directions == {
        "up": True,
        "down": False,
        "drift": False,
        "flat": None,
        "still": None,
        "never": None,
        "new": None,
    }
    assert found.n_direction == 3
    assert found.direction_right == pytest.approx(1 / 3)


def test_change_is_predicted_on_the_prompts_that_both_answered(tmp_path: Path) -> None:
    """The candidate failed on prompts where the base refused: on the others nothing changed."""
    arms: dict[str, Rates] = {"sft": {"a": (20, 40)}, "prod": {"a": (10, 30)}}
    before = study(tmp_path / "a", arms, difference=0.0)
    (one,) = run(before, study(tmp_path / "b", {"prod": {"a": (3, 30)}})).rows
    assert (one.predicted_change, one.direction_right) == (0.0, None)
    assert one.observed_change == pytest.approx(-0.4)


def test_change_within_chance_is_told_apart(found: Backtest) -> None:
    assert {r.category_id for r in found.rows if r.change_p < 0.05} == {"up", "down", "new"}
    assert (found.direction_right_beyond_chance, found.n_beyond_chance) == (0.5, 2)


def test_prediction_interval_holds_both_sampling_errors(found: Backtest) -> None:
    outside = {r.category_id for r in found.rows if not r.within_interval}
    # "flat" came at 28.7 %: outside of what a rate known to be 20 % gives, inside where 20 % is 20 of 100.
    assert outside == {"down", "drift", "new"}
    assert found.within_interval == pytest.approx(4 / 7)


def test_prediction_interval_holds_about_95_percent_of_what_comes(tmp_path: Path) -> None:
    rng = random.Random(2)
    truth = {f"c{i:03d}": rng.uniform(0.05, 0.5) for i in range(100)}

    def draw(n: int) -> Rates:
        return {name: (sum(rng.random() < p for _ in range(n)), n) for name, p in truth.items()}

    before = study(tmp_path / "before", {"sft": draw(1), "prod": draw(40)})
    share = run(before, study(tmp_path / "after", {"prod": draw(60)})).within_interval
    assert share is not None
    assert 0.90 <= share <= 0.99


def test_a_study_predicts_itself(pair: tuple[Path, Path]) -> None:
    found = run(pair[0], pair[0])
    assert {r.multiplicative_error for r in found.rows} == {1.0}
    assert (found.direction_right, found.n_direction) == (1.0, 4)
    assert found.within_interval == 1.0


class TestObservedArm:
    def test_traffic_of_the_newer_dump_where_the_candidate_was_not_asked(
        self, pair: tuple[Path, Path], tmp_path: Path
    ) -> None:
        later = study(tmp_path, {"next": {"up": (1, 20)}, "logged": {"up": (3, 20)}})
        (one,) = run(pair[0], later).rows
        assert (one.observed_arm, one.observed) == ("logged", 0.15)
        (one,) = run(pair[0], later, "next").rows
        assert (one.observed_arm, one.observed) == ("next", 0.05)

    def test_no_such_arm_names_those_there_are(
        self, pair: tuple[Path, Path], tmp_path: Path
    ) -> None:
        later = study(tmp_path, {"next": {"up": (1, 20)}, "other": {"up": (1, 20)}})
        with pytest.raises(QueryError, match=r"no arm prod or logged \(judged: next, other\)"):
            run(pair[0], later)
        result = call(pair[0], "--against", later, "--observed", "prod")
        assert result.exit_code == 1
        assert result.stderr.startswith(
            "error: the later study judged no arm prod (judged: next, other)"
        )


def test_each_pair_is_also_summed_up_by_itself(tmp_path: Path) -> None:
    arms: dict[str, Rates] = {
        "sft": {"a": (10, 100)},
        "prod": {"a": (20, 100)},
        "alt": {"a": (5, 100)},
    }
    before = study(tmp_path / "a", arms, pairs=(("sft", "prod"), ("sft", "alt")))
    later = study(tmp_path / "b", {"prod": {"a": (20, 100)}, "alt": {"a": (20, 100)}})
    found = run(before, later)
    assert (found.n, found.direction_right) == (2, 0.5)
    assert [p.direction_right for p in found.pairs()] == [1.0, 0.0]
    document = found.as_json()
    assert [(p["candidate"], p["observed_arm"], p["n"]) for p in document["pairs"]] == [
        ("prod", "prod", 1),
        ("alt", "alt", 1),
    ]


@pytest.mark.parametrize(
    ("later", "warned"),
    [
        (("u",), True),
        (("t", "u"), True),
        (("u", "t", None), False),  # the latest run that judged counts
        ((), False),
    ],
)
def test_another_taxonomy_is_a_warning(
    later: tuple[str | None, ...], warned: bool, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    found = run(pair[0], study(tmp_path, {"prod": dict.fromkeys(SFT, (1, 4))}, taxonomies=later))
    assert [("different taxonomies" in warning) for warning in found.warnings] == [True] * warned


def test_what_only_one_study_judged_is_counted(pair: tuple[Path, Path], tmp_path: Path) -> None:
    found = run(pair[0], study(tmp_path, {"prod": {"up": (1, 20), "other": (1, 20)}}))
    assert [r.category_id for r in found.rows] == ["up"]
    (warning,) = found.warnings
    assert "6 of 7 behaviours left out" in warning


def test_nothing_in_common_is_no_number(pair: tuple[Path, Path], tmp_path: Path) -> None:
    later = study(tmp_path, {"prod": {"other": (1, 20)}})
    found = run(pair[0], later)
    assert (found.n, found.n_seen, found.n_direction) == (0, 0, 0)
    assert found.median_multiplicative_error is None
    assert found.direction_right is None
    assert found.within_interval is None
    result = call(pair[0], "--against", later)
    assert "nothing to test" in result.stdout
    assert "7 of 7 behaviours left out" in result.stdout


class TestCommand:
    def test_a_person_reads_how_far_it_was_right(self, pair: tuple[Path, Path]) -> None:
        result = call(pair[0], "--against", pair[1] / "study.duckdb")
        assert result.exit_code == 0, result.output
        lines = result.stdout.splitlines()
        assert "sft → prod" in result.stdout
        assert "of 6 behaviours seen (7 judged in both studies)" in result.stdout
        assert (
            "1 of 3 (33 %); where the observed change is beyond chance 1 of 2 (50 %)"
            in result.stdout
        )
        assert "4 of 7 (57 %)" in result.stdout
        (new,) = [line for line in lines if line.startswith("New ")]
        assert "0.0 %" in new
        assert "8.0 %" in new
        assert "100 → 150" in new
        assert not any(line.startswith("never ") and "judge" in line for line in lines)
        assert "never seen, before or after: 1" in result.stdout
        (down,) = [line for line in lines if line.startswith("Down ")]
        assert "wrong" in down

    def test_json_is_the_document(self, pair: tuple[Path, Path], found: Backtest) -> None:
        result = call(pair[0], "--against", pair[1], "--json")
        document = json.loads(result.stdout)
        assert document == json.loads(json.dumps(found.as_json()))
        assert document["median_multiplicative_error"] == found.median_multiplicative_error
        assert document["rows"][0]["category_id"] == "new"

    def test_csv_is_the_rows(self, pair: tuple[Path, Path], found: Backtest) -> None:
        result = call(pair[0], "--against", pair[1], "--csv", "--observed", "prod")
        rows = list(csv.DictReader(io.StringIO(result.stdout)))
        assert [r["category_id"] for r in rows] == [r.category_id for r in found.rows]
        assert {r["direction_right"] for r in rows} == {"True", "False", ""}
