"""Replay: prompts to anonymised answers, through every kind of trouble."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from logminer import ids
from logminer.checkpoints.base import Checkpoint, Sampling
from logminer.checkpoints.endpoint import Endpoint
from logminer.checkpoints.scripted import Scripted
from logminer.errors import CheckpointError, SecretError
from logminer.ids import Pseudonyms, response_id
from logminer.privacy.options import AnonymiseOptions
from logminer.runners.part import run_part
from logminer.schemas import PROMPTS, RESPONSES
from logminer.stages.base import Stage, Task, Transform
from logminer.stages.replay import Logged, Replay
from tests.kit.openai_server import KEY as API_KEY
from tests.kit.openai_server import SECRET_WORDS, Fault, Server, completion, openai_server

PROJECT = "test"
EMAIL = "walter.brunner@posteo.example.com"
SURROGATE = "hollis.tran@example.net"


def key_id() -> str:
    return Pseudonyms(ids.load_key(), PROJECT).key_id


def replay(checkpoint: Checkpoint, **sampling: Any) -> Replay:
    return Replay(
        checkpoint=checkpoint,
        sampling=Sampling(**sampling),
        anonymise=AnonymiseOptions(),
        project=PROJECT,
        key_id=key_id(),
    )


def prompt(number: int, text: str, **fields: Any) -> dict[str, Any]:
    message = {"role": "user", "content": text}
    start = text.find(SURROGATE)
    place = {"message_index": 0, "field": "content", "entity_type": "EMAIL_ADDRESS"}
    redactions = [{**place, "start": start, "end": start + len(SURROGATE)}] if start >= 0 else []
    return {
        "prompt_id": f"p{number}",
        "conversation_id": f"c{number}",
        "split": "discovery",
        "turn_index": 0,
        "n_redacted": 0,
        "messages": [message],
        "language": "en",
        "attributes": [],
        "redactions": redactions,
        "content_key": f"k{number}",
        **fields,
    }


def batch(rows: Sequence[dict[str, Any]]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(list(rows), schema=PROMPTS.schema)


TALKATIVE = Scripted(
    name="talk",
    replies=(
        f"Sure. Write to {EMAIL} or call +1 415 555 2671.",
        "You asked: {prompt}",
        "Nothing personal here.",
    ),
    thoughts=f"The person is reached at {EMAIL}.",
    fail_every=5,
)
ROWS = [prompt(i, f"Question {i}, asked by {SURROGATE}: how do I bake bread?") for i in range(24)]


@pytest.fixture(scope="module")
def opened() -> Iterator[Transform]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGMINER_KEY", "5f" * 32)
        yield replay(TALKATIVE, samples=2).open()


# --- the laws of a stage ----------------------------------------------------------------------------------------------


def test_replay_laws(opened: Transform) -> None:
    stage = replay(TALKATIVE, samples=2)
    assert pickle.loads(pickle.dumps(stage)) == stage
    assert hash(pickle.loads(pickle.dumps(stage))) == hash(stage)
    whole = opened(batch(ROWS))
    assert whole.schema.equals(RESPONSES.schema)
    assert opened(batch([])).schema.equals(RESPONSES.schema)
    assert opened(batch([])).num_rows == 0
    assert opened(batch(ROWS)).equals(whole)
    parts = [opened(batch(ROWS[i : i + 7])) for i in range(0, len(ROWS), 7)]
    assert pa.Table.from_batches(parts).equals(pa.Table.from_batches([whole]).combine_chunks())


def test_logged_laws() -> None:
    stage = Logged()
    opened = stage.open()
    came = {"finish_reason": None, "error": None, "withheld": False, "called": False}
    rows = [
        prompt(0, "a", logged=came, logged_response="yes", logged_thoughts="hm", logged_redactions=[
            {"message_index": 0, "field": "response", "entity_type": "PERSON", "start": 0, "end": 3}
        ]),
        prompt(1, "b"),
        prompt(2, "c", logged=came, logged_response=" ", logged_thoughts="hm"),
        prompt(3, "d", logged=came | {"called": True, "withheld": True}),
    ]  # fmt: skip
    assert pickle.loads(pickle.dumps(stage)) == stage
    whole = opened(batch(rows))
    assert whole.equals(pickle.loads(pickle.dumps(stage)).open()(batch(rows)))
    assert opened(batch([])).schema.equals(RESPONSES.schema)
    parts = pa.Table.from_batches([opened(batch([row])) for row in rows])
    assert parts.combine_chunks().equals(pa.Table.from_batches([whole]))
    assert stage.label == "replay.logged"
    first, second, third, fourth = whole.to_pylist()
    assert first["response_id"] == response_id("p0", "logged", 0)
    assert (first["response"], first["thoughts"], first["error"]) == ("yes", "hm", None)
    assert first["redactions"][0]["end"] == 3
    assert (second["response"], second["error"]) == (None, "no_logged_answer")
    assert second["redactions"] is None
    assert (third["response"], third["state"], third["thoughts"]) == (None, "empty", "hm")
    assert (fourth["state"], fourth["thoughts_state"]) == ("tool_call", "unknown")
    assert [(row["state"], row["thoughts_state"]) for row in (first, second)] == [
        ("answered", "present"),
        ("error", "none"),
    ]


# --- what comes back --------------------------------------------------------------------------------------------------


def test_one_row_for_each_prompt_and_sample_in_order(opened: Transform) -> None:
    rows = opened(batch(ROWS)).to_pylist()
    assert [(r["prompt_id"], r["sample_index"]) for r in rows] == [
        (p["prompt_id"], sample) for p in ROWS for sample in (0, 1)
    ]
    assert len({r["response_id"] for r in rows}) == len(rows)
    assert {r["checkpoint"] for r in rows} == {"talk"}
    failed = [r for r in rows if r["error"]]
    assert {r["error"] for r in failed} == {"scripted"}
    assert {(r["response"], r["thoughts"], r["redactions"]) for r in failed} == {(None, None, None)}
    assert all(r["response"] for r in rows if not r["error"])


def test_answers_are_anonymised_before_they_leave(opened: Transform) -> None:
    rows = [r for r in opened(batch(ROWS)).to_pylist() if not r["error"]]
    assert EMAIL not in str(rows)
    assert "415 555 2671" not in str(rows)
    for row in rows:
        assert {r["field"] for r in row["redactions"]} <= {"response", "thoughts"}
        emails = [r for r in row["redactions"] if r["entity_type"] == "EMAIL_ADDRESS"]
        assert any(r["field"] == "thoughts" for r in emails)
        for redacted in row["redactions"]:
            assert redacted["message_index"] == 0
            assert row[redacted["field"]][redacted["start"] : redacted["end"]].strip()


def test_surrogates_of_the_prompt_are_left_alone(opened: Transform) -> None:
    rows = opened(batch(ROWS)).to_pylist()
    echoes = [r for r in rows if (r["response"] or "").startswith("You asked: ")]
    assert len(echoes) > 5
    for echo in echoes:
        assert SURROGATE in echo["response"]
        [question] = [p for p in ROWS if p["prompt_id"] == echo["prompt_id"]]
        assert echo["response"] == f"You asked: {question['messages'][0]['content']}"


def test_what_cannot_be_anonymised_loses_its_text_and_keeps_its_row() -> None:
    hostile = "@".join(["a." * 400] * 40)
    stage = replay(Scripted(name="s", replies=(hostile, "fine"), thoughts="hm"))
    rows = stage.open()(batch([prompt(i, "hi") for i in range(8)])).to_pylist()
    assert {r["error"] for r in rows} == {None, "anonymisation_failed"}
    for row in rows:
        if row["error"]:
            assert (row["response"], row["thoughts"], row["redactions"]) == (None, None, None)
            assert row["finish_reason"] == "stop"
        else:
            assert (row["response"], row["thoughts"]) == ("fine", "hm")


def test_words_that_no_model_reads_are_masked_in_an_answer_and_it_stays_one() -> None:
    replies = (
        "Dear neighbour, my friend 王芳明 says hello to you.",
        "给我的朋友王芳明写一封信，谢谢你的帮助。",
    )
    stage = replay(Scripted(name="s", replies=replies))
    rows = stage.open()(batch([prompt(i, "hi") for i in range(8)])).to_pylist()
    assert {(r["error"], r["response"]) for r in rows} == {
        (None, "Dear neighbour, my friend [withheld] says hello to you."),
        ("anonymisation_failed", None),
    }


# --- a server ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[Server]:
    with openai_server() as running:
        yield running


def sft(server: Server, **options: Any) -> Endpoint:
    return Endpoint(
        name="sft", url=server.url, model="m", pause_s=0.01, attempts=2, api_key_env="SFT_KEY", **options
    )  # fmt: skip


def test_only_the_anonymised_prompt_is_sent(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SFT_KEY", API_KEY)
    rows = [prompt(i, f"Question {i} of {SURROGATE}") for i in range(6)]
    texts = [row["messages"][0]["content"] for row in rows]
    server.plan = {
        texts[1]: [Fault.status(500)],
        texts[2]: [Fault.status(400, {"code": "context_length_exceeded"})],
        texts[3]: [completion(content=f"Ask {EMAIL} \ud800", reasoning_content=f"{EMAIL}!")],
        texts[4]: [Fault.body("{")],
        texts[5]: [Fault.HANG],
    }
    stage = replay(sft(server), timeout_s=0.4)
    answers = stage.open()(batch(rows)).to_pylist()
    assert [r["error"] for r in answers] == [
        None, "server_error:500", "context_too_long:400", None, "malformed_answer", "timeout",
    ]  # fmt: skip
    assert set(server.texts()) == set(texts)
    assert {str(b["messages"]) for b in server.bodies} == {
        str([{"role": "user", "content": text}]) for text in texts
    }
    assert EMAIL not in str(answers)
    assert SECRET_WORDS not in str(answers)
    assert answers[3]["thoughts"]
    # Secrets: in no option, no pickle, no representation.
    told = f"{stage!r} {stage.options()} {stage.model_dump_json()} {pickle.dumps(stage)!r}"
    assert API_KEY not in told


class Rows:
    """A readable part of prompts."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows

    def read(self) -> pa.Table:
        return pa.Table.from_pylist(self.rows, schema=PROMPTS.schema)


