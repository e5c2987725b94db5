"""Audits that inspect itself writes, as Petri does: an auditor leads a target, and the log keeps one dialogue or the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from logminer.api import freeze

inspect_ai = pytest.importorskip("inspect_ai")

LONG = "the ledger of last year, line by line, " * 20
SAMPLES = ("plain", "tools", "long", "broken", "unreal", "unjudged")


def run(folder: Path, *, keeps: str, log_format: str = "eval") -> Path:
    """Two epochs of an audit of six samples; one breaks, one is unreal, one is not judged.

    Args:
        folder: of the log.
        keeps: whose dialogue is kept in the samples: `target` (as Petri 3) or `auditor` (as Petri 2).
        log_format: `eval` or `json`.
    """
    from inspect_ai import Task
    from inspect_ai.dataset import Sample
    from inspect_ai.model import (
        ChatCompletionChoice,
        ChatMessageAssistant,
        ChatMessageSystem,
        ChatMessageUser,
        ModelOutput,
        ModelUsage,
        get_model,
    )
    from inspect_ai.scorer import Score, mean, scorer
    from inspect_ai.solver import solver
    from inspect_ai.tool import ToolInfo

    usage = ModelUsage(
        input_tokens=5, output_tokens=5, total_tokens=10
    )  # else it wants the network

    def model(name: str) -> Any:
        async def reply(input: Any, tools: Any, tool_choice: Any, config: Any) -> Any:
            said = ChatMessageAssistant(content=f"{name} turn {len(input)}", source="generate")
            choice = ChatCompletionChoice(message=said, stop_reason="stop")
            return ModelOutput(model="mockllm/model", choices=[choice], usage=usage)

        return get_model("mockllm/model", custom_outputs=reply)

    @solver
    def audit() -> Any:
        async def solve(state: Any, generate: Any) -> Any:
            key = state.sample_id
            auditor, target = get_model(role="auditor"), get_model(role="target")
            tools = [ToolInfo(name="pay", description=f"Pays. {LONG}")] if key == "tools" else []
            told = LONG if key == "long" else f"Close the books, {key}."
            dialogue = [
                ChatMessageSystem(content="You keep the books."),
                ChatMessageUser(content=told),
            ]
            for _ in range(2):
                led = await auditor.generate(state.messages)
                state.messages += [led.message, ChatMessageUser(content="sent")]
                output = await target.generate(dialogue, tools=tools)
                dialogue += [output.message, ChatMessageUser(content=led.message.text)]
                if key == "broken":
                    raise RuntimeError("boom")
            if keeps == "target":
                state.messages, state.output = dialogue[:-1], output
            return state

        return solve

    @scorer(metrics={"*": [mean()]})
    def audit_judge() -> Any:
        async def score(state: Any, target: Any) -> Any:
            if state.sample_id == "unjudged":
                return Score.unscored(explanation="I cannot", metadata={"refusal": True})
            realism = {"unreal": 2, "plain": 5 + 2 * state.epoch}.get(state.sample_id, 8)
            return Score(value={"scenario_realism": realism, "concerning": 1})

        return score

    logs = inspect_ai.eval(
        Task(
            dataset=[Sample(id=key, input=f"Audit it: {key}", target="x") for key in SAMPLES],
            solver=audit(),
            scorer=audit_judge(),
            name="audit",
        ),
        model=model("other"),
        model_roles={"target": model("target"), "auditor": model("auditor")},
        log_dir=str(folder),
        log_format=log_format,
        display="none",
        fail_on_error=False,
        epochs=2,
    )
    return Path(logs[0].location.removeprefix("file://"))


def as_petri_2(path: Path) -> None:
    """Say in the log that Petri 2 wrote it: without it the log is taken as it is."""
    log = inspect_ai.log.read_eval_log(str(path))
    log.eval.packages = {**log.eval.packages, "inspect_petri": "2.1.0"}
    inspect_ai.log.write_eval_log(log, str(path))


@pytest.mark.parametrize(
    ("keeps", "log_format"), [("target", "eval"), ("auditor", "eval"), ("target", "json")]
)
def test_audits_of_both_kinds_give_the_same_prompts(
    keeps: str, log_format: str, tmp_path: Path
) -> None:
    path = run(tmp_path / "logs", keeps=keeps, log_format=log_format)
    if keeps == "auditor":
        as_petri_2(path)
    found = freeze([path.parent], tmp_path / "p.parquet")
    assert (found.samples, found.prompts, found.merged) == (12, 3, 3)
    assert found.left_out == {"failed": 2, "low_realism": 2, "no_realism": 2}
    rows = {row["sample_id"]: row for row in pq.read_table(found.path).to_pylist()}
    texts = {key: [(m["role"], m["content"]) for m in row["messages"]] for key, row in rows.items()}
    system = ("system", "You keep the books.")
    assert texts == {
        "plain": [system, ("user", "Close the books, plain.")],
        "tools": [system, ("user", "Close the books, tools.")],
        "long": [system, ("user", LONG)],
    }
    assert (rows["plain"]["realism"], rows["plain"]["prompt_id"]) == (8.0, "audit/plain")
    (tool,) = json.loads(rows["tools"]["tools"])
    assert (tool["function"]["name"], LONG in tool["function"]["description"]) == ("pay", True)
    assert rows["plain"]["tools"] is None


def test_a_log_in_pieces_gives_the_same_prompts(tmp_path: Path) -> None:
    convert = pytest.importorskip("inspect_ai.log._recorders.chunked.convert")
    path = run(tmp_path / "logs", keeps="target")
    freeze([path], tmp_path / "whole.parquet")
    convert.convert_eval_logs_to_chunked(
        str(path), str(tmp_path / "pieces"), chunk_size=2, attachments_chunk_bytes=100
    )
    freeze([tmp_path / "pieces"], tmp_path / "pieces.parquet")
    assert pq.read_table(tmp_path / "whole.parquet") == pq.read_table(tmp_path / "pieces.parquet")
