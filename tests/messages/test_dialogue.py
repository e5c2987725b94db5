"""Reading a dialogue."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from logminer.messages.dialogue import PROBLEMS, Reading, Sign, read_messages, strange_roles
from logminer.messages.roles import Roles

ASK = {"role": "user", "content": "hello"}


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (None, "null_messages"),
        ([], "empty_conversation"),
        ("[]", "empty_conversation"),
        ("{not json", "bad_messages"),
        ('{"role": "user"}', "bad_messages"),
        ("[" * 100_000, "bad_messages"),
        ([None], "bad_messages"),
        (["text"], "bad_messages"),
        ([{"role": "user", "content": 3}], "bad_messages"),
        (b"", "bad_messages"),
        ([ASK, {"role": "assistant", "content": "x", "thoughts": b"\xff"}], "bad_messages"),
        ([ASK | {"name": b"\xff"}], "bad_messages"),
        ([{"role": "user", "content": ["x", {"type": "text", "text": b"\xff"}]}], "bad_messages"),
        ([{"role": "moderator", "content": "x"}], "unknown_role"),
        ([{"role": None, "content": "x"}], "unknown_role"),
        ([{"content": "x"}], "unknown_role"),
        ([{"role": "assistant", "content": "x"}], "no_user_message"),
        ([{"role": "user", "content": None}], "null_content"),
        ([{"role": "user", "content": " \n"}], "empty_conversation"),
    ],
)
def test_what_cannot_be_read_has_a_problem_of_the_closed_list(value, problem):
    assert read_messages(value) == Reading(None, problem)
    assert problem in PROBLEMS


@pytest.mark.parametrize(
    ("role", "ours"),
    [
        ("human", "user"),
        ("User", "user"),
        ("gpt", "assistant"),
        ("model", "assistant"),
        ("bot", "assistant"),
        ("developer", "system"),
        ("function", "tool"),
    ],
)
def test_roles_of_other_tools_are_mapped(role, ours):
    messages = read_messages([{"role": role, "content": "x"}, ASK]).messages
    assert messages is not None
    assert messages[0]["role"] == ours


def test_json_text_reads_as_the_list_it_holds():
    value = [ASK, {"role": "assistant", "content": "<think>hm</think>hi"}]
    assert read_messages(json.dumps(value)) == read_messages(value)
    messages = read_messages(value).messages
    assert messages is not None
    assert (messages[1]["content"], messages[1]["thoughts"]) == ("hi", "hm")


def test_parts_are_joined_and_reasoning_parts_are_thoughts():
    parts = [
        {"type": "thinking", "thinking": "hm"},
        {"type": "text", "text": "a"},
        {"type": "image_url", "image_url": {"url": "x"}},
        "b",
    ]
    messages = read_messages([ASK, {"role": "assistant", "content": parts}]).messages
    assert messages is not None
    assert (messages[1]["content"], messages[1]["thoughts"]) == ("a\n[image]\nb", "hm")


def test_null_content_is_fine_where_tools_are_called():
    call = {"id": "1", "function": {"name": "f", "arguments": "{}"}}
    value = [
        ASK,
        {"role": "assistant", "content": None, "tool_calls": [call], "reasoning_content": "hm"},
        {"role": "tool", "content": None, "tool_call_id": "1", "name": "f"},
    ]
    messages = read_messages(value).messages
    assert messages is not None
    _, called, result = messages
    assert called["content"] is None
    assert called["thoughts"] == "hm"
    assert json.loads(called["tool_calls"] or "") == [call]
    assert (result["content"], result["tool_call_id"], result["name"]) == ("", "1", "f")


def test_lone_surrogates_of_json_become_text_that_can_be_written():
    messages = read_messages('[{"role": "user", "content": "a\\ud800b"}]').messages
    assert messages is not None
    assert (messages[0]["content"] or "").encode() == "a\N{REPLACEMENT CHARACTER}b".encode()


# --- other formats ----------------------------------------------------------------------------------------------------


def said(*messages):
    """What each message says, less what is null."""
    found = read_messages(json.dumps(messages))
    assert found.problem is None
    return [{k: v for k, v in one.items() if v is not None} for one in found.messages]


def test_calls_and_results_of_tools_inside_messages_become_calls_and_messages():
    found = said(
        ASK,
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "t1", "name": "look", "input": {"where": "there"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "bread"}]},
                {"type": "text", "text": "And now?"},
            ],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t2", "content": "salt"}]},
    )  # fmt: skip
    [call] = json.loads(found[1].pop("tool_calls"))
    assert (call["id"], call["function"]) == (
        "t1",
        {"name": "look", "arguments": '{"where": "there"}'},
    )
    assert found == [
        ASK,
        {"role": "assistant", "content": "I look."},
        {"role": "tool", "content": "bread", "tool_call_id": "t1"},
        {"role": "user", "content": "And now?"},
        {"role": "tool", "content": "salt", "tool_call_id": "t2"},
    ]


@pytest.mark.parametrize(
    "call",
    [
        {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
        {"from": "function_call", "value": '{"name": "f", "arguments": {}}'},
        {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {}}}]},
        {"role": "assistant", "content": [{"toolUse": {"name": "f", "input": {}}}]},
        {"role": "assistant", "content": [{"type": "tool-call", "toolName": "f", "args": {}}]},
    ],
)
def test_a_call_without_an_id_gets_one_by_which_its_result_is_told(call):
    found = said(ASK, call, {"role": "function", "name": "f", "content": "1"})
    [made] = json.loads(found[1]["tool_calls"])
    assert made["function"] == {"name": "f", "arguments": "{}"}
    assert "content" not in found[1] or not found[1]["content"]
    assert found[2]["tool_call_id"] == made["id"]


@pytest.mark.parametrize(
    ("role", "ours"),
    [("prompter", "user"), ("AI", "assistant"), ("ipython", "tool"), ("Observation ", "tool"), ("chatgpt", "assistant"),
     ("tool-result", "tool")],
)  # fmt: skip
def test_roles_of_more_tools(role, ours):
    for key in ("role", "from", "sender", "type"):
        assert said(ASK, {key: role, "content": "x"})[1]["role"] == ours


def test_a_dump_may_say_what_its_roles_are():
    dialogue = [
        {"role": "Customer", "content": "q"},
        {"role": "agent", "content": "<think>t</think>a"},
    ]
    assert read_messages(dialogue).problem == "unknown_role"
    assert strange_roles(dialogue) == ["customer", "agent"]
    found = read_messages(dialogue, {"customer": "user", "agent": "assistant"})
    assert [(m["role"], m["content"]) for m in found.messages] == [
        ("user", "q"),
        ("assistant", "a"),
    ]


def test_a_role_cannot_be_two():
    roles = TypeAdapter(Roles)
    assert roles.validate_python({"Agent ": "user"}) == {"agent": "user"}
    with pytest.raises(ValidationError, match="two roles"):
        roles.validate_python({"Agent": "user", "agent": "assistant"})


def test_images_and_files_are_marked_and_are_no_words():
    image, file = (
        {"type": "input_image", "image_url": "data:,"},
        {"type": "file", "file": {"file_id": "f"}},
    )
    [asked] = said(
        {"role": "user", "content": [image, {"type": "text", "text": "What is it?"}, file]}
    )
    assert asked["content"] == "[image]\nWhat is it?\n[file]"
    assert read_messages([{"role": "user", "content": [image]}]).problem == "empty_conversation"
    [google] = said(
        {
            "role": "user",
            "parts": [{"text": "q"}, {"inlineData": {"mimeType": "image/png", "data": "eA"}}],
        }
    )
    assert google["content"] == "q\n[image]"


def test_what_is_known_of_a_logged_answer_beside_its_text():
    sealed = {"type": "redacted_thinking", "data": "RXZh"}
    found = read_messages(
        [
            ASK,
            {"role": "assistant", "content": [sealed, {"type": "text", "text": "a"}]},
            ASK,
            {"role": "assistant", "content": "half", "stop_reason": "max_tokens"},
            ASK,
            {"role": "assistant", "content": "whole"},
        ]
    )
    assert found.signs == [Sign(1, None, None, True), Sign(3, "length", None, False)]


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["role", "content", "type", "text", "parts", "thinking", "reasoning", "tool_calls", "refusal", "toolUse",
             "summary", "data", "function_call", "audio", "toolResult", "inlineData", "thought", "stop_reason"]
        )
        | st.text(max_size=3),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(
    st.lists(st.dictionaries(st.just("role"), st.just("user"), min_size=1) | NESTED, max_size=3),
    NESTED,
)
def test_whatever_stands_there_is_messages_or_a_problem(items, content):
    for value in (
        content,
        items,
        [{"role": "assistant", "content": content}, ASK],
        [{"role": "user", "content": content}],
    ):
        found = read_messages(value)
        assert (found.messages is None) == (found.problem in PROBLEMS)
        for message in found.messages or ():
            assert all(text is None or isinstance(text, str) for text in message.values())


def test_what_is_nested_too_deep_is_a_problem_and_no_crash():
    deep = json.loads('{"a":' * 900 + "1" + "}" * 900)
    for message in (
        {"content": deep},
        {"content": "x", "tool_calls": deep},
        {"content": "x", "thinking": deep},
    ):
        found = read_messages([ASK, {"role": "assistant", **message}])
        assert found.problem in (None, "bad_messages")
