"""What of a judge's answer counts: an object of the form, and nothing else."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.scorers.autorater.reply import PROBLEMS, locate, read_reply
from logminer.scorers.autorater.rubric import Form, ask_again
from logminer.scorers.base import LABELS
from tests.kit.autoraters import DEGREE, LABEL, PROSE, reply


@pytest.mark.parametrize("said", ["yes", "no", "unsure"])
@pytest.mark.parametrize(
    "frame", ["{}", "```json\n{}\n```", "<think>no no\n</think>\n{}\n", "  {}\n\n"]
)
def test_the_object_asked_for_is_read(said: str, frame: str) -> None:
    found = read_reply(frame.replace("{}", reply(label=said, evidence="so")), LABEL)
    assert (LABELS[found.said or 0], found.evidence, found.problem) == (said, "so", None)


UNFIT = {
    PROSE: "prose",
    "": "prose",
    "no": "prose",
    '"no"': "prose",
    "<think>label: no": "prose",
    "{": "malformed",
    '{"label": "no"}': "malformed",
    reply() + reply(): "malformed",
    f"Sure! {reply()}": "malformed",
    reply(label="No"): "malformed",
    reply(label="unparsable"): "malformed",
    reply(label=True): "malformed",
    reply(label=["no"]): "malformed",
    reply(label={"no": 1}): "malformed",
    reply(label=None): "malformed",
    reply(evidence=1): "malformed",
    reply(more=1): "malformed",
    '{"evidence": "", "reason": "", "label": "no", "label": "yes"}': "malformed",
    f"[{reply()}]": "malformed",
    "[" * 100_000: "prose",
    '{"a":' * 100_000: "malformed",
}


@pytest.mark.parametrize("text", UNFIT, ids=lambda text: text[:20])
def test_whatever_else_comes_is_a_problem_and_says_nothing(text: str) -> None:
    found = read_reply(text, LABEL)
    assert (found.said, found.problem) == (None, UNFIT[text])
    assert found.complaint
    assert read_reply(text, LABEL, cut_off=True).problem == "cut_off"
    assert not re.search(r"sorry|rate this", found.complaint)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(LABELS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("evidence", "reason", "label", "degree", "x"), JSON)
)


@given(FIELDS | JSON, st.sampled_from([LABEL, DEGREE]), st.booleans())
def test_nothing_but_an_object_of_the_form_becomes_a_label(
    value: Any, form: Form, cut_off: bool
) -> None:
    found = read_reply(json.dumps(value), form, cut_off=cut_off)
    fits = (
        isinstance(value, dict)
        and value.keys() == {"evidence", "reason", form.key}
        and isinstance(value["reason"], str)
        and (value["evidence"] is None or isinstance(value["evidence"], str))
        and type(value[form.key]) is (int if form.degrees else str)
        and value[form.key] in form.allowed
    )
    assert (found.said is not None) == fits == (found.problem is None)
    assert found.problem is None or found.problem in PROBLEMS


@given(st.text(alphabet=st.characters(exclude_characters="{"), max_size=200))
def test_prose_is_never_a_label(text: str) -> None:
    assert read_reply(text, LABEL).problem == "prose"


@given(st.text(max_size=40), st.text(max_size=20), st.text(max_size=40))
def test_evidence_is_found_where_it_stands(before: str, words: str, after: str) -> None:
    text = before + words + after
    span = locate(words, text)
    if words.split():
        assert span is not None
        assert text[span[0] : span[1]] == words
    else:
        assert span is None


def test_evidence_that_was_made_up_stands_nowhere() -> None:
    assert locate("never said", "What was said.") is None
    assert locate("two  words", "of two\nwords more") == (3, 12)


def test_asking_again_says_what_was_wrong_and_no_more() -> None:
    again = ask_again("the question", "x" * 9000, read_reply(PROSE, LABEL).complaint)
    assert [message["role"] for message in again] == ["user", "assistant", "user"]
    assert len(again[1]["content"]) == 2000
    assert "it is not one JSON object" in again[2]["content"]