def test_an_interrupted_part_asks_only_what_is_missing(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SFT_KEY", API_KEY)
    rows = [prompt(i, f"q{i}") for i in range(150)]
    stage = replay(sft(server))
    task = Task("a" * 12 + "-000000000", tmp_path / "part.parquet", Rows(rows))
    server.plan = {"q140": [Fault.status(401)]}
    with pytest.raises(CheckpointError, match="SFT_KEY"):
        run_part(stage, stage.open(), task)
    assert not task.output.exists()
    answered = {b["messages"][-1]["content"] for b in server.bodies} - {"q140"}
    assert len(answered) > 100
    server.plan = {}
    server.bodies.clear()
    done = run_part(stage, stage.open(), task)
    assert (done.rows_in, done.rows_out) == (150, 150)
    asked = {b["messages"][-1]["content"] for b in server.bodies}
    assert asked == {row["messages"][0]["content"] for row in rows} - answered


# --- fingerprints -----------------------------------------------------------------------------------------------------


def test_fingerprint_and_lane() -> None:
    one = replay(Endpoint(name="a", url="http://one/v1", model="m"))
    moved = replay(Endpoint(name="a", url="http://two/v1", model="m", attempts=9), concurrency=3)
    assert one.fingerprint("up") == moved.fingerprint("up")
    others: list[Stage] = [
        replay(Endpoint(name="a", url="http://one/v1", model="n")),
        replay(Endpoint(name="a", url="http://one/v1", model="m", system="x")),
        replay(Endpoint(name="a", url="http://one/v1", model="m"), temperature=1.0),
        one.model_copy(update={"key_id": "another"}),
        replay(Scripted(name="a")),
    ]
    assert len({stage.fingerprint("up") for stage in [one, *others]}) == 6
    assert one.fingerprint("up") != one.fingerprint("other")
    assert one.label == one.lane == "replay.a"
    assert replay(Scripted(name="a")).lane == "cpu"
    assert replay(Scripted(name="a")) != replay(Scripted(name="a", replies=("x",)))


def test_another_key_than_planned_is_refused() -> None:
    stage = replay(Scripted(name="s")).model_copy(update={"key_id": "another"})
    with pytest.raises(SecretError, match="key"):
        stage.open()
