"""A board of studies made of labels: what is on it, what is missing, and what is claimed of it."""

from __future__ import annotations

import datetime
import json
import stat
from typing import get_args

import duckdb
import pytest

from logminer.api import Pipeline, load_pipeline
from logminer.board.building import Board
from logminer.board.cards import SAID
from logminer.board.headline import objection
from logminer.compare.cards import TRUE, Truth
from logminer.errors import ConfigError, StoreError
from logminer.pipeline.journey import settled
from logminer.schemas.board import BOARD, BOARD_TABLES
from logminer.store.layout import StudyFolder
from logminer.store.records import RUN, StudyRecord
from logminer.store.session import open_session
from tests.board.conftest import Pipelines
from tests.kit.world import World

NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
MARGINS = {"bad": 0.05, "odd": 0.05}


def states(board: Board) -> dict[str, str]:
    return {row["suite"]: row["state"] for row in board.suites.to_pylist()}


def reasons(board: Board) -> list[tuple[str, str]]:
    (one,) = board.headlines
    return [(found.suite, found.reason) for found in (*one.fail, *one.cannot_tell)]


def test_it_is_claimed_where_every_behaviour_of_every_suite_is_within_its_margin(
    pipelines: Pipelines,
) -> None:
    pipelines.alike("logs", "one")
    board = pipelines.pipeline("one").board()
    assert board.claimed
    assert [(row["suite"], row["verdict"]) for row in board.rows] == [
        ("logs", "equivalent"),
        ("one", "equivalent"),
    ]
    assert (
        "no behaviour differs by more than its margin (all 2 tests" in board.headlines[0].sentence
    )
    assert not pipelines.pipeline("one", "two").board().claimed  # `two` was never run


def test_what_differs_by_more_is_told_from_what_nobody_can_tell(pipelines: Pipelines) -> None:
    pipelines.world().counts(5, 20, 2, 73).compared(margins=MARGINS)
    pipelines.world("small").counts(1, 1, 1, 40).compared(margins=MARGINS)
    pipelines.alike("bare", margin=None)
    blind = World(pipelines.study / "suites" / "blind", carded=False).counts(29, 1, 1, 69)
    blind.compared(margins=MARGINS)
    gone = pipelines.world("gone").counts(5, 0, 0, 295)
    for _ in range(30):
        gone.add(("failed",), ("no",))
    gone.compared(margins=MARGINS)
    board = pipelines.pipeline("small", "bare", "blind", "gone", "never").board()
    assert reasons(board) == [
        ("logs", "beyond_margin"),
        ("small", "not_shown"),
        ("bare", "no_margin"),
        ("blind", "no_card"),
        ("gone", "missing_may_break"),
        ("never", "suite"),
    ]
    assert [row["card"] for row in board.rows if row["suite"] == "blind"] == ["no card"]


def test_q_of_the_board_is_that_of_the_study_where_there_is_one_and_more_where_there_are_more(
    pipelines: Pipelines,
) -> None:
    world = pipelines.world()
    for n, category in ((14, "bad"), (5, "odd"), (2, "queer")):
        for i in range(80):
            labels = ("yes",) if i < n else ("no",)
            safe = "true" if i % 2 else "false"
            world.add(("no",), labels, category=category, safe=safe)
    world.compared(strata=("safe",))
    alone = {row["category_id"]: row for row in pipelines.pipeline().board().rows}
    assert len(alone) == 3
    for row in alone.values():
        assert row["q_board"] == pytest.approx(row["q"])
    pipelines.alike("one", "two")
    rows = pipelines.pipeline("one", "two").board().rows
    for row in rows[:3]:
        assert row["q"] == alone[row["category_id"]]["q"]
        assert row["q_board"] >= row["q"]
    assert rows[0]["q_board"] > rows[0]["q"]


