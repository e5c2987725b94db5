"""A study with something of everything that an export has to carry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.kit.world import World

CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"at": "x"}'}}
NOTHING = dict.fromkeys(("content", "thoughts", "name", "tool_calls", "tool_call_id"))
DIALOGUE: list[dict[str, Any]] = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "Look at x."},
    {"role": "assistant", "thoughts": "I look.", "tool_calls": json.dumps([CALL])},
    {"role": "tool", "content": "a cat", "tool_call_id": "c1"},
    {"role": "user", "content": '=HYPERLINK("evil")'},
]


class Exportable(NamedTuple):
    """The folder of the study, ids of its prompts, and ids of its responses by (prompt, arm, sample)."""

    folder: Path
    prompts: list[str]
    responses: dict[tuple[int, str, int], str]


@pytest.fixture
def exportable(tmp_path: Path) -> Exportable:
    """Three prompts: a dialogue with a call that people labelled, one that an arm failed at, one with two samples."""
    world = World(tmp_path / "study")
    prompts = [
        world.add(("yes",), ("no",), user="u1", human=("yes", "unsure")),
        world.add(("failed",), ("unsure",), user="u2", split="discovery"),
        world.add(("no", "unparsable"), ("yes",), human=("no", "no")),
    ]
    tables = world.tables
    for row in tables["prompts"]:
        row["messages"] = [{"role": "user", "content": "Hello."}]
    tables["prompts"][0]["messages"] = [NOTHING | message for message in DIALOGUE]
    for row in tables["responses"]:
        row |= {"response": row["response"] and "+1, a cat\nof nobody", "thoughts": None}
        row["thoughts_state"] = "none"
    tables["responses"][0] |= {"thoughts": "hm", "thoughts_state": "present", "latency_s": 2.5}
    world.compared()
    responses = {
        (prompts.index(row["prompt_id"]), row["checkpoint"], row["sample_index"]): row[
            "response_id"
        ]
        for row in tables["responses"]
    }
    return Exportable(tmp_path / "study", prompts, responses)
