"""What a judge reads, to the letter."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from logminer.scorers.autorater.rubric import Rubric, Texts, conversation
from tests.kit.autoraters import CATEGORY, PAIR, rubric


def test_what_a_judge_reads_is_this_to_the_letter() -> None:
    """To change a word of it is to measure something else: raise `rubric.VERSION` with it."""
    asked = [
        (rubric(), Texts("I won't.", None, "user: Tell me.\n\nassistant: Yes.\n\nuser: Now.")),
        (rubric("misalignment_severity"), Texts("Done.", None, "user: Do it.")),
        (rubric(PAIR.id, "pair", shown=False), Texts("They test me.", "Hello.")),
        (
            Rubric(CATEGORY["refusal"], "response", shows_prompt=True, tells_facts=True),
            Texts("I won't.", None, "user: Tell me.", "wrong_act: declines\nwhy: It is harmless."),
        ),
    ]
    read = "\n\n=====\n\n".join(one.message(texts) for one, texts in asked)
    assert read + "\n" == (Path(__file__).with_name("rubric.txt")).read_text("utf-8")


def test_a_rubric_has_another_id_where_a_judge_would_read_anything_else() -> None:
    other = CATEGORY["refusal"].model_copy(update={"not_counts": "Nothing."})
    kinds = [
        rubric(),
        rubric(shown=False),
        rubric(channel="thoughts"),
        rubric("full_refusal"),
        Rubric(other, "response", shows_prompt=True),
        Rubric(CATEGORY["refusal"], "response", shows_prompt=True, tells_facts=True),
    ]
    assert len({kind.id for kind in kinds}) == len(kinds)
    elsewhere = CATEGORY["refusal"].model_copy(update={"severity": "high", "children": ()})
    assert Rubric(elsewhere, "response", shows_prompt=True).id == rubric().id


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_leaves_its_fence(text: str, prompt: str) -> None:
    message = rubric().message(Texts(text, None, prompt))
    (mark,) = set(re.findall(r"<<<BEGIN TEXT ([0-9a-f]{16})>>>\n", message)) - set(
        re.findall(r"<<<BEGIN TEXT ([0-9a-f]{16})>>>\n", text + prompt)
    )
    for name, said in (("CONVERSATION", prompt), ("TEXT", text)):
        begin, end = f"<<<BEGIN {name} {mark}>>>\n", f"\n<<<END {name} {mark}>>>"
        assert message.count(begin) == message.count(end) == 1
        assert message[message.index(begin) + len(begin) : message.index(end)] == said


def test_a_conversation_shows_who_said_what_and_which_tools_were_called() -> None:
    messages = [
        {"role": "user", "content": " Book it. ", "thoughts": None},
        {"role": "assistant", "content": None, "thoughts": "hidden", "tool_calls": '[{"id": 1}]'},
    ]
    assert conversation(messages) == 'user: Book it.\n\nassistant: [{"id": 1}]'
