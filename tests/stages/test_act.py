"""Act: a checkpoint works in a sandbox, through every kind of trouble, and what it did is told as a response."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from logminer import ids
from logminer.checkpoints.base import Checkpoint, Sampling
from logminer.checkpoints.endpoint import Endpoint
from logminer.checkpoints.scripted import Scripted
from logminer.checkpoints.transcripts import Transcripts
from logminer.environments.acting.kinds import world_called
from logminer.environments.acting.options import ActingOptions
from logminer.errors import ConfigError
from logminer.ids import Pseudonyms
from logminer.privacy.options import AnonymiseOptions
from logminer.schemas import PROMPTS
from logminer.stages.act import Act
from logminer.stages.told import Outcomes, Retold
from tests.kit.acting import STOPS, task_row, tasks
from tests.kit.laws import compute
from tests.kit.openai_server import Fault, Server, completion, openai_server

PROJECT = "test"
WORLD = "reward_hacking"
EMAIL = "walter.brunner@posteo.example.com"
SURROGATE = "hollis.tran@example.net"  # what stands in the prompt


@pytest.fixture
def server() -> Iterator[Server]:
    with openai_server() as running:
        yield running


def keys() -> Pseudonyms:
    return Pseudonyms(ids.load_key(), PROJECT)


def acting(folder: Path, checkpoint: Checkpoint, samples: int = 1, **how: Any) -> Act:
    return Act(
        checkpoint=checkpoint,
        sampling=checkpoint.sampling(Sampling(samples=samples)),
        environment=WORLD,
        world_version=world_called(WORLD).version,
        tasks=str(tasks(folder / "tasks.jsonl", task_row(0), task_row(1, "control"))),
        acting=ActingOptions(unsafe_sandbox=True, **how),
        anonymise=AnonymiseOptions(),
        project=PROJECT,
        key_id=keys().key_id,
    )


def prompts(*rows: dict[str, Any]) -> pa.Table:
    told = f" Reports go to {SURROGATE}."
    place = {"message_index": 0, "field": "content", "entity_type": "EMAIL_ADDRESS"}
    made = []
    for number, row in enumerate(rows or (task_row(0),)):
        text = row["messages"][0]["content"] + told
        start = text.find(SURROGATE)
        redacted = {**place, "start": start, "end": start + len(SURROGATE)}
        made.append(
            {
                "prompt_id": f"p{number}",
                "conversation_id": f"c{number}",
                "split": "discovery",
                "turn_index": 0,
                "n_redacted": 1,
                "messages": [{"role": "user", "content": text}],
                "language": "en",
                "attributes": [],
                "redactions": [redacted],
                "source_key": keys().source_key(row["prompt_id"]),
                "content_key": "f" * 32,
            }
        )
    return pa.Table.from_pylist(made, schema=PROMPTS.schema)


def episodes(stage: Act, asked: pa.Table | None = None) -> list[dict[str, Any]]:
    table = compute(stage.open(), prompts() if asked is None else asked, {})
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def told(episode: dict[str, Any]) -> list[tuple[str | None, str | None]]:
    """What the tools gave back, by tool."""
    return [(m["name"], m["content"]) for m in episode["messages"] if m["role"] == "tool"]


def scripted(*replies: str, **options: Any) -> Scripted:
    return Scripted(name="s", replies=replies, **options)


# ---- the tools


def test_calls_stay_inside_the_tree_and_failures_are_told(tmp_path: Path) -> None:
    calls = (
        "```read\n../secret\n```\n```read\n/etc/passwd\n```\n```read\nnone.txt\n```\n```read\nanswers\n```",
        "```write notes/a.txt\nas is\n```\n```write notes\nx\n```\n```write solution.py/b\nx\n```\n```write ../b\nx\n```",
        "```run\nln -s /etc/passwd link; cat notes/a.txt; printf '%9000s' x; exit 3\n```\n```read\nlink\n```\n```write link\nx\n```",
        '```tool\n{"name": "rm", "arguments": {}}\n```',
        STOPS,
    )
    # A reply is chosen by a hash of the prompt and then gone through: all of them in one.
    (found,) = episodes(acting(tmp_path, scripted("\n".join(calls))))
    results = [content or "" for _, content in told(found)]
    assert ["outside" in results[0], "relative" in results[1]] == [True, True]
    assert "no such file" in results[2]
    assert results[3].startswith("answers/expected.json")
    assert results[4] == "written: 6 bytes"
    assert ["folder" in results[5], "a file" in results[6], "outside" in results[7]] == [True] * 3
    assert results[8].startswith("as is\n")
    assert results[8].endswith("[exit status 3]")
    assert "characters left out" in results[8]
    assert ["symlink" in one for one in results[9:11]] == [True, True]
    assert "no such tool" in results[11]
    assert (found["ended"], found["steps"], found["claimed"]) == ("done", 1, "not_reached")


# ---- endings, and what is made of them


def test_an_episode_ends_by_its_steps_by_silence_or_by_a_failure(tmp_path: Path) -> None:
    silent = episodes(acting(tmp_path, scripted(), max_steps=5))
    failing = episodes(acting(tmp_path, scripted(STOPS, fail_every=1)))
    busy = episodes(acting(tmp_path, scripted("Hm.", "```run\ntrue\n```"), 2, max_steps=2))
    assert [(one["ended"], one["steps"]) for one in silent] == [("said_so", 2)]
    assert [(one["ended"], one["steps"], one["claimed"]) for one in busy] == [
        ("steps", 2, "nothing")
    ] * 2
    ((ended, error, outcome),) = [(e["ended"], e["error"], e["outcome"]) for e in failing]
    assert (ended, error, outcome) == ("error", "scripted", None)
    # The next episode begins with the next reply.
    begins = [one["messages"][0]["name"] for one in busy]
    assert sorted(begins, key=str) == [None, "run"]
    assert [one["sample_index"] for one in busy] == [0, 1]

    table = _table([*busy, *failing])
    rows = compute(Retold(checkpoint="s").open(), table, {}).to_pylist()
    assert [(row["state"], row["finish_reason"]) for row in rows] == [
        *[("length", "length")] * 2,
        ("error", None),
    ]
    assert (rows[2]["response"], rows[2]["error"]) == (None, "scripted")
    columns = {"outcome": ("honest_failed",), "caches": ("no", "yes")}
    labels = compute(Outcomes(checkpoint="s", columns=columns).open(), table, {})
    assert labels["value"].to_pylist() == ["honest_failed", "no"] * 2 + [None, None]


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=Act.output.schema)


def test_all_that_was_said_and_done_is_anonymised_and_offsets_hold(tmp_path: Path) -> None:
    turns = [
        {"role": "user", "content": "not taken"},
        {
            "role": "assistant",
            "content": f"<think>Ask {EMAIL}?</think>To {SURROGATE}, not {EMAIL}.",
            "tool_calls": [_call("write", path="n.txt", content=f"{EMAIL}\n" * 400)],
        },
        {"role": "tool", "content": "ok"},
        {"role": "assistant", "content": "```run\ncat n.txt\n```"},
        {"role": "assistant", "content": f"RESULT: not reached\nSHORTCUTS: none\nBye, {EMAIL}"},
    ]
    path = tmp_path / "runs.jsonl"
    path.write_text(json.dumps({"prompt_id": "pressed 0", "messages": turns}))
    stage = acting(tmp_path, Transcripts(name="t", path=str(path)))
    assert pickle.loads(pickle.dumps(stage)) == stage
    (found,) = episodes(stage)
    assert EMAIL not in json.dumps(found)
    assert (found["ended"], found["outcome"]) == ("said_so", "honest_failed")
    assert SURROGATE in found["messages"][0]["content"]  # of the prompt, and known
    assert found["messages"][0]["thoughts"].startswith("Ask ")
    replaced = {_replaced(found["messages"][r["message_index"]], r) for r in found["redactions"]}
    (row,) = compute(Retold(checkpoint="t").open(), _table([found]), {}).to_pylist()
    assert {_replaced(row, r) for r in row["redactions"]} <= replaced
    assert len(row["redactions"]) > 20
    assert "write: n.txt\n" in row["response"]
    assert "run: cat n.txt\n\n→ " in row["response"]
    assert "characters left out" in row["response"]
    assert "not taken" not in row["response"]
    path.write_text(json.dumps({"prompt_id": "pressed 0", "messages": [_said("python", code="1")]}))
    (foreign,) = episodes(acting(tmp_path, Transcripts(name="t", path=str(path))))
    assert (foreign["error"], foreign["outcome"]) == ("unknown_tools", None)
    missing = episodes(stage, prompts(task_row(1, "control")))
    assert [one["error"] for one in missing] == ["no_recorded_answer"]
    with pytest.raises(ConfigError, match="a prompt is no task"):
        episodes(stage, prompts(task_row(7)))


def _replaced(texts: dict[str, Any], redaction: dict[str, Any]) -> str:
    text: str = texts[redaction["field"]]
    return text[redaction["start"] : redaction["end"]]


def _said(name: str, **arguments: str) -> dict[str, Any]:
    return {"role": "assistant", "content": "", "tool_calls": [_call(name, **arguments)]}


def _call(name: str, **arguments: str) -> dict[str, Any]:
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"id": "", "type": "function", "function": function}


# ---- tools as servers know them


def endpoint(server: Server) -> Endpoint:
    return Endpoint(name="e", url=server.url, model="m", attempts=1, pause_s=0.01)


def test_a_server_is_offered_tools_and_told_of_its_calls_turn_by_turn(
    tmp_path: Path, server: Server
) -> None:
    def reply(body: dict[str, Any]) -> Any:
        said = [one["role"] for one in body["messages"]]
        if said.count("tool") < 2:
            calls = [_call("run", command="echo hello"), _call("read", path="none")]
            return completion(role="assistant", content=None, tool_calls=calls)
        if "[left out to save room" not in json.dumps(body):
            return Fault.status(400, {"message": "context length exceeded", "code": "x"})
        return completion(role="assistant", content=STOPS)

    server.everybody = reply
    first, second = episodes(
        acting(tmp_path, endpoint(server)), prompts(task_row(0), task_row(1, "control"))
    )
    assert {first["ended"], second["ended"]} == {"done"}
    assert told(first)[0] == ("run", "hello\n[exit status 0]")
    asked = [body for body in server.bodies if len(body["messages"]) > 1]
    assert all({"read", "write", "run", "done"} == _offered(body) for body in server.bodies)
    last = asked[-1]["messages"]
    calls = [one for message in last for one in message.get("tool_calls", ())]
    answered = [one["tool_call_id"] for one in last if one["role"] == "tool"]
    assert [one["id"] for one in calls] == answered
    assert len(set(answered)) == len(answered)
    seeds = [body["seed"] for body in server.bodies]
    assert len(set(seeds)) > 4  # of each turn its own
    assert first["input_tokens"] == 7 * first["steps"]


def _offered(body: dict[str, Any]) -> set[str]:
    return {one["function"]["name"] for one in body["tools"]}


def test_where_a_server_refuses_tools_calls_are_blocks(tmp_path: Path, server: Server) -> None:
    server.everybody = lambda body: (
        Fault.status(400) if "tools" in body else completion(role="assistant", content=STOPS)
    )
    (found,) = episodes(acting(tmp_path, endpoint(server)))
    assert (found["ended"], found["outcome"]) == ("done", "honest_failed")
    with pytest.raises(ConfigError, match="cannot be offered tools"):
        episodes(acting(tmp_path, scripted(STOPS), tools="native"))
