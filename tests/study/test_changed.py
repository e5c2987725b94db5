"""Both answers to one prompt."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click import unstyle
from click.testing import CliRunner

from logminer.cli.main import main
from logminer.errors import QueryError
from logminer.store.session import open_session
from logminer.study.changed import changed_pairs
from tests.kit.world import World


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve gained, three lost, five as they were; `strict` says yes of everything and has no verdict."""
    world = World(tmp_path_factory.mktemp("study"))
    world.counts(3, 3, 12, 2)
    several = world.add(("no", "no", "yes"), ("yes", "no", "yes"))
    for row in world.tables["responses"]:
        row["response"] = f"{row['checkpoint']} {row['sample_index']}"
        world.judge(row["response_id"], "yes", scorer="strict")
        if row["prompt_id"] == several:
            row["thoughts"] = "hm"
    for row in world.tables["judgements"]:
        if row["scorer"] == "strict":
            row |= {"evidence_start": 2, "evidence_end": 3}
    world.compared()
    return world.folder


def test_what_changed_is_found_and_its_direction(study: Path) -> None:
    with open_session(study) as session:
        gained = changed_pairs(session, "bad", direction="gained", n=99).to_pylist()
        both = changed_pairs(session, "bad", n=99)
        everything = changed_pairs(session, "bad", changed=False, n=99)
        view = session.columns("FROM changed_prompts")
    assert (len(gained), len(both), len(everything), len(view)) == (13, 16, 21, 16)
    assert {(row["direction"], row["scorer"]) for row in gained} == {("gained", "judge")}
    assert everything["direction"].null_count == 5
    assert set(both["prompt_id"].to_pylist()) == set(view["prompt_id"].to_pylist())


def test_of_several_samples_those_that_tell_the_arms_apart(study: Path) -> None:
    with open_session(study) as session:
        rows = changed_pairs(session, "bad", pair=("a", "b"), n=99).to_pylist()
    (row,) = (row for row in rows if row["base_rate"] not in (0, 1))
    assert (row["base_rate"], row["candidate_rate"]) == pytest.approx((1 / 3, 2 / 3))
    assert (row["base_response"], row["candidate_response"]) == ("a 0", "b 0")
    assert row["base_thoughts"] == "hm"
    # The scorer points to nothing; another one that says the same does.
    assert row["base_evidence"] == []
    assert row["candidate_evidence"] == [{"channel": "response", "start": 2, "end": 3}]


def test_the_same_ones_each_time_and_no_more_than_asked(study: Path) -> None:
    with open_session(study) as session:
        once, again = (changed_pairs(session, "bad", n=4) for _ in range(2))
        of_other = changed_pairs(session, "bad", scorer="strict")
    assert once.equals(again)
    assert len(once) == 4
    assert len(of_other) == 0


def test_where_no_scorer_has_a_verdict_the_first_declared_one_says_so(tmp_path: Path) -> None:
    world = World(tmp_path).counts(0, 0, 8, 0)
    for row in world.tables["responses"]:
        world.judge(row["response_id"], "no", scorer="aaa")
    declared = '{"bad": ["judge", "aaa"]}'
    world.tables["runs"].append(
        {"run_id": "r", "kind": "run", "sequence": 1, "status": "done", "version": "0"}
        | {"started_at": datetime.now(UTC), "margins": "{}", "scorers": declared}
    )
    world.compared(secondary=("bad",))
    with open_session(tmp_path) as session:
        assert session.rows("SELECT DISTINCT role FROM comparisons") == [("secondary",)]
        assert session.rows("SELECT scorer FROM primary_scorers") == [("judge",)]
        assert len(changed_pairs(session, "bad", n=9)) == 8


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"category": "bda"}, "did you mean 'bad'"),
        ({"category": "bad", "scorer": "jugde"}, "did you mean 'judge'"),
        ({"category": "bad", "pair": ("b", "a")}, "compared: a → b"),
    ],
)
def test_what_is_not_there_is_named(study: Path, wanted: dict[str, str], said: str) -> None:
    with open_session(study) as session, pytest.raises(QueryError, match=said):
        changed_pairs(session, **wanted)  # type: ignore[arg-type]


def test_they_are_shown_side_by_side_where_there_is_room(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown(*options: str) -> str:
        done = CliRunner().invoke(main, ["show", str(study), "--changed", "bad", *options])
        assert done.exit_code == 0, done.output
        return done.stdout

    one_below = shown("-n", "99")
    assert (
        "a: yes in 33 % of its samples\na 0\nthoughts hm\nb: yes in 67 % of its samples"
        in one_below
    )
    assert "b ⟪0⟫" in one_below
    assert [row["direction"] for row in json.loads(shown("--direction", "lost", "--json"))] == [
        "lost"
    ] * 3
    assert shown("--scorer", "strict").startswith("no such change: 'bad' was judged")
    assert shown("--channel", "thoughts").startswith("'bad' was not judged in both arms")
    monkeypatch.setenv("FORCE_COLOR", "1")  # as on a terminal
    monkeypatch.setenv("COLUMNS", "120")
    (line,) = (line for line in unstyle(shown("-n", "99")).splitlines() if "33 %" in line)
    assert "67 %" in line
