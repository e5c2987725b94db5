"""Telling thoughts from what was said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.messages.thoughts import Split, split_thoughts


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
        ("<think>a</think>b<think>c</think>d", "a\n\nc", "bd"),
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
        # About such tags, not marked by them.
        ("write <think>x</think> like this", None, "write <think>x</think> like this"),
        ("close it with </think> at the end", None, "close it with </think> at the end"),
        ("close it with `</think>`.", None, "close it with `</think>`."),
        ("the tag is called </think>.", None, "the tag is called </think>."),
        ("```\nhm\n</think>\n```", None, "```\nhm\n</think>\n```"),
        ("analysis of bread", None, "analysis of bread"),
        ("", None, ""),
    ],
)  # fmt: skip
def test_thoughts_are_split_only_where_a_text_is_marked_by_them(text, thoughts, response):
    assert split_thoughts(text) == Split(thoughts, response)


def test_a_call_in_harmony_is_neither_thought_nor_said():
    head = "<|channel|>analysis<|message|>a<|end|><|start|>assistant"
    found = split_thoughts(
        f"{head}<|channel|>commentary to=functions.f <|constrain|>json<|message|>{{}}<|call|>"
    )
    assert found[:2] == ("a", "")
    assert [call["function"] for call in found.calls] == [{"name": "f", "arguments": "{}"}]


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