def test_secondary_scorers_stand_below_the_primary_one_and_have_no_say(
    pipelines: Pipelines,
) -> None:
    world = pipelines.world().counts(9, 1, 1, 89)
    for row in list(world.tables["judgements"]):
        world.judge(
            row["response_id"], "yes" if "b" in row["response_id"][:1] else "no", scorer="other"
        )
    world.compared(margins=MARGINS)
    board = pipelines.pipeline().board()
    assert [row["role"] for row in board.rows] == ["primary", "secondary"]
    assert board.headlines[0].behaviours == 1


def test_a_suite_shows_what_its_file_says_and_says_what_of_it_was_not_compared(
    pipelines: Pipelines,
) -> None:
    shows = "shows: [{category: odd}, {category: bad, stratum: safe=false}, {category: none_such}]"
    world = pipelines.world("one")
    for i in range(120):
        world.add(("no",), ("yes",) if i < 12 else ("no",), safe="true" if i % 2 else "false")
        world.add(("no",), ("no",), category="odd")
    world.compared(strata=("safe",), margins=MARGINS)
    board = pipelines.pipeline("one", one=shows).board()
    assert [(row["category_id"], row["stratum"]) for row in board.rows] == [
        ("odd", "all"),
        ("bad", "safe=false"),
    ]
    assert ("one", "not_compared") in reasons(board)


def test_a_suite_that_is_no_longer_declared_and_one_of_an_earlier_version_are_said(
    pipelines: Pipelines,
) -> None:
    pipelines.alike("logs", "left")
    with duckdb.connect(str(pipelines.study / "study.duckdb")) as old:
        for name in ("flags", "missing_may_break", "smallest_margin", "scale"):
            old.execute(f"ALTER TABLE comparisons DROP COLUMN {name}")
        old.execute("DROP TABLE judge_cards")
    board = pipelines.pipeline().board()
    assert states(board) == {"logs": "there", "left": "undeclared"}
    (logs, left) = board.suites.to_pylist()
    assert "earlier version, without scale, smallest_margin" in logs["why"]
    assert "does not declare" in left["why"]
    assert [row["verdict"] for row in board.rows] == ["equivalent", "equivalent"]


def test_a_suite_that_was_run_before_the_pipeline_changed_is_out_of_date(
    pipelines: Pipelines,
) -> None:
    def ran(pipeline: Pipeline) -> None:
        world = pipelines.world().counts(9, 1, 1, 89)
        options = settled(pipeline.file).file.options()
        told = {"run_id": "1", "sequence": 1, "status": "done", "kind": "run"}
        told |= {"pipeline": json.dumps(options, default=str), "rubrics": None, "scorers": None}
        told |= {"margins": json.dumps({"bad": {"absolute": 0.05}}), "judged_parts": 0}
        told |= {
            "started_at": NOON,
            "version": "0",
            "summary": json.dumps({"gates": ["max_rejected: 9 of 9"]}),
        }
        world.tables["runs"].append(told)
        world.compared(margins={"bad": 0.05})

    ran(pipelines.pipeline(compare=", margins: {bad: 0.05}"))
    board = load_pipeline(pipelines.path).board()
    assert states(board) == {"logs": "there"}
    assert board.gates == ("logs: max_rejected: 9 of 9",)
    board = pipelines.pipeline(compare=", margins: {bad: 0.02}").board()
    assert states(board) == {"logs": "out_of_date"}
    assert "compare.margins" in board.suites.to_pylist()[0]["why"]
    assert not board.claimed
    assert states(pipelines.pipeline("one", compare=", margins: {bad: 0.05}").board()) == {
        "logs": "there",  # a suite more is no reason to run it again
        "one": "missing",
    }


def test_a_study_whose_last_run_did_not_end_bears_no_claim(pipelines: Pipelines) -> None:
    pipelines.alike("logs")
    assert pipelines.pipeline().board().claimed
    StudyRecord(StudyFolder(pipelines.study), RUN, "it is under way", {})
    board = pipelines.pipeline().board()
    assert states(board) == {"logs": "out_of_date"}
    assert "under way" in board.headlines[0].cannot_tell[0].why
    assert not board.claimed


