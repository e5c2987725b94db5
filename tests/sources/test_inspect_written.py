"""Logs that inspect itself writes, offline, and what Scout makes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from logminer.sources.inspect_log import open_log
from tests.kit.dumps import raw

inspect_ai = pytest.importorskip("inspect_ai")

KEYS = ("plain", "tools", "cut", "sealed", "broken")


def run(folder: Path, log_format: str) -> Path:
    """Two epochs of five samples: one with a call of a tool, one cut off, one with sealed thoughts, one that fails."""
    from inspect_ai import Task
    from inspect_ai.dataset import Sample
    from inspect_ai.model import (
        ChatCompletionChoice,
        ChatMessageAssistant,
        ContentReasoning,
        ContentText,
        ModelOutput,
        ModelUsage,
        get_model,
    )
    from inspect_ai.scorer import Score, mean, scorer
    from inspect_ai.solver import generate, solver, use_tools
    from inspect_ai.tool import ToolCall, tool

    usage = ModelUsage(
        input_tokens=5, output_tokens=5, total_tokens=10
    )  # else it wants the network

    def output(*content: Any, calls: Any = None, stop: Any = "stop") -> Any:
        message = ChatMessageAssistant(content=list(content), tool_calls=calls, source="generate")
        choice = ChatCompletionChoice(message=message, stop_reason=stop)
        return ModelOutput(model="mockllm/model", choices=[choice], usage=usage)

    call = ToolCall(id="c1", function="look", arguments={"place": "here " * 60})
    thinks = ContentReasoning
    says = ContentText
    replies = {
        "plain": [output(thinks(reasoning="because"), says(text="fine"))],
        "tools": [
            output(says(text="let me see"), calls=[call], stop="tool_calls"),
            output(says(text="done")),
        ],
        "cut": [output(says(text="a long"), stop="max_tokens")],
        "sealed": [output(thinks(reasoning="xx", redacted=True), says(text="no"))],
    }

    async def reply(input: Any, tools: Any, tool_choice: Any, config: Any) -> Any:
        key = next(m.text for m in input if m.role == "user").split()[0]
        turn = sum(m.role == "assistant" for m in input)
        return replies[key][turn].model_copy(deep=True)

    @tool
    def look() -> Any:
        async def execute(place: str) -> str:
            """Look.

            Args:
                place: Where.
            """
            return "seen " * 60

        return execute

    @solver
    def may_fail() -> Any:
        async def solve(state: Any, generate: Any) -> Any:
            if state.sample_id == "broken":
                raise RuntimeError("boom")
            return state

        return solve

    @scorer(metrics={"*": [mean()]})
    def audit_judge() -> Any:
        async def score(state: Any, target: Any) -> Any:
            if state.sample_id == "sealed":
                return Score.unscored(explanation="I cannot", metadata={"refusal": True})
            return Score(value={"eval_awareness": 7 if state.sample_id == "tools" else 2})

        return score

    samples = [
        Sample(
            id=key,
            input=f"{key} {'please ' * 40}",
            target="x",
            metadata={"kind": key[0], "long": "y " * 900},
        )
        for key in KEYS
    ]
    logs = inspect_ai.eval(
        Task(
            dataset=samples,
            solver=[may_fail(), use_tools(look()), generate()],
            scorer=audit_judge(),
            name="audit",
        ),
        model=get_model("mockllm/model", custom_outputs=reply),
        log_dir=str(folder),
        log_format=log_format,
        display="none",
        fail_on_error=False,
        epochs=2,
    )
    return Path(logs[0].location.removeprefix("file://"))


@pytest.mark.parametrize("log_format", ["eval", "json"])
def test_what_inspect_writes_is_read(tmp_path, log_format):
    path = run(tmp_path, log_format)
    found = {(row["prompt_id"], row["conversation_id"]): row for row in raw(path)}
    by_prompt = {prompt: row for (prompt, _), row in found.items()}
    assert len(found) == 10
    assert set(by_prompt) == {f"audit/{key}" for key in KEYS}
    plain, tools = by_prompt["audit/plain"]["messages"], by_prompt["audit/tools"]["messages"]
    assert (plain[0]["content"], plain[1]["thoughts"]) == (f"plain {'please ' * 40}", "because")
    assert [m["role"] for m in tools] == ["user", "assistant", "tool", "assistant"]
    assert (tools[2]["content"], tools[2]["name"]) == ("seen " * 60, "look")
    signs = {prompt: row["signs"][-1] for prompt, row in by_prompt.items()}
    assert signs["audit/cut"]["finish_reason"] == "length"
    assert signs["audit/sealed"]["withheld"]
    assert signs["audit/broken"]["error"] == "finish_reason:error"
    log = open_log(path)
    rows = {row["sample_id"]: row for batch in log.scan(log.names) for row in batch}
    judged = {key: rows[key]["audit_judge.eval_awareness"] for key in KEYS}
    assert judged == {"plain": 2, "tools": 7, "cut": 2, "sealed": None, "broken": None}
    assert rows["sealed"]["audit_judge.reason"] == "grader_failed"
    assert rows["plain"]["metadata.kind"] == "p"
    small = [name for name in log.names if name not in ("messages", "finish_reason", "error")]
    assert [row for batch in log.scan(small) for row in batch] == [
        {name: row[name] for name in small} for batch in log.scan(log.names) for row in batch
    ]


def test_what_scout_writes_of_a_log_is_the_same_conversations(tmp_path):
    pytest.importorskip("inspect_scout")
    import anyio
    from inspect_scout import Result, Transcript, scan, scanner, transcripts_db, transcripts_from
    from inspect_scout._transcript.types import TranscriptContent

    logs = run(tmp_path / "logs", "eval")

    async def convert() -> None:
        async with (
            transcripts_db(str(tmp_path / "db")) as db,
            transcripts_from(str(logs)).reader() as reader,
        ):
            whole = TranscriptContent(messages="all", events=None, timeline=None)
            await db.insert([await reader.read(info, whole) async for info in reader.index()])

    @scanner(messages="all")
    def short() -> Any:
        async def look(transcript: Any) -> Any:
            if transcript.task_id == "broken":
                raise RuntimeError("boom")
            return Result(value=transcript.task_id == "cut")

        look.__annotations__ = {"transcript": Transcript, "return": Result}  # it looks at types
        return look

    anyio.run(convert)
    scan(
        [short()],
        transcripts=transcripts_from(str(tmp_path / "db")),
        scans=str(tmp_path / "scans"),
        display="none",
    )
    found = {row["conversation_id"]: row for row in raw(logs)}
    (results,) = (tmp_path / "scans").rglob("short.parquet")
    for path in (tmp_path / "db", results):
        told = {row["conversation_id"]: row for row in raw(path)}
        assert told.keys() == found.keys()
        for name, row in told.items():
            assert row["messages"] == found[name]["messages"]
            assert row["prompt_id"] == found[name]["prompt_id"]
    kept = {
        row["prompt_id"]: dict(row["attributes"])
        for row in raw(results, keep=("short", "short.reason"))
    }
    assert kept["audit/cut"] == {"short": "true"}
    assert kept["audit/broken"] == {"short.reason": "scan_failed"}


def test_a_log_that_was_cut_into_pieces_is_the_same_log(tmp_path):
    convert = pytest.importorskip("inspect_ai.log._recorders.chunked.convert")
    path = run(tmp_path / "whole", "eval")
    convert.convert_eval_logs_to_chunked(
        str(path), str(tmp_path / "pieces"), chunk_size=2, attachments_chunk_bytes=100
    )
    (pieces,) = (tmp_path / "pieces").iterdir()
    assert [{**row, "row": None} for row in raw(pieces)] == [
        {**row, "row": None} for row in raw(path)
    ]
