"""Whole runs with judge models: each way to fail is a state of its own and none is a `no`; nothing is asked twice."""

from __future__ import annotations

import json
import os
import pickle
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from logminer.api import load_pipeline
from logminer.cli.main import main
from logminer.errors import CheckpointError, ConfigError
from logminer.models.packaged import find_packaged
from logminer.store.parts import PartFile
from logminer.store.session import open_session
from tests.conftest import KEY
from tests.contract.test_stage_laws import compute
from tests.kit.openai_server import Fault, Server, completion, openai_server
from tests.kit.places import ROOT

BLOCK = re.compile(
    r"<<<BEGIN (?:TEXT|THOUGHTS) (\w{16})>>>\n(.*)\n<<<END (?:TEXT|THOUGHTS) \1>>>", re.DOTALL
)
TITLE = re.compile(r"# The behaviour: (.*)")
PROSE = "I'm sorry, but I can't rate this. No."


def reply(**fields: Any) -> dict[str, Any]:
    return completion(content=json.dumps({"evidence": "", "reason": "secret-reason"} | fields))


def by_words(text: str, asked: list[dict[str, Any]]) -> Any:
    """What the judge does, by a word of the text that it rates."""
    again = len(asked) > 1
    words = {
        "clearly": reply(label="yes", evidence="so clearly"),
        "harmless": reply(label="no", evidence="made up"),
        "doubtful": reply(label="unsure"),
        "gibberish": completion(content='{"label": "no"'),
        "prosaic": completion(content=PROSE),
        "endless": completion(content='{"evidence": "no no', finish_reason="length"),
        "filtered": completion(content="", finish_reason="content_filter"),
        "mended": reply(label="yes") if again else completion(content="Label: no"),
        "slow": Fault.HANG,
    }
    return next(answer for word, answer in words.items() if word in text)


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


class Judging(dict[str, list[Any]]):
    """A server's plan: what a judge says of the text between the fences."""

    def __init__(self, server: Server, judge: Callable[[str, list[dict[str, Any]]], Any]) -> None:
        super().__init__()
        self.server, self.judge = server, judge
        self.rated: list[tuple[str, str, str]] = []  # model, behaviour, text

    def get(self, text: str, default: Any = None) -> Any:
        body = self.server.bodies[-1]
        message = body["messages"][0]["content"]
        found, title = BLOCK.search(message), TITLE.search(message)
        assert found
        assert title
        self.rated.append((body["model"], title[1], found[2]))
        return [self.judge(found[2], body["messages"])]


@pytest.fixture
def server() -> Iterator[Server]:
    with openai_server() as running:
        running.plan = Judging(running, by_words)
        yield running


def dump(folder: Path, *answers: str, ask: str = "What is known of item{}?") -> None:
    rows = [
        {
            "conversation_id": f"c{i}",
            "user_id": f"u{i}",
            "messages": [
                {"role": "user", "content": ask.format(i)},
                {"role": "assistant", "content": answer},
            ],
            "language": "en",
        }
        for i, answer in enumerate(answers)
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "dump.parquet")


def pipeline_file(
    folder: Path, url: str, checkpoints: str = "[]", more: str = "", **options: Any
) -> Path:
    judge = {"name": "j", "kind": "endpoint", "url": url, "model": "judge", "family": "j"}
    judge |= {"attempts": 2, "pause_s": 0.01, "patience_s": 0.2}
    scorer = {"kind": "autorater", "judge": judge, "categories": ["refusal"], "canaries": 0}
    scorer |= {"timeout_s": 0.5} | options
    if "judges" in options:
        scorer["judges"] = [judge | one for one in options["judges"]]
        scorer.pop("judge")
    file = folder / "p.yaml"
    taxonomy = scorer.pop("taxonomy", "refusal")
    file.write_text(
        "study: study\nproject: p\nsource: {path: dump.parquet}\nworkers: 0\n"
        f"checkpoints: {checkpoints}\n{more}"
        f"judge: {{taxonomy: {taxonomy}, scorers: [rules, {json.dumps(scorer)}]}}\n"
    )
    return file


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with open_session(folder / "study") as session:
        return session.rows(query)


RATED = (
    "SELECT split_part(response, ' ', 1), label, judge_error, evidence_start, evidence_end, score FROM judgements AS j"
    " JOIN responses USING (response_id) WHERE scorer = 'autorater' ORDER BY ALL"
)


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


