"""Reading a dialogue, and telling thoughts from what was said."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.messages.dialogue import PROBLEMS, Reading, read_messages
from logminer.messages.text import text_of
from logminer.messages.thoughts import Split, split_thoughts

ASK = {"role": "user", "content": "hello"}


@pytest.mark.parametrize(
    ("text", "thoughts", "response"),
    [
        ("plain", None, "plain"),
        ("<think>a</think>b", "a", "b"),
        ("\n<THINK>\na\n</Think>\n\nb ", "a", "b"),
        ("<thinking>a</thinking>b", "a", "b"),
        ("<think>a</think>b<think>c</think>d", "a\n\nc", "bd"),
        ("<think></think>b", None, "b"),
        ("<think>never closed", "never closed", ""),
        ("<think>a</think><think>never closed", "a\n\nnever closed", ""),
        ("opened in the prompt\n</think>\nb", "opened in the prompt", "b"),
        ("write <think>x</think> like this", None, "write <think>x</think> like this"),
        ("close it with </think> at the end", None, "close it with </think> at the end"),
        ("", None, ""),
    ],
)
def test_thoughts_are_split_only_where_a_text_begins_with_them(text, thoughts, response):
    assert split_thoughts(text) == Split(thoughts, response)


@given(st.text())
def test_splitting_what_was_said_again_changes_nothing(text):
    said = split_thoughts(text).response
    if split_thoughts(text).thoughts is None:
        assert split_thoughts(said).thoughts is None


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


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (True, "true"),
        (3, "3"),
        (3.0, "3"),
        (0.1, "0.1"),
        (float("nan"), None),
        (float("inf"), "inf"),
        (Decimal("1.50"), "1.5"),
        (Decimal("100"), "100"),
        (Decimal("1e3"), "1000"),
        (Decimal("1" * 37 + "0"), "1" * 37 + "0"),
        ("Abc", "Abc"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (b"\xff", None),
    ],
)
def test_cells_as_text(value, text):
    assert text_of(value) == text
