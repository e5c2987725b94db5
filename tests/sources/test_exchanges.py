"""Which calls go on with each other."""

from __future__ import annotations

import json

from logminer.messages.dialogue import read_messages
from logminer.sources.exchanges import dialogue_of, longest
from tests.kit.calls import ai, calling, tool, user


def kept(*dialogues: object) -> list[int]:
    return longest(list(enumerate(dialogues)))


def test_the_longest_of_those_that_go_on_with_each_other():
    first, answer, second = user("a"), ai("b"), user("c")
    assert kept([first, answer], [first, answer, second, ai("d")]) == [1]
    assert kept([first, answer, second, ai("d")], [first, answer]) == [0]
    assert kept([first, ai(" b\n")], [first, answer, second, ai("d")]) == [1]
    assert kept([first, answer], [first, answer]) == [0]  # told by two layers of one application


def test_what_branches_off_is_another():
    asked = [user("a")]
    assert kept([*asked, ai("b")], [*asked, ai("other")]) == [0, 1]  # an answer made anew
    assert kept([*asked, ai("b")], [*asked, ai("B"), user("c"), ai("d")]) == [0, 1]
    one, other = [{"role": "system", "content": "x"}, *asked, ai("b")], [*asked, ai("b"), user("c")]
    assert kept(one, other) == [0, 1]
    assert kept([*asked, calling("f")], [*asked, calling("g"), tool("1"), ai("b")]) == [0, 1]
    assert kept(
        [*asked, calling("f")], [*asked, calling("f", "other"), tool("1", "other"), ai("b")]
    ) == [1]


def test_who_got_no_answer_is_gone_on_with_by_who_asks_again():
    asked = [user("a")]
    failed = dialogue_of(asked, None, "error")
    assert kept(failed, [*asked, ai("b")]) == [1]
    assert kept(failed, asked) == [0]
    assert kept(failed, [user("other"), ai("b")]) == [0, 1]


def test_what_cannot_be_read_is_never_lost():
    asked = [user("a"), ai("b")]
    assert kept(None, asked, "no list", None) == [0, 1, 2, 3]


def said(request: object, reply: object) -> list[tuple[object, ...]]:
    read = read_messages(dialogue_of(request, reply)).messages or []
    return [(m["role"], m["content"], m["thoughts"]) for m in read]


def test_requests_and_replies_of_many_makers():
    wanted = [("system", "Be kind.", None), ("user", "Hi", None), ("assistant", "Hello.", "Greet.")]
    think = {"type": "thinking", "thinking": "Greet.", "signature": "x"}
    anthropic = {"type": "message", "role": "assistant", "stop_reason": "end_turn"}
    anthropic["content"] = [think, {"type": "text", "text": "Hello."}]
    assert said({"system": "Be kind.", "messages": [user("Hi")]}, anthropic) == wanted
    reasoning = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Greet."}]}
    message = {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "Hello."}],
    }
    response = {"object": "response", "status": "completed", "output": [reasoning, message]}
    assert said({"instructions": "Be kind.", "input": "Hi"}, response) == wanted
    assert said({"instructions": "Be kind.", "input": [user("Hi")]}, [reasoning, message]) == wanted
    google = {
        "systemInstruction": {"parts": [{"text": "Be kind."}]},
        "contents": [{"parts": [{"text": "Hi"}]}],
    }
    parts = [{"text": "Greet.", "thought": True}, {"text": "Hello."}]
    assert said(google, {"candidates": [{"content": {"role": "model", "parts": parts}}]}) == wanted
    openai = {
        "choices": [{"message": ai("Hello.", reasoning_content="Greet."), "finish_reason": "stop"}]
    }
    assert said([{"role": "system", "content": "Be kind."}, user("Hi")], openai) == wanted
    langchain = [[{"role": "system", "content": "Be kind."}, user("Hi")]]
    assert said(langchain, "<think>Greet.</think>Hello.") == wanted
    prompt = {"system": "Be kind.", "prompt": "Hi"}  # Vercel's
    assert said(prompt, ai("<think>Greet.</think>Hello.")) == wanted


def test_of_a_reply_that_is_the_whole_dialogue_what_it_adds_is_the_answer():
    """As LangGraph's state: what was sent stands in it, behind what a memory holds."""
    human = {"type": "human", "content": "Hi", "additional_kwargs": {}}
    hello = {"type": "ai", "content": "Hello.", "additional_kwargs": {}}
    sent = {"messages": [{"role": "user", "content": "Hi"}]}
    wanted = [("user", "Hi", None), ("assistant", "Hello.", None)]
    assert said(sent, {"messages": [human, hello]}) == wanted
    before = {**hello, "content": "No."}
    assert said(sent, json.dumps({"messages": [human, before, human, hello]})) == wanted
    assert said(sent, {"messages": [hello, human]}) == wanted[:1]
    other = json.dumps({"messages": [{"role": "user", "content": "an example"}]})
    assert said(sent, other)[1] == ("assistant", other, None)


def test_json_that_a_model_wrote_is_what_it_said():
    for text in (
        '{"message": "no"}',
        '{"content": "x", "n": 1}',
        '[{"a": 1}]',
        "[1, 2]",
        '{"output": "x"}',
    ):
        assert said("Hi", text) == [("user", "Hi", None), ("assistant", text, None)]


def test_what_a_log_hides_is_not_taken_for_words():
    assert read_messages(dialogue_of([user("__REDACTED__")], "x")).problem == "null_content"
    assert said([user("Hi")], ai("redacted-by-litellm"))[1] == ("assistant", None, None)
