"""The forms in which providers, exports and frameworks keep messages."""

from __future__ import annotations

import json
import time

import pytest

from logminer.messages.dialogue import Sign, read_messages
from logminer.messages.forms import there

USER = {"role": "user", "content": "q"}
CALL = {"name": "f", "arguments": '{"a": 1}'}
LINKED = [("user", "q"), ("assistant", ""), ("tool", "r"), ("assistant", "a")]


def turns(value):
    found = read_messages(value)
    assert found.problem is None
    return [(message["role"], message["content"] or "") for message in found.messages]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"type": "human", "data": {"content": "q"}}, {"type": "ai", "data": {"content": "a"}}),
        ({"lc": 1, "type": "constructor", "id": ["x", "HumanMessage"], "kwargs": {"content": "q"}},
         {"lc": 1, "type": "constructor", "id": ["x", "AIMessageChunk"], "kwargs": {"content": "a"}}),
        ({"type": "user", "message": {"role": "user", "content": "q"}},
         {"type": "assistant", "message": {"role": "assistant", "content": [{"type": "text", "text": "a"}]}}),
        ({"sender": "human", "text": "q", "content": []}, {"sender": "assistant", "text": "a", "content": []}),
        ({"role": "USER", "message": "q"}, {"role": "CHATBOT", "message": "a"}),
        ({"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["q"]}},
         {"author": {"role": "assistant"}, "content": {"content_type": "text", "parts": ["a"]}}),
        ({"role": "user", "content": [{"guardContent": {"text": {"text": "q"}}}]},
         {"role": "assistant", "content": [{"citationsContent": {"content": [{"text": "a"}]}}]}),
        ({"role": "user", "content": "", "parts": [{"type": "text", "text": "q"}]},
         {"role": "assistant", "content": "", "parts": [{"type": "step-start"}, {"type": "text", "text": "a"}]}),
        ({"role": "user", "content": [{"content_type": "audio_transcription", "text": "q"}]},
         {"role": "assistant", "content": "a", "thinking": False, "reasoning": 0}),
    ],
)  # fmt: skip
def test_a_message_of_any_form_is_read(first, second):
    assert turns([first, second]) == [("user", "q"), ("assistant", "a")]
    assert turns(json.dumps([first, second])) == [("user", "q"), ("assistant", "a")]


@pytest.mark.parametrize(
    "spoken",
    [
        [{"role": "assistant", "content": None, "tool_calls": [{"id": "1", "function": "f", "arguments": {"a": 1}}]},
         {"role": "tool", "content": "r"}],
        [{"role": "assistant", "content": "", "tool_calls": [{"id": "1", "name": "f", "args": {"a": 1}}]},
         {"role": "tool", "tool_call_id": "1", "content": "r"}],
        [{"role": "assistant", "tool_calls": json.dumps([{"id": "1", "function": CALL}])}, {"role": "tool", "content": "r"}],
        [{"type": "ai", "data": {"content": "", "additional_kwargs": {"tool_calls": [{"id": "1", "function": CALL}]}}},
         {"type": "tool", "data": {"content": "r", "tool_call_id": "1"}}],
        [{"type": "function_call", "call_id": "1", **CALL}, {"type": "function_call_output", "call_id": "1", "output": "r"}],
        [{"role": "model", "parts": [{"functionCall": {"name": "f", "args": {"a": 1}}}]},
         {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": "r"}}]}],
        [{"role": "assistant", "parts": [{"type": "tool-f", "toolCallId": "1", "input": {"a": 1}, "output": "r"}]}],
        [{"role": "assistant", "parts": [{"type": "tool-invocation", "toolInvocation":
            {"toolCallId": "1", "toolName": "f", "args": {"a": 1}, "result": "r"}}]}],
        [{"role": "assistant", "content": [{"toolUse": {"toolUseId": "1", "name": "f", "input": {"a": 1}}}]},
         {"role": "user", "content": [{"toolResult": {"toolUseId": "1", "content": [{"json": "r"}]}}]}],
        [{"author": {"role": "assistant"}, "recipient": "f", "content": {"content_type": "code", "text": '{"a": 1}'}},
         {"author": {"role": "tool"}, "content": {"content_type": "execution_output", "text": "r"}}],
    ],
)  # fmt: skip
def test_a_call_and_its_result_stay_together(spoken):
    found = read_messages([USER, *spoken, {"role": "assistant", "content": "a"}])
    assert [(m["role"], m["content"] or "") for m in found.messages] == LINKED
    [call] = json.loads(found.messages[1]["tool_calls"])
    assert (call["function"]["name"], json.loads(call["function"]["arguments"])) == ("f", {"a": 1})
    assert found.messages[2]["tool_call_id"] == call["id"]


def test_results_without_ids_answer_the_calls_of_their_names_or_the_next():
    calls = [{"function": {"name": name, "arguments": "{}"}} for name in ("f", "g", "h")]
    results = [{"role": "tool", "name": name, "content": name or ""} for name in ("g", None, "h")]
    called, *answered = read_messages(
        [USER, {"role": "assistant", "content": None, "tool_calls": calls}, *results]
    ).messages[1:]
    ids = {call["function"]["name"]: call["id"] for call in json.loads(called["tool_calls"])}
    assert [one["tool_call_id"] for one in answered] == [ids["g"], ids["f"], ids["h"]]


def test_thoughts_kept_apart_from_what_was_said_are_of_one_message():
    sealed = {"type": "reasoning", "summary": [], "encrypted_content": "QQ"}
    told = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "t"}]}
    said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a"}]}  # fmt: skip
    for thought, thoughts, signs in (
        (told, "t", []),
        (sealed, None, [Sign(1, None, None, True)]),
    ):
        found = read_messages([USER, thought, said])
        assert [(m["content"], m["thoughts"]) for m in found.messages[1:]] == [("a", thoughts)]
        assert found.signs == signs


