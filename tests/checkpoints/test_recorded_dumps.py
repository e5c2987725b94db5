"""Recorded answers that stand in dialogues: an arm by its model, whatever else the dump is."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from logminer.checkpoints.base import Answer, Sampling
from logminer.errors import SourceError
from tests.kit.recordings import answers_of, keys, prompt, recorded


def turn(role: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **more}


def talk(number: int, model: str, *answer: dict[str, Any], **more: Any) -> dict[str, Any]:
    asked = [turn("user", "hello"), turn("assistant", "hi"), turn("user", f"question {number}")]
    return {"prompt_id": f"p{number}", "model": model, "messages": [*asked, *answer], **more}


ROWS = [
    talk(0, "sft", turn("assistant", "<think>hm</think>sft 0"), score=4),
    talk(0, "prod", turn("assistant", "prod 0", finish_reason="length"), score=1),
    talk(
        1,
        "sft",
        turn("assistant", "Let me look.", tool_calls=[{"function": {"name": "f", "arguments": "{}"}}]),
        turn("tool", "found"),
        turn("assistant", "It is there."),
        score=None,
    ),
    talk(1, "prod"),  # no answer
    talk(2, "sft", turn("assistant", [{"type": "redacted_thinking", "data": "x"}, {"type": "text", "text": "so"}])),
    talk(2, "prod", turn("assistant", None, finish_reason="content_filter")),
]  # fmt: skip


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    path = tmp_path / "talks.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, ROWS)).encode()))
    return path


def answers(path: Path, **options: object) -> list[Answer]:
    checkpoint = recorded(path, **options)
    checkpoint.check()
    asked = [prompt(f"p{number}", "") for number in range(3)]
    found = answers_of(checkpoint.open(Sampling(), keys()), asked)
    return [one for (one,) in found]


def test_an_answer_is_what_the_assistant_says_after_the_last_user(dump: Path) -> None:
    assert [one._replace(tool_calls=()) for one in answers(dump, model="sft")] == [
        Answer("sft 0", "hm"),
        Answer("Let me look.\n\nIt is there.", called=True),
        Answer("so", withheld=True),
    ]
    first, second, third = answers(dump, model="prod")
    assert (first.response, first.state) == ("prod 0", "length")
    assert second.error == "no_recorded_answer"
    assert third.state == "content_filter"


def test_arms_are_picked_by_columns_and_labels_stand_beside(dump: Path) -> None:
    assert answers(dump, where={"score": 4})[0].response == "sft 0"
    labels = recorded(dump, model="sft").labels(["score"], keys())
    asked = [prompt(f"p{number}", "") for number in range(2)]
    found = labels.of([(one.source_key, one.content_key) for one in asked])
    assert found == [[{"score": 4}], [{"score": None}]]
    with pytest.raises(SourceError, match=r"no rows of model 'base'; it has prod, sft"):
        recorded(dump, model="base").check()
    with pytest.raises(
        SourceError, match=r"several rows answer one prompt .* they differ in model"
    ):
        recorded(dump).check()


def test_without_ids_the_prompt_tells(tmp_path: Path) -> None:
    path = tmp_path / "talks.jsonl"
    path.write_text("\n".join(json.dumps({"messages": row["messages"]}) for row in ROWS[:3:2]))
    history = [("user", "hello"), ("assistant", "hi"), ("user", "question 0")]
    asked = prompt(None, "")._replace(content_key=keys().content_key(history))
    assert answers_of(recorded(path).open(Sampling(), keys()), [asked]) == [[Answer("sft 0", "hm")]]