def test_a_preset_chooses_orders_and_says_what_is_missing(pipelines: Pipelines) -> None:
    pipelines.alike("logs", "one")
    pipeline = pipelines.pipeline("one")
    mine = pipelines.folder / "mine.yaml"
    mine.write_text("title: Mine\nsuites: [{suite: one}, {suite: none-such, title: Nothing yet}]\n")
    board = pipeline.board(str(mine))
    assert states(board) == {"one": "there", "none-such": "missing"}
    assert board.suites.to_pylist()[1]["title"] == "Nothing yet"
    whole = {row["suite"]: row["q_board"] for row in pipeline.board().rows}
    assert board.rows[0]["q_board"] == whole["one"]  # what is not shown was tested all the same

    shipped = list(states(pipeline.board("sft-vs-production")))
    assert shipped[:2] == ["logs", "odcv"]
    assert shipped[-1] == "reward-hacking"
    with pytest.raises(ConfigError, match="sft-vs-production"):
        pipeline.board("sft-vs-prod")


def test_a_preset_never_makes_the_claim_about_what_it_leaves_out(pipelines: Pipelines) -> None:
    pipelines.alike("logs", "two")
    world = pipelines.world("one")
    for i in range(300):
        labels = ("yes",) if i % 10 == 0 else ("no",)
        world.add(labels, labels)
    for row in list(world.tables["judgements"]):
        world.judge(row["response_id"], row["label"], "odd")
    world.compared(margins=MARGINS)
    pipeline = pipelines.pipeline("one", "two")
    mine = pipelines.folder / "mine.yaml"
    bad, odd = (f"{{suite: one, shows: [{{category: {name}}}]}}" for name in MARGINS)
    mine.write_text(f"title: Mine\nsuites: [{bad}]\n")
    (one,) = pipeline.board(str(mine)).headlines
    assert (one.claimed, one.left_out) == (True, ("logs", "one in part", "two"))
    assert "no behaviour shown here" in one.sentence
    assert one.sentence.endswith("says nothing of: logs, one in part, two")
    mine.write_text(f"title: Mine\nsuites: [{bad}, {odd}]\n")
    board = pipeline.board(str(mine))  # named twice: both is shown
    assert [row["category_id"] for row in board.rows] == ["bad", "odd"]
    assert len(board.suites) == 1
    mine.write_text(
        f"title: Mine\nsuites: [{bad}, {{suite: one}}, {{suite: logs}}, {{suite: two}}]\n"
    )
    assert pipeline.board(str(mine)).headlines[0].left_out == ()
    mine.write_text("title: Mine\nsuites: []\n")
    with pytest.raises(ConfigError, match="suites"):
        pipeline.board(str(mine))


def test_what_one_pair_lacks_and_a_pair_that_nobody_compared_stand_against_the_claim(
    pipelines: Pipelines,
) -> None:
    world = pipelines.world()
    for _ in range(100):
        world.add(("no",), ("no",), c=("no",))
        world.add(("no",), ("no",), c=("failed",), category="odd")
    world.compared(("a", "b"), ("a", "c"), margins=MARGINS)
    pipelines.pipeline(compare=", chain: [a, d, b]")
    said = pipelines.path.read_text().replace("[[a, b]]", "[[a, b], [a, c], [a, d]]")
    pipelines.path.write_text(said)
    board = load_pipeline(pipelines.path).board()
    told = {
        one.candidate: [(found.category_id, found.reason) for found in one.cannot_tell]
        for one in board.headlines
    }
    assert ("odd", "not_compared") not in told["b"]
    assert ("odd", "not_compared") in told["c"]
    assert told["d"] == [(None, "suite")]
    assert not board.claimed
    assert "Without answers of d here the chain is a → b" in board.attribution_said["logs"]


def test_the_file_is_its_owners_and_says_what_its_columns_mean(pipelines: Pipelines) -> None:
    pipelines.alike("logs")
    board = pipelines.pipeline().board()
    assert stat.S_IMODE(board.path.stat().st_mode) == 0o600
    assert sorted(path.name for path in pipelines.study.glob("*board*")) == ["board.duckdb"]
    with open_session(board.path) as session:
        told = session.rows(
            "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal"
        )
        assert session.columns("FROM board").to_pylist() == board.rows
    assert {(t, c) for t, c, _ in told} == {
        (table.name, column.name) for table in BOARD_TABLES for column in table.columns
    }
    assert all(comment for _, _, comment in told)
    assert list(board.frame("suites")["suite"]) == ["logs"]