@pytest.mark.parametrize(
    "sealed",
    [
        {"content": "a", "reasoning": '[{"type": "redacted_thinking", "data": "BLOB"}]'},
        {"content": [{"text": "a", "thoughtSignature": "BLOB"}]},
        {"content": [{"reasoningContent": {"redactedContent": b"\xff"}}, {"text": "a"}]},
        {"content": [{"type": "redacted_reasoning", "data": "BLOB"}, {"type": "text", "text": "a"}]},
        {"content": [{"type": "reasoning", "reasoning": "BLOB", "redacted": True}, {"type": "text", "text": "a"}]},
    ],
)  # fmt: skip
def test_what_is_sealed_is_no_text_wherever_it_stands(sealed):
    found = read_messages([USER, {"role": "assistant", **sealed}])
    assert [(m["content"], m["thoughts"]) for m in found.messages[1:]] == [("a", None)]
    assert found.signs == [Sign(1, None, None, True)]


def test_what_is_null_is_not_there_as_in_parquet_where_every_record_has_every_field():
    part = {
        "type": None,
        "text": None,
        "functionCall": {"name": None, "args": {"a": None}},
        "toolResult": {"toolUseId": None, "content": None},
        "image": {"source": {"bytes": None}},
        "reasoningContent": {"reasoningText": {"text": None, "signature": None}},
        "thought": None,
    }
    nulls = {"tool_calls": None, "function_call": {"name": None, "arguments": None}}
    said = [
        {"role": "user", "content": [{**part, "text": "q"}], **nulls},
        {"role": "assistant", "content": [{**part, "text": "a"}], **nulls},
    ]
    found = read_messages(said)
    assert [m | {"role": None, "content": None} for m in found.messages] == [
        dict.fromkeys(found.messages[0])
    ] * 2
    assert turns(said) == [("user", "q"), ("assistant", "a")]
    assert there({"input": {"a": None}, "name": "f"}) == {"input": {"a": None}, "name": "f"}


def test_what_is_sent_beside_a_text_is_marked():
    asked = {**USER, "images": ["QUJD"], "files": [{"file_name": "f"}]}
    assert turns([asked]) == [("user", "q\n[image]\n[file]")]


def test_dialogues_of_many_pieces_are_read_in_a_moment():
    many = 20_000
    called = {"role": "assistant", "tool_calls": [{"function": CALL}] * many}
    thinking = {"role": "assistant", "content": "", "thinking": "t"}
    began = time.process_time()
    found = read_messages([USER, called, *[{"role": "tool", "content": "r"}] * many])
    assert len({message["tool_call_id"] for message in found.messages[2:]}) == many
    assert len(read_messages([USER, *[thinking] * many]).messages) == 2
    parts = [{"type": "thinking", "thinking": str(i)} for i in range(many)]
    assert read_messages([USER, {"role": "assistant", "content": parts}]).problem is None
    assert time.process_time() - began < 10
