"""The chat format: what is sent, and what is read of any answer."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from logminer.checkpoints.asking.chat import read_completion, to_chat
from tests.kit.asking import message

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["choices", "message", "content", "usage"]), inner)
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_shape_of_answer_raises(body: Any) -> None:
    for shape in (body, {"choices": body}, {"choices": [body]}, {"choices": [{"message": body}]}):
        answer = read_completion(shape, 0.0)
        assert (answer.error is None) == (answer.response is not None)


def test_tool_messages() -> None:
    calls = [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    history = [
        message("assistant", None, tool_calls=json.dumps(calls)),
        message("tool", "42", tool_call_id="c1"),
        message("tool", "43"),
        message("assistant", None, tool_calls="not [json"),
    ]
    assert to_chat(history) == [
        {"role": "assistant", "content": "", "tool_calls": calls},
        {"role": "tool", "content": "42", "tool_call_id": "c1"},
        {"role": "user", "content": "43"},
        {"role": "assistant", "content": ""},
    ]


def test_system_override_replaces_logged_system_messages() -> None:
    history = [message("system", "old"), message("user", "hi")]
    assert to_chat(history, "new") == [
        {"role": "system", "content": "new"},
        {"role": "user", "content": "hi"},
    ]


def test_logged_calls_that_are_nested_too_deep_are_left_out():
    calls = "[" * 100_000
    assert to_chat([message("assistant", "x", tool_calls=calls)]) == [
        {"role": "assistant", "content": "x"}
    ]
