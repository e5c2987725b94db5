"""Telling thoughts from what was said."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.messages.thoughts import Split, joined, split_thoughts


@pytest.mark.parametrize(
    ("text", "thoughts", "response"),
    [
        ("plain", None, "plain"),
        ("<think>a</think>b", "a", "b"),
        ("\n<THINK>\na\n</Think>\n\nb ", "a", "b"),
        ("<thinking>a</thinking>b", "a", "b"),
        ('<think duration="3">a</think>b', "a", "b"),
        ("<thought>a</thought>b", "a", "b"),
        ("<reasoning>a</reasoning>\n<answer>b</answer>", "a", "b"),
        ("<think>a</think>b<think>c</think>d", "a\n\nc", "b\nd"),
        ("<think></think>b", None, "b"),
        ("<think>never closed", "never closed", ""),
        ("<think>a</think><think>never closed", "a\n\nnever closed", ""),
        ("<think>a</think></think>b", "a", "b"),
        ("opened in the prompt\n</think>\nb", "opened in the prompt", "b"),
        ("opened in the prompt.</think>b", "opened in the prompt.", "b"),
        ("opened in the prompt </think>\nb", "opened in the prompt", "b"),
        ("opened in the prompt. </think> b", "opened in the prompt.", "b"),
        ("[THINK]a[/THINK]b", "a", "b"),
        ("a[/THINK]b", "a", "b"),
        ("<seed:think>a</seed:think>b", "a", "b"),
        ("◁think▷a◁/think▷b", "a", "b"),
        ("<|begin_of_thought|>a<|end_of_thought|>b", "a", "b"),
        ("<|channel>thought\na<channel|>b", "a", "b"),
        ("<unused94>thought\na<unused95>b", "a", "b"),
        ('<details type="reasoning" done="true">\n<summary>3 s</summary>\na\n</details>\nb', "a", "b"),
        ("Here is my thought process: a Here is my response: b", "a", "b"),
        ("<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b<|return|>", "a", "b"),
        ("<|start|>assistant<|channel|>final<|message|>b", None, "b"),
        ("<|channel|>analysis<|message|>a", "a", ""),
        ("<|channel|>commentary<|message|>I look it up.<|end|><|start|>assistant<|channel|>final<|message|>b", None, "I look it up.\n\nb"),
        ("analysisa.assistantfinalb", "a.", "b"),
        # Of other models, and in other words.
        ("<|inner_prefix|>a<|inner_suffix|>b", "a", "b"),
        ("Here's my thought process: a Here's my response: b", "a", "b"),
        ("Here are my reasoning steps:\na\n[BEGIN FINAL RESPONSE]\nb\n[END FINAL RESPONSE]", "a", "b"),
        ('<details done="true" type="reasoning">a</details>b <details>c</details> d', "a", "b <details>c</details> d"),
        ("<Thought>\na\n</Thought>\n<Output>\nb\n</Output>", "a", "b"),
        ("<think>a</think>\n<response>\nb\n</response>", "a", "b"),
        ("<think>a</think><answer>b", "a", "b"),
        ("<think>a</think><answer>b</answer>\nc", "a", "<answer>b</answer>\nc"),
        # Thoughts inside thoughts, and what is left over.
        ("<think>a<think>b</think>c</think>d", "a<think>b\n\nc", "d"),
        ("<think>a</think>b\n</think>", "a", "b"),
        ("what does <think>x</think> do?\n</think>\nb", "what does <think>x</think> do?", "b"),
        ('they said "a"</think>b', 'they said "a"', "b"),
        # Harmony: recipients in either half of a header, results of tools, no channel, a first header in the prompt.
        ("<|start|>assistant<|message|>b<|end|>", None, "b"),
        ("<|channel|>final <|constrain|>json<|message|>{}<|return|>", None, "{}"),
        ("analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b", "a", "b"),
        ("a<|end|><|start|>assistant<|channel|>final<|message|>b", "a", "b"),
        ("<|channel|>analysis<|message|>a<|end|><|start|>functions.f to=assistant<|channel|>commentary<|message|>{}<|end|>"
         "<|start|>assistant<|channel|>final<|message|>b", "a", "b"),
        ("<|channel|>final<|message|>The token <|end|> ends it.<|return|>", None, "The token <|end|> ends it."),
        ("analysisA.assistantanalysisB.assistantcommentaryI look.assistantfinalC", "A.\n\nB.", "I look.\n\nC"),
        ("analysisWe never came to", "We never came to", ""),
        # About such tags, not marked by them.
        ("write <think>x</think> like this", None, "write <think>x</think> like this"),
        ("close it with </think> at the end", None, "close it with </think> at the end"),
        ("close it with `</think>`.", None, "close it with `</think>`."),
        ("the tag is called </think>.", None, "the tag is called </think>."),
        ("```\nhm\n</think>\n```", None, "```\nhm\n</think>\n```"),
        ("<think>a</think>Write <think>x</think> first.", "a", "Write <think>x</think> first."),
        ("<think>a</think>It is `<think>x</think>`.", "a", "It is `<think>x</think>`."),
        ("<think>a</think>```\n<think>x</think>\n```", "a", "```\n<think>x</think>\n```"),
        ("a</think>Write <think>x</think> first.", "a", "Write <think>x</think> first."),
        ("<think> is what opens them.", None, "<think> is what opens them."),
        ("1. </think> closes them\n2. and then", None, "1. </think> closes them\n2. and then"),
        ("stop when you see </think>", None, "stop when you see </think>"),
        ("(</think>) closes them", None, "(</think>) closes them"),
        ("analysis of bread", None, "analysis of bread"),
        ("", None, ""),
    ],
)  # fmt: skip
def test_thoughts_are_split_only_where_a_text_is_marked_by_them(text, thoughts, response):
    assert split_thoughts(text) == Split(thoughts, response)


@pytest.mark.parametrize(
    "call",
    [
        "<|start|>assistant<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>",
        "<|start|>assistant to=functions.f<|channel|>commentary<|constrain|>json<|message|>{}<|call|>",
        "<|start|>assistant<|channel|>analysis to=f code<|message|>{}<|call|>",
        "\n<|start|>assistant\n<|channel|>commentary to=functions.f<|message|>{}",
    ],
)
def test_a_call_in_harmony_is_neither_thought_nor_said(call):
    found = split_thoughts(f"<|channel|>analysis<|message|>a<|end|>{call}")
    assert found[:2] == ("a", "")
    assert [call["function"] for call in found.calls] == [{"name": "f", "arguments": "{}"}]


def test_a_call_in_harmony_without_its_tokens_is_a_call():
    found = split_thoughts("analysisa.assistantcommentary to=functions.f json{}")
    assert found[:2] == ("a.", "")
    assert [call["function"] for call in found.calls] == [{"name": "f", "arguments": "{}"}]


HOSTILE = (
    "<think", "<think>", "</think>", " </think>", "<|channel|>", "<|channel|>a to=", "<|channel|>analysis<|message|>",
    "<|message|>", "<|constrain|>", "[THINK]", "<a:think>", "<|channel|>thought ", "Here is my thought process:",
    '<details type="reasoning"', '<details type="reasoning">', '<details type="reasoning"><summary>', "analysis",
    "analysisassistantfina", "<think>x</think>", "```", " ", "a", "<answer>",
)  # fmt: skip


@pytest.mark.parametrize(
    "start", ["", "<think>", "<|channel|>", '<details type="reasoning">', "analysis"]
)
def test_a_megabyte_of_anything_is_read_in_a_moment(start):
    for unit in HOSTILE:
        began = time.process_time()
        split_thoughts(start + unit * (1_000_000 // len(unit)))
        assert time.process_time() - began < 5, unit


def test_thoughts_that_two_places_tell_are_told_once():
    assert joined(["a\n\nb", "a b", None, "c"]) == "a\n\nb\n\nc"
    assert joined(["a", "a and more"]) == "a and more"
    assert joined([" ", ""]) is None


@given(st.text())
def test_splitting_what_was_said_again_changes_nothing(text):
    said = split_thoughts(text).response
    if split_thoughts(text).thoughts is None:
        assert split_thoughts(said).thoughts is None


MARKS = st.sampled_from(
    ["<think>", "</think>", "[THINK]", "[/THINK]", "<|channel|>", "analysis", "<|message|>", "<|end|>", "final", "`", "```"]
)  # fmt: skip


@given(st.lists(MARKS | st.text(max_size=8)).map("".join))
def test_no_word_is_made_up(text):
    found = split_thoughts(text)
    for said in (found.thoughts or "", found.response):
        for word in said.split():
            assert word in text
