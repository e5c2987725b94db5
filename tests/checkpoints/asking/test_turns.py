"""Dialogues in the form that a template knows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from logminer.checkpoints.asking.chat import to_chat
from logminer.checkpoints.endpoint import Endpoint
from tests.kit.asking import message

CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
HISTORY = [
    message("system", "be kind"),
    message("user", "one"),
    message("user", "two", name="ann"),
    message("assistant", "wait", tool_calls=json.dumps([CALL])),
    message("tool", "42", tool_call_id="c1"),
    message("system", "be brief"),
    message("user", "three"),
]


def said(**how: Any) -> list[tuple[str, str]]:
    return [(m["role"], m["content"]) for m in to_chat(HISTORY, **how)]


def test_system_messages_are_folded_into_the_next_user_message() -> None:
    assert said(system_role="fold") == [
        ("user", "be kind\n\none"),
        ("user", "two"),
        ("assistant", "wait"),
        ("tool", "42"),
        ("user", "be brief\n\nthree"),
    ]
    assert said(system="new", system_role="fold")[0] == ("user", "new\n\none")
    assert to_chat([message("system", "alone")], system_role="fold") == [
        {"role": "user", "content": "alone"}
    ]


def test_system_messages_are_dropped() -> None:
    assert {role for role, _ in said(system_role="drop")} == {"user", "assistant", "tool"}


def test_turns_are_taken() -> None:
    call = json.dumps(CALL["function"])
    assert said(merge_turns=True) == [
        ("system", "be kind"),
        ("user", "one\n\ntwo"),
        ("assistant", f"wait\n\n{call}"),
        ("user", "42\n\nbe brief\n\nthree"),
    ]
    assert [m.keys() for m in to_chat(HISTORY, merge_turns=True)] == [{"role", "content"}] * 4
    both = said(merge_turns=True, system_role="fold")
    assert [role for role, _ in both] == ["user", "assistant", "user"]
    assert both[0] == ("user", "be kind\n\none\n\ntwo")


def test_they_are_part_of_what_a_checkpoint_is() -> None:
    plain = Endpoint(name="a", url="http://h/v1", model="m")
    for how in ({"system_role": "fold"}, {"system_role": "drop"}, {"merge_turns": True}):
        assert plain.model_copy(update=how).options() != plain.options()
    with pytest.raises(ValidationError, match="would leave out"):
        Endpoint(name="a", url="http://h/v1", model="m", system="x", system_role="drop")
