"""Runs with an LLM judge: states, panels, votes, thoughts, and a small real model."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from logminer.api import load_pipeline
from logminer.cli.main import main
from logminer.errors import CheckpointError, ConfigError
from logminer.models.packaged import find_packaged
from tests.kit.openai_server import Fault, Server, openai_server
from tests.kit.raters import RATED, Judging, by_words, dump, pipeline_file, reply, rows

STATES = {
    "clearly": ("yes", None),
    "harmless": ("no", None),
    "doubtful": ("unsure", None),
    "gibberish": ("unparsable", "malformed"),
    "prosaic": ("unparsable", "prose"),
    "endless": ("unparsable", "cut_off"),
    "filtered": ("unparsable", "content_filter"),
    "mended": ("yes", None),
    "slow": ("unparsable", "timeout"),
}


@pytest.fixture
def server() -> Iterator[Server]:
    with openai_server() as running:
        running.plan = Judging(running, by_words)
        yield running


# --- states ------------------------------------------------------------------------------------------------------------


def test_each_way_to_fail_is_a_state_of_its_own_and_none_is_a_no(
    tmp_path: Path, server: Server
) -> None:
    dump(
        tmp_path,
        *(f"{word} put, so clearly put" if word == "clearly" else f"{word} put" for word in STATES),
    )
    file = pipeline_file(tmp_path, server.url)
    told = CliRunner().invoke(main, ["run", str(file)])
    assert told.exit_code == 0, told.output
    found = {word: (label, error) for word, label, error, *_ in rows(tmp_path, RATED)}
    assert found == STATES
    spans = {word: (start, end) for word, _, _, start, end, _ in rows(tmp_path, RATED)}
    assert spans.pop("clearly") == (13, 23)
    assert set(spans.values()) == {(None, None)}
    scores = {label: score for _, label, _, _, _, score in rows(tmp_path, RATED)}
    assert scores == {"yes": 1.0, "no": 0.0, "unsure": 0.5, "unparsable": None}
    (counted,) = rows(
        tmp_path,
        "SELECT yes, no, unsure, unparsable FROM category_rates WHERE scorer = 'autorater'",
    )
    assert counted == (2, 1, 1, 5)
    assert (
        "autorater 9, of which unparsable: content_filter 1, cut_off 1, malformed 1, prose 1, timeout 1"
        in told.output
    )
    assert "answers that failed are asked for again with --retry-failed" in told.output
    raw = b"".join(p.read_bytes() for p in (tmp_path / "study").rglob("*") if p.is_file())
    assert b"secret-reason" not in raw
    assert not rows(
        tmp_path, "SELECT 1 FROM judgements WHERE (scorer = 'rules') AND judge_error IS NOT NULL"
    )

    # Once the judge is well, only the calls that failed are made again, and every label is as the judge gives it.
    plan = server.plan = Judging(server, lambda text, asked: reply(label="no"))
    told = CliRunner().invoke(main, ["run", str(file), "--retry-failed"])
    assert told.exit_code == 0, told.output
    assert "2 answers that failed are asked for again" in told.output
    assert sorted(text.split()[0] for *_, text in plan.rated) == ["filtered", "slow"]
    now = {word: (label, error) for word, label, error, *_ in rows(tmp_path, RATED)}
    assert now == STATES | {"filtered": ("no", None), "slow": ("no", None)}


def test_what_is_sent_holds_the_schema_and_goes_to_the_judge_alone(
    tmp_path: Path, server: Server
) -> None:
    dump(tmp_path, "harmless put", "clearly put")
    arm = "[{name: m, kind: scripted, family: s, replies: [harmless as ever]}]"
    summary = load_pipeline(pipeline_file(tmp_path, server.url, arm)).run()
    assert [(e.host, e.requests) for e in summary.egress] == [
        (server.url.removeprefix("http://").removesuffix("/v1"), len(server.bodies) + 1)
    ]
    for body in server.bodies:
        assert body["temperature"] == 0
        shape = body["response_format"]["json_schema"]["schema"]
        assert list(shape["properties"]) == ["evidence", "reason", "label"]
        message = body["messages"][0]["content"]
        assert "user: What is known of item" in message
        assert not re.search(r"\blogged\b|\bscripted\b", message)
    server.bodies.clear()
    load_pipeline(pipeline_file(tmp_path, server.url, arm, json_schema=False)).run()
    assert server.bodies
    assert not [body for body in server.bodies if "response_format" in body]


def test_a_judge_that_answers_nobody_stops_the_run_and_leaves_no_rows(tmp_path: Path) -> None:
    dump(tmp_path, *["harmless put"] * 20)
    with openai_server() as server:
        file = pipeline_file(tmp_path, server.url, concurrency=2)
        server.plan = Judging(server, lambda text, asked: Fault.status(400))
        told = CliRunner().invoke(main, ["run", str(file)])
        assert told.exit_code == 1
        assert "set `json_schema: false`" in told.output
        server.plan = Judging(server, lambda text, asked: Fault.status(500))
        with pytest.raises(CheckpointError, match=r"checkpoint j at http.*: not ready"):
            load_pipeline(file).run()
    with pytest.raises(CheckpointError, match="cannot be reached"):
        load_pipeline(file).run()
    assert CliRunner().invoke(main, ["check", str(file)]).exit_code == 1
    assert not list((tmp_path / "study" / "parts").glob("rate.*/*.parquet"))
    with openai_server() as server:
        server.plan = Judging(server, by_words)
        load_pipeline(pipeline_file(tmp_path, server.url)).run()
    assert len(rows(tmp_path, RATED)) == 20
    assert load_pipeline(file).run().prompts == 20  # what is done needs no judge


def test_a_judge_that_is_lost_in_the_middle_is_asked_for_the_rest_alone(
    tmp_path: Path, server: Server
) -> None:
    dump(tmp_path, *(f"harmless put {i}" for i in range(30)))

    def dying(text: str, asked: list[dict[str, Any]]) -> Any:
        return by_words(text, asked) if len(plan.rated) <= 10 else Fault.status(503)

    plan = server.plan = Judging(server, dying)
    file = pipeline_file(tmp_path, server.url, concurrency=2)
    with pytest.raises(CheckpointError, match="run again to resume"):
        load_pipeline(file).run()
    assert not list((tmp_path / "study" / "parts").glob("rate.*/*.parquet"))
    plan = server.plan = Judging(server, by_words)
    load_pipeline(file).run()
    assert len(plan.rated) == 20
    assert [row[1] for row in rows(tmp_path, RATED)] == ["no"] * 30


# --- panels, votes, degrees, thoughts ------------------------------------------------------------------------------------


def test_a_panel_votes_and_leaves_out_who_would_rate_its_own(
    tmp_path: Path, server: Server
) -> None:
    def judge(text: str, asked: list[dict[str, Any]]) -> Any:
        degree = {"a": 1, "b": 3, "c": 5}[server.bodies[-1]["model"]]
        return reply(degree=degree, evidence="put")

    plan = server.plan = Judging(server, judge)
    dump(tmp_path, "harmless put")
    panel = [{"name": name, "model": name, "family": name} for name in "abc"]
    options: dict[str, Any] = {
        "taxonomy": "odcv",
        "categories": ["misalignment_severity"],
        "judges": panel,
    }
    load_pipeline(pipeline_file(tmp_path, server.url, **options)).run()
    assert [row[1:] for row in rows(tmp_path, RATED)] == [("yes", None, 9, 12, 0.6)]
    assert sorted(model for model, *_ in plan.rated) == ["a", "b", "c"]
    shape = server.bodies[-1]["response_format"]["json_schema"]["schema"]["properties"]["degree"]
    assert shape == {"type": "integer", "enum": [0, 1, 2, 3, 4, 5]}

    plan.rated.clear()
    arm = "[{name: m, kind: scripted, family: B, replies: [harmless put]}]"
    file = pipeline_file(tmp_path, server.url, arm, **options)
    told = CliRunner().invoke(main, ["check", str(file)])
    assert "judge b would rate its own family (checkpoint m): it is left out" in told.output
    load_pipeline(file).run()
    assert not plan.rated  # the other two have said already what they think
    assert [row[1:] for row in rows(tmp_path, RATED)] == [("unsure", None, 9, 12, 0.6)] * 2

    options["judges"] = panel[1:2]
    with pytest.raises(ConfigError, match="name a judge of another family"):
        load_pipeline(pipeline_file(tmp_path, server.url, arm, **options)).run()


def test_several_votes_of_one_judge_are_drawn_under_seeds_of_their_own(
    tmp_path: Path, server: Server
) -> None:
    said = iter(["yes", "no", "yes"] * 3)
    server.plan = Judging(server, lambda text, asked: reply(label=next(said)))
    dump(tmp_path, *["harmless put"] * 3)
    load_pipeline(
        pipeline_file(tmp_path, server.url, votes=3, temperature=0.7, concurrency=1)
    ).run()
    assert len({body["seed"] for body in server.bodies}) == 9
    assert {body["temperature"] for body in server.bodies} == {0.7}
    assert [row[1] for row in rows(tmp_path, RATED)] == ["yes"] * 3


def test_thoughts_are_held_against_the_response(tmp_path: Path, server: Server) -> None:
    seen: list[str] = []

    def judge(text: str, asked: list[dict[str, Any]]) -> Any:
        seen.append(asked[0]["content"])
        return reply(label="yes", evidence="in truth")

    server.plan = Judging(server, judge)
    dump(tmp_path, "harmless put")
    arm = "[{name: m, kind: scripted, family: s, thoughts: 'It is in truth another.', replies: [It is this one.]}]"
    options = {"taxonomy": "alignment", "categories": ["unfaithful_thinking"]}
    load_pipeline(pipeline_file(tmp_path, server.url, arm, **options)).run()
    (message,) = seen  # the logged answer has no thoughts
    assert re.search(r"BEGIN THOUGHTS \w+>>>\nIt is in truth another\.\n<<<END", message)
    assert re.search(r"BEGIN RESPONSE \w+>>>\nIt is this one\.\n<<<END", message)
    found = rows(
        tmp_path,
        "SELECT channel, label, thoughts[evidence_start + 1 : evidence_end] FROM judgements JOIN responses USING (response_id) WHERE scorer = 'autorater'",
    )
    assert found == [("pair", "yes", "in truth")]


def test_plan_and_check_and_status_know_of_the_judge(tmp_path: Path, server: Server) -> None:
    dump(tmp_path, *["harmless put"] * 10)
    file = str(pipeline_file(tmp_path, server.url, votes=2, temperature=1.0, canaries=0.5))
    told = CliRunner().invoke(main, ["plan", file, "--json"])
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert found["judge_requests"] == {"autorater": 30}
    assert [
        note
        for note in found["notes"]
        if note.startswith("scorer autorater asks its judges up to 30 times")
    ]
    assert not server.bodies
    told = CliRunner().invoke(main, ["check", file])
    assert told.exit_code == 0, told.output
    told = CliRunner().invoke(main, ["status", file, "--json"])
    assert "rate.autorater.logged" in told.output


# --- a real model --------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(
    find_packaged("SmolLM2-135M-Instruct") is None, reason="the packaged model is not installed"
)
def test_a_small_real_model_that_is_held_to_the_form_gives_labels(tmp_path: Path) -> None:
    """It is far too weak to judge; what is tested is that whatever it says is a label or a state."""
    dump(tmp_path, "I'm sorry, but I can't help with that.", "Of course: two cups of flour.")
    judge = {
        "name": "smol",
        "kind": "local",
        "path": "SmolLM2-135M-Instruct",
        "family": "smol",
        "threads": 1,
    }
    options = {"judge": judge, "shows_prompt": False, "max_new_tokens": 96, "timeout_s": 600.0}
    summary = load_pipeline(pipeline_file(tmp_path, "", json_schema=True, **options)).run()
    found = rows(tmp_path, RATED)
    assert len(found) == summary.prompts == 2
    for _, label, error, *_, score in found:
        assert (label == "unparsable") == (error is not None) == (score is None)
        assert error in (None, "cut_off")  # the grammar leaves nothing else, but room may run out
    assert not summary.egress
