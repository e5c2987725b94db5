"""ODCV-Bench's folders: what a record holds, which degrees a run was given, and whose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logminer.errors import SourceError
from logminer.messages.dialogue import Reading, read_messages
from logminer.sources.odcv_folder import OdcvFolder
from logminer.sources.odcv_record import blocks_of, messages_of
from tests.kit.dumps import raw
from tests.kit.odcv import NUDGE, Run, call, record, write_runs

SYSTEM = {"role": "system", "content": "You are 'Ada', who ships parcels.\n Use the bash tool."}
USER = {"role": "user", "content": "Ship them on time:\n\n1. all\n2. of them"}
RESULT = {
    "role": "tool",
    "content": json.dumps({"stdout": "a\n\n== Step 4 ==\nrole: user\n", "returncode": 0}),
}


def said(content: str | None, reasoning: Any = "No explanation", *calls: Any) -> dict[str, Any]:
    return {
        "role": "assistant",
        "content": content,
        "reasoning": reasoning,
        **({"tool_calls": list(calls)} if calls else {}),
    }


def read(*messages: dict[str, Any]) -> Reading:
    return read_text(record([SYSTEM, USER, *messages]))


def read_text(text: str) -> Reading:
    return read_messages(messages_of(blocks_of(text)))


def test_what_a_model_said_thought_and_called_is_told_apart() -> None:
    ls, done = call("bash", '{"command": "ls -la \\"x\\""}', 1), call("task_complete", "{}", 2)
    found = read(
        said("I look.\n\nThen I ship.", "They want it fast.\n\nSo do I.", ls),
        RESULT,
        said(None, "No explanation", done),
    )
    assert [m["role"] for m in found.messages] == [
        "system",
        "user",
        "assistant",
        "tool",
        "assistant",
    ]
    assert [m["content"] for m in found.messages] == [
        SYSTEM["content"],
        USER["content"],
        "I look.\n\nThen I ship.",
        RESULT["content"],
        None,
    ]
    _, _, first, result, last = found.messages
    assert (first["thoughts"], last["thoughts"]) == ("They want it fast.\n\nSo do I.", None)
    assert json.loads(first["tool_calls"]) == [ls]
    assert json.loads(last["tool_calls"]) == [done]
    assert result["tool_call_id"] == "call1"


def test_encrypted_thoughts_are_unknown_and_told_ones_are_told() -> None:
    sealed = {"type": "reasoning.encrypted", "data": "gAAA", "id": "rs_1", "index": 0}
    told = {"type": "reasoning.text", "text": "It's \n late.", "index": 0}
    short = {"type": "reasoning.summary", "summary": "Late."}
    found = read(said("a", [sealed]), said("b", [told, sealed]), said("c", [short]), said("d"))
    assert [m["thoughts"] for m in found.messages[2:]] == [None, "It's \n late.", "Late.", None]
    assert [sign.message_index for sign in found.signs if sign.withheld] == [2]


def test_what_the_harness_asks_is_no_users_turn() -> None:
    nudge = {"role": "user", "content": NUDGE}
    found = read(said("Done?"), nudge, said("Done."))
    assert [m["role"] for m in found.messages] == [
        *("system", "user", "assistant", "tool", "assistant")
    ]
    assert (found.messages[3]["name"], found.messages[3]["content"]) == ("harness", NUDGE)
    first = read_text(record([SYSTEM, nudge, said("Yes.")]))
    assert [m["role"] for m in first.messages] == ["system", "user", "assistant"]


@pytest.mark.parametrize(
    "content",
    [
        "I note:\nrole: user\ncontent: do it\n",
        "== Step 4 ==\nrole: tool\ncontent: {}",
        "The log ends in\n\n== Step 4 ==\nrole: tool\ncontent: {}\n\nas it should.",
        "\n\n== Step 9 ==\nrole: user\ncontent: x",
        "reason: a closing line\nreason: another",
        "call: [not one]",
    ],
)
def test_what_looks_like_a_block_and_is_none_is_what_was_said(content: str) -> None:
    found = read(said(content, "No explanation", call("bash", "{}")), RESULT)
    assert len(found.messages) == 4
    assert found.messages[2]["content"] == content
    assert found.messages[2]["thoughts"] is None
    assert found.messages[2]["tool_calls"]


@pytest.mark.parametrize("cut", [1, 9, 30, 60])
def test_a_damaged_call_loses_nothing(cut: int) -> None:
    whole = record([SYSTEM, USER, said("I ship.", "Fast.", call("bash", '{"command": "ship"}'))])
    found = read_text(whole.rstrip()[:-cut])
    message = found.messages[-1]
    assert (message["content"], message["thoughts"]) == ("I ship.", "Fast.")
    (kept,) = json.loads(message["tool_calls"])
    assert kept["function"]["arguments"].startswith("[{'id': 'call0'")


texts = st.text(st.sampled_from("ab \n:[{'\"\\é"), max_size=30).map(str.strip)


@given(texts.filter(lambda t: t != "None"), texts, texts)
@example("a", "", "\\d{")
def test_every_record_reads_as_it_was_written(content: str, thoughts: str, argument: str) -> None:
    made = call("bash", json.dumps({"command": argument}))
    found = read(said(content, thoughts or "No explanation", made), RESULT)
    message = found.messages[2]
    assert (message["content"] or "").strip() == content
    assert json.loads(message["tool_calls"]) == [made]
    assert (message["thoughts"] or "").strip() == thoughts


@pytest.mark.parametrize(
    "text", ["hello", "== Step 2 ==\nrole: user\ncontent: x\n\n", "x== Step 1 =="]
)
def test_what_is_no_record_is_told_so(text: str) -> None:
    assert blocks_of(text) is None


JUDGES = {"claude47": 4, "gpt55": 3, "grok": 1, "gemini": 0}


def run(model: str, scenario: str = "Fleet", **degrees: float | None) -> Run:
    return Run(model, "mandated", scenario, [SYSTEM, USER, said("ok")], {**JUDGES, **degrees})


def row(root: Path, *runs: Run, prefix: str = "") -> dict[str, Any]:
    logs = write_runs(root, runs, prefix)
    rows = OdcvFolder(logs / runs[0].folder)
    assert rows.group_rows == (rows.num_rows,)
    return rows.take(range(rows.num_rows), rows.names)[0]


@pytest.mark.parametrize(
    ("model", "panel"),
    [
        ("claude-opus-4.7", 1),
        ("gpt-5.5", 1),
        ("grok-4.20", 3),
        ("gpt-oss-20b", 2),
        ("qwen3-max", 2),
    ],
)
def test_a_judge_of_the_models_own_family_is_not_heard(
    tmp_path: Path, model: str, panel: float
) -> None:
    found = row(tmp_path / "current", run(model), run("another"))
    assert {judge: found[f"odcv_{judge}"] for judge in JUDGES} == JUDGES
    assert (found["odcv_panel"], found["odcv_panel_all"]) == (panel, 2)
    assert (found["model"], found["generation"]) == (model, "current")
    assert (found["prompt_id"], found["conversation_id"]) == (
        "Fleet::mandated",
        f"{model}-mandated/Fleet",
    )


def test_a_degree_that_is_not_there_is_null(tmp_path: Path) -> None:
    found = row(tmp_path / "previous", run("glm", grok=None, gemini=None), prefix="old-")
    assert (found["odcv_grok"], found["odcv_panel"], found["generation"]) == (None, 3.5, "previous")
    nothing = row(tmp_path / "b", run("glm", **dict.fromkeys(JUDGES)))
    assert (nothing["odcv_panel"], nothing["odcv_panel_all"], nothing["generation"]) == (None,) * 3


def test_a_folder_that_nobody_judged_has_no_degrees(tmp_path: Path) -> None:
    logs = write_runs(tmp_path, [run("glm")._replace(degrees={})])
    assert not [n for n in OdcvFolder(logs / "glm-mandated").names if n.startswith("odcv_")]


def test_a_record_that_cannot_be_read_is_a_rejected_row(tmp_path: Path) -> None:
    logs = write_runs(tmp_path, [run("glm", scenario) for scenario in "ABCD"])
    damage = {"A": b"", "B": b"\xff\xfe", "C": b"no block"}
    for scenario, text in damage.items():
        (logs / "glm-mandated" / "experiments" / scenario / "messages_record.txt").write_bytes(text)
    read = raw(logs, keep=("scenario",))
    assert [(row["conversation_id"], row["problem"]) for row in read] == [
        ("glm-mandated/A", "empty_conversation"),
        ("glm-mandated/B", "bad_messages"),
        ("glm-mandated/C", "bad_messages"),
        ("glm-mandated/D", None),
    ]
    assert read[3]["prompt_id"] == "D::mandated"
    assert dict(read[3]["attributes"]) == {"scenario": "d"}


def test_a_table_of_scores_that_is_none_is_named(tmp_path: Path) -> None:
    logs = write_runs(tmp_path, [run("glm")])
    table = tmp_path / "evaluations" / "judge_all" / "scores_grok.csv"
    table.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SourceError, match=r"scores_grok\.csv: no table of scores in CSV"):
        _ = OdcvFolder(logs / "glm-mandated").names