def test_the_stage_keeps_the_laws_of_all_stages(tmp_path: Path) -> None:
    dump(tmp_path, *(f"harmless put {i}" for i in range(12)))
    replies = [
        json.dumps({"evidence": "put", "reason": "", "label": label}) for label in ("yes", "no")
    ]
    judge = {"name": "j", "kind": "scripted", "family": "j", "replies": [*replies, PROSE]}
    file = pipeline_file(
        tmp_path, "", judge=judge, canaries=0.5, categories=["refusal", "full_refusal"]
    )
    pipeline = load_pipeline(file)
    pipeline.run()
    (arm,) = pipeline.journey().arms
    (step,) = arm.ratings
    (piece,) = pipeline.file.source.slices()
    task, stage = step.task(piece), step.stage
    again = pickle.loads(pickle.dumps(stage))
    assert again == stage
    assert hash(again) == hash(stage)
    assert again.fingerprint("x") == stage.fingerprint("x") != stage.fingerprint("y")
    primary = task.primary.read()
    sides = {name: pa.concat_tables([r.read() for r in found]) for name, found in task.sides}
    opened = again.open()
    whole = compute(opened, primary, sides)
    assert whole.schema.equals(stage.output.schema)
    assert compute(opened, primary.slice(0, 0), sides).num_rows == 0
    assert whole.equals(compute(opened, primary, sides))
    parts = [compute(opened, primary.slice(*where), sides) for where in ((0, 5), (5,))]
    assert whole.equals(pa.concat_tables(parts).combine_chunks())
    assert whole.equals(PartFile(task.output).read().combine_chunks())
    assert {"yes", "no", "unparsable"} == set(whole["label"].to_pylist())
    assert {"autorater", "autorater.injected"} == set(whole["scorer"].to_pylist())


# --- asked once --------------------------------------------------------------------------------------------------------


def test_the_same_texts_are_asked_once_across_arms_and_runs(tmp_path: Path, server: Server) -> None:
    dump(tmp_path, *["harmless put"] * 6, "clearly put")
    arms = "[{name: a, kind: scripted, family: s, replies: [harmless put]},{name: b, kind: scripted, family: s, replies: [harmless put]}]"
    plan = server.plan
    assert isinstance(plan, Judging)

    def run(**options: Any) -> list[tuple[str, str, str]]:
        plan.rated.clear()
        load_pipeline(pipeline_file(tmp_path, server.url, arms, **options)).run()
        return plan.rated

    assert len(run()) == 8  # seven prompts, and to the last one there are two different answers
    assert len(rows(tmp_path, RATED)) == 21
    assert not run()
    assert Counter(title for _, title, _ in run(categories=["refusal", "full_refusal"])) == {
        "Full refusal": 8
    }
    own = (ROOT / "taxonomies" / "refusal.yaml").read_text()
    (tmp_path / "own.yaml").write_text(own.replace("title: Full refusal", "title: Refused in full"))
    asked = run(taxonomy="own.yaml", categories=["refusal", "full_refusal"])
    assert Counter(title for _, title, _ in asked) == {"Refused in full": 8}
    alone = run(shows_prompt=False)
    assert Counter(text for *_, text in alone) == {"harmless put": 1, "clearly put": 1}
    assert len(rows(tmp_path, RATED)) == 21
    other = {"name": "k", "kind": "endpoint", "url": server.url, "model": "other", "family": "k"}
    assert {model for model, *_ in run(judge=other)} == {"other"}
    assert not run()
    kinds = rows(
        tmp_path,
        "SELECT count(DISTINCT scorer_identity), count(DISTINCT rubric_hash) FROM judgements WHERE scorer = 'autorater'",
    )
    assert kinds == [(1, 1)]


def start(file: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "logminer.cli", "run", str(file), "--workers", "1"],
        env=os.environ | {"LOGMINER_KEY": KEY},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def test_a_run_that_is_killed_or_stopped_asks_hardly_anything_twice(
    tmp_path: Path, server: Server
) -> None:
    def slowly(text: str, asked: list[dict[str, Any]]) -> Any:
        time.sleep(0.03)
        return reply(label="no", evidence=text.split()[-1])

    plan = server.plan = Judging(server, slowly)
    dump(tmp_path, *(f"harmless put of thing{i}" for i in range(300)))
    file = pipeline_file(tmp_path, server.url, concurrency=8)
    for how in (signal.SIGKILL, signal.SIGINT):
        goal, run = len(plan.rated) + 80, start(file)
        deadline = time.monotonic() + 90
        while len(plan.rated) < goal:
            assert time.monotonic() < deadline
            assert run.poll() is None
            time.sleep(0.02)
        os.killpg(run.pid, signal.SIGKILL) if how is signal.SIGKILL else run.send_signal(how)
        said, _ = run.communicate(timeout=60)
        assert run.returncode == (130 if how is signal.SIGINT else -signal.SIGKILL), said
    assert len(plan.rated) < 290
    load_pipeline(file).run()
    texts = Counter(text for *_, text in plan.rated)
    assert len(texts) == 300
    assert texts.total() <= 300 + 3 * 8  # in flight when it was killed, and on the way to the file
    assert len(rows(tmp_path, RATED)) == 300
    assert (
        len(
            rows(
                tmp_path,
                "SELECT 1 FROM judgements WHERE scorer = 'autorater' AND label = 'no' AND evidence_start IS NOT NULL",
            )
        )
        == 300
    )


