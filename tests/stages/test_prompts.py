"""Conversations → prompts, on tables built by hand."""

from __future__ import annotations

import pickle

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logminer.errors import SecretError
from logminer.ids import Pseudonyms
from logminer.schemas import CONVERSATIONS, PROMPTS
from logminer.stages.prompts import Prompts, PromptsOptions

KEY = "ab" * 32
KEYED = Pseudonyms(bytes.fromhex(KEY), "p")


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGMINER_KEY", KEY)


def stage(turns: str = "last") -> Prompts:
    return Prompts(options=PromptsOptions(turns=turns), project="p", key_id=KEYED.key_id)


def message(role: str, content: str | None, thoughts: str | None = None) -> dict[str, object]:
    empty = {"name": None, "tool_calls": None, "tool_call_id": None}
    return {"role": role, "content": content, "thoughts": thoughts, **empty}


def redaction(index: int, field: str = "content") -> dict[str, object]:
    return {"message_index": index, "field": field, "entity_type": "PERSON", "start": 0, "end": 1}


def conversation(name: str, *messages: dict[str, object], **more: object) -> dict[str, object]:
    asked = sum(m["role"] == "user" for m in messages)
    return {
        "conversation_id": name,
        "user_id": "u",
        "split": "inference",
        "messages": list(messages),
        "redactions": [],
        "model": None,
        "created_at": None,
        "language": "en",
        "attributes": [("a", "b")],
        "row": 0,
        "rejected": None,
        "source_key": f"source-{name}",
        "content_keys": [f"{name}-{turn}" for turn in range(asked)],
        **more,
    }


def batch(*rows: dict[str, object]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(list(rows), schema=CONVERSATIONS.schema)


def run(turns: str, *rows: dict[str, object]) -> list[dict[str, object]]:
    made = stage(turns).open()(batch(*rows))
    made.validate(full=True)
    assert made.schema.equals(PROMPTS.schema)
    result: list[dict[str, object]] = made.to_pylist()
    return result


TALK = conversation(
    "c",
    message("system", "s"),
    message("user", "one"),
    message("assistant", "1", "thought of one"),
    message("user", "two"),
    message("assistant", None),
    message("tool", "t"),
    message("assistant", "2", "thought of two"),
    message("assistant", "3"),
    redactions=[
        redaction(1),
        redaction(2, "thoughts"),
        redaction(3),
        redaction(6),
        redaction(6, "thoughts"),
        redaction(7),
    ],
)


def test_last_is_the_prefix_that_ends_in_the_last_user_message():
    (prompt,) = run("last", TALK)
    assert [m["content"] for m in prompt["messages"]] == ["s", "one", "1", "two"]
    assert prompt["turn_index"] == 1
    assert (prompt["source_key"], prompt["content_key"]) == ("source-c", "c-1")
    assert prompt["attributes"] == [("a", "b")]
    assert prompt["prompt_id"] == KEYED.prompt("c", 1)


def test_thoughts_of_earlier_turns_are_not_sent_back_and_neither_are_their_redactions():
    (prompt,) = run("last", TALK)
    assert {m["thoughts"] for m in prompt["messages"]} == {None}
    assert prompt["redactions"] == [redaction(1), redaction(3)]


def test_the_logged_answer_is_the_first_that_says_something():
    (prompt,) = run("last", TALK)
    assert (prompt["logged_response"], prompt["logged_thoughts"]) == ("2", "thought of two")
    assert prompt["logged_redactions"] == [redaction(0, "response"), redaction(0, "thoughts")]


def test_first_and_all():
    (first,) = run("first", TALK)
    assert [m["content"] for m in first["messages"]] == ["s", "one"]
    assert (first["turn_index"], first["source_key"], first["content_key"]) == (0, None, "c-0")
    assert (first["logged_response"], first["logged_redactions"]) == (
        "1",
        [redaction(0, "thoughts")],
    )
    both = run("all", TALK)
    assert both[0] == first
    assert both[1:] == run("last", TALK)


def test_the_answer_to_a_later_message_is_not_taken_for_an_earlier_one():
    talk = conversation("c", message("user", "a"), message("user", "b"), message("assistant", "x"))
    first, second = run("all", talk)
    assert (first["logged_response"], first["logged_redactions"]) == (None, None)
    assert second["logged_response"] == "x"


def test_a_single_user_message_is_first_and_last():
    talk = conversation("c", message("user", "a"))
    assert run("first", talk) == run("last", talk) == run("all", talk)
    assert run("last", talk)[0]["source_key"] == "source-c"


def test_rejected_conversations_give_no_prompts():
    nothing = dict.fromkeys(
        ("messages", "redactions", "attributes", "source_key", "content_keys", "language")
    )
    rejected = {**TALK, **nothing, "rejected": "language_unsupported"}
    assert run("all", rejected) == []
    assert len(run("last", rejected, TALK)) == 1


def test_it_pickles_and_says_what_names_its_output():
    copy = pickle.loads(pickle.dumps(stage("all")))
    assert copy == stage("all")
    assert copy.fingerprint("x") == stage("all").fingerprint("x") != stage("last").fingerprint("x")


def test_another_key_than_the_planned_one_is_refused(monkeypatch):
    monkeypatch.setenv("LOGMINER_KEY", "cd" * 32)
    with pytest.raises(SecretError, match="not the one this run was planned with"):
        stage().open()


def test_an_empty_batch_gives_an_empty_batch():
    assert run("all") == []


TURNS = st.lists(st.sampled_from(["user", "assistant", "tool"]), max_size=6)


@settings(max_examples=30, deadline=None)
@given(
    talks=st.lists(TURNS, max_size=6),
    at=st.integers(0, 6),
    turns=st.sampled_from(["last", "first", "all"]),
)
def test_splitting_the_batch_changes_nothing(talks, at, turns):
    rows = [
        conversation(
            f"c{i}", *(message(role, f"{i}.{j}") for j, role in enumerate(["user", *talk]))
        )
        for i, talk in enumerate(talks)
    ]
    whole = run(turns, *rows)
    assert whole == run(turns, *rows[:at]) + run(turns, *rows[at:])
    assert len({prompt["prompt_id"] for prompt in whole}) == len(whole)
    assert all(prompt["messages"][-1]["role"] == "user" for prompt in whole)