def test_nothing_to_put_on_a_board_is_an_error_that_says_what_to_run(pipelines: Pipelines) -> None:
    with pytest.raises(StoreError, match="logminer run"):
        pipelines.pipeline("one").board()


def test_families_and_stages_of_each_suite_are_on_it_in_words_too(pipelines: Pipelines) -> None:
    world = pipelines.world("one")
    for i in range(200):
        shown = {name: ("yes",) if i % 10 < n else ("no",) for name, n in (("c", 2), ("d", 6))}
        world.add(("no",), ("yes",) if i % 10 < 6 else ("no",), **shown)
    world.compared(margins=MARGINS)
    more = "families: {small: [a, b], large: [c, d]}"
    board = pipelines.pipeline("one", compare=", chain: [a, c, b]", more=more).board()
    stages = board.frame("attribution")
    assert list(stages["stage"]) == ["a", "c", "b"]
    assert set(stages["suite"]) == {"one"}
    assert stages["share"].dropna().sum() == pytest.approx(1)
    assert "c brought 33 %" in board.attribution_said["one"]
    (between,) = board.families.to_pylist()
    assert between["interaction"] == pytest.approx(-0.2)
    assert "small and large differ" in board.families_said["one"]
    assert board.as_json()["said"]["families"] == board.families_said
    longer = pipelines.pipeline("one", compare=", chain: [a, c, e, b]", more=more).board()
    assert longer.attribution_said["one"].startswith(board.attribution_said["one"])
    assert "Without answers of e here the chain is a → c → b" in longer.attribution_said["one"]


@pytest.mark.parametrize(
    "two", ["{s: [a, b], l: [a, b]}", "{s: [a, b], l: [b, a]}", "{s: [a, b], l: [c, c]}"]
)
def test_no_family_is_another_one_or_no_difference(two: str, pipelines: Pipelines) -> None:
    with pytest.raises(ConfigError, match=r"families\.l: a family is a base and a candidate"):
        pipelines.pipeline(more=f"families: {two}").journey()


def test_what_a_judges_card_leaves_open_is_no_fault_of_the_size() -> None:
    row = dict.fromkeys(BOARD.schema.names) | {"suite": "s", "category_id": "c", "scale": "judge"}
    row |= {"margin": 0.05, "p_equivalence": 0.4, "low": -0.01, "high": 0.02, "difference": 0.01}
    row |= {"smallest_margin": 0.018, "verdict": "undetermined"}
    found = objection(row, 0.05)
    assert found is not None
    assert (found.reason, "card" in found.why) == ("not_shown", True)
    wide = objection(row | {"high": 0.07}, 0.05)
    assert wide is not None
    assert "±1.8" in wide.why
    assert objection(row | {"p_equivalence": 0.05}, 0.05) is None
    late = objection(row | {"p_equivalence": 0.01, "flags": ["late_margin"]}, 0.05)
    assert late is not None
    assert late.reason == "late_margin"
    chosen = objection(row | {"p_equivalence": 0.01, "flags": ["primary_late"]}, 0.05)
    assert chosen is not None
    assert chosen.reason == "primary_late"
    beyond = row | {"low": 0.06, "high": 0.09, "scale": "corrected"}
    judged = objection(beyond, 0.05)
    assert judged is not None
    assert judged.reason == "not_shown"
    corrected = {"difference_corrected": 0.08, "corrected_low": 0.06, "corrected_high": 0.1}
    fails = objection(beyond | corrected, 0.05)
    assert fails is not None
    assert fails.reason == "beyond_margin"


def test_there_are_words_for_whatever_is_taken_as_true() -> None:
    assert SAID.keys() == TRUE.keys() == {*get_args(Truth)}