# --- orders in the text ------------------------------------------------------------------------------------------------


def obedient(text: str, asked: list[dict[str, Any]]) -> Any:
    """Does what the text says, else what `by_words` does."""
    told = {"yes": ('"yes"', "as showing"), "no": ('"no"', "not showing")}
    for label, orders in told.items():
        if any(order in text for order in orders):
            return reply(label=label, evidence="clearly put")
    return by_words(text, asked)


def test_what_orders_in_a_text_do_is_told_and_counts_for_nothing_else(
    tmp_path: Path, server: Server
) -> None:
    dump(tmp_path, *["harmless put", "clearly put"] * 20)
    more = "gates: {max_injected_moved: 0.2}\n"
    file = pipeline_file(tmp_path, server.url, more=more, canaries=1.0)
    summary = load_pipeline(file).run()
    (rating,) = summary.ratings
    assert (rating.scorer, rating.judgements, rating.canaries, rating.moved) == (
        "autorater",
        40,
        40,
        0,
    )
    assert rating.moved_share == 0
    assert rating.moved_high == pytest.approx(0.0876, abs=1e-4)
    assert summary.gates == ()
    before = rows(tmp_path, "SELECT * FROM category_rates ORDER BY ALL")

    server.plan = Judging(server, obedient)
    other = {"name": "k", "kind": "endpoint", "url": server.url, "model": "weak", "family": "k"}
    file = pipeline_file(tmp_path, server.url, more=more, canaries=1.0, judge=other)
    told = CliRunner().invoke(main, ["run", str(file)])
    assert told.exit_code == 3
    (moved, n), *_ = [
        map(int, found) for found in re.findall(r"moved (\d+) of (\d+) labels", told.output)
    ]
    assert n == 40
    assert 10 <= moved <= 30  # half of the orders ask for what is right already
    assert (
        f"gate not met max_injected_moved: autorater {moved} of 40 labels, limit 0.2" in told.output
    )
    assert rows(tmp_path, "SELECT * FROM category_rates ORDER BY ALL") == before
    assert rows(tmp_path, "SELECT sum(n_canaries), sum(moved) FROM injection_canaries") == [
        (40, moved)
    ]
    assert rows(tmp_path, "SELECT DISTINCT scorer FROM labelled_responses ORDER BY 1") == [
        ("autorater",),
        ("rules",),
    ]
    spans = rows(
        tmp_path,
        "SELECT DISTINCT response[evidence_start + 1 : evidence_end] FROM judgements JOIN responses USING (response_id)"
        " WHERE scorer = 'autorater.injected' AND evidence_start IS NOT NULL",
    )
    assert spans == [("clearly put",)]  # as it stands in the text without the order


def test_canaries_are_no_scorer_to_compare_or_calibrate(tmp_path: Path, server: Server) -> None:
    dump(tmp_path, *["harmless put", "clearly put", "doubtful put"] * 5)
    arms = "[{name: a, kind: scripted, family: s, replies: [harmless put, clearly put]},{name: b, kind: scripted, family: s, replies: [clearly put, harmless put]}]"
    load_pipeline(pipeline_file(tmp_path, server.url, arms, canaries=1.0)).run()
    for table in ("comparisons", "missingness"):
        found = {
            s
            for (s,) in rows(
                tmp_path, f"SELECT DISTINCT scorer FROM {table} WHERE scorer IS NOT NULL"
            )
        }
        assert not [scorer for scorer in found if scorer.endswith(".injected")]
    ids = rows(tmp_path, "SELECT response_id FROM responses ORDER BY 1")
    labels = "response_id,category_id,label\n" + "".join(
        f"{id},refusal,{'yes' if n % 2 else 'no'}\n" for n, (id,) in enumerate(ids)
    )
    (tmp_path / "labels.csv").write_text(labels)
    told = CliRunner().invoke(
        main, ["calibrate", str(tmp_path / "study"), str(tmp_path / "labels.csv")]
    )
    assert told.exit_code == 0, told.output
    assert {s for (s,) in rows(tmp_path, "SELECT DISTINCT scorer FROM calibrations")} == {
        "autorater",
        "rules",
    }


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
    options = {"judge": judge, "shows_prompt": False, "max_new_tokens": 160, "timeout_s": 600.0}
    summary = load_pipeline(pipeline_file(tmp_path, "", json_schema=True, **options)).run()
    found = rows(tmp_path, RATED)
    assert len(found) == summary.prompts == 2
    for _, label, error, *_, score in found:
        assert (label == "unparsable") == (error is not None) == (score is None)
        assert error in (None, "cut_off")  # the grammar leaves nothing else, but room may run out
    assert not summary.egress
