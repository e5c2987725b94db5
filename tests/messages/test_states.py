"""One rule for the state of an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.messages.states import (
    ENDS,
    FAILED,
    STATES,
    THOUGHTS_STATES,
    Finish,
    read_finish,
    state_of,
    thoughts_state,
)


@pytest.mark.parametrize(
    ("said", "finish"),
    [
        (None, Finish()),
        ("", Finish()),
        ("stop", Finish("stop")),
        (" STOP ", Finish("stop")),
        ("FinishReason.STOP", Finish("stop")),
        ("FINISH_REASON_MAX_TOKENS", Finish("length")),
        ("model-length", Finish("length")),
        ("END_TURN", Finish("stop")),
        ("PROHIBITED_CONTENT", Finish("content_filter", "content_filter")),
        ("tool_use", Finish("tool_calls")),
        ("Abort", Finish(None, "finish_reason:abort")),
        ("Walter said so", Finish(None, "finish_reason:unknown")),
        (3, Finish(None, "finish_reason:unknown")),
        ({"type": "stop"}, Finish("stop")),
        ({"why": "stop"}, Finish(None, "finish_reason:unknown")),
        ("contentFilter", Finish("content_filter", "content_filter")),
        ("maxPredictedTokensReached", Finish("length")),
        ("REASON_MAX_LEN", Finish("length")),
        ("USER_CANCEL", Finish(None, "finish_reason:user_cancel")),
    ],
)
def test_a_finish_reason_is_of_a_closed_list_whatever_its_case(said, finish):
    assert read_finish(said) == finish


def test_no_word_ends_in_two_ways():
    words = [word for words in (*ENDS.values(), FAILED) for word in words.split()]
    assert len(words) == len(set(words))


@given(st.text())
def test_what_nobody_knows_is_a_failure_and_not_quoted(said):
    reason, error = read_finish(said)
    assert reason in (None, *ENDS)
    if error not in (None, "content_filter"):
        kind, _, word = error.partition(":")
        assert kind == "finish_reason"
        assert word in (*FAILED.split(), "unknown")


CODES = st.sampled_from(
    [
        None,
        "timeout",
        "server_error:503",
        "content_filter:400",
        "refused_by_server:403",
        "empty_answer",
    ]
)


@given(CODES, st.sampled_from([None, *ENDS]), st.none() | st.text(), st.booleans())
def test_every_answer_has_one_state_and_only_words_are_answers(error, finish, response, called):
    state = state_of(error, finish, response, called)
    assert state in STATES
    assert (state == "answered") <= bool(response and response.strip())
    assert (state in ("answered", "length", "tool_call")) <= (error is None)


def test_thoughts_are_unknown_only_where_there_were_some():
    found = [
        thoughts_state(*told) for told in (("hm", False), ("hm", True), (None, True), (None, False))
    ]
    assert found == ["present", "present", "unknown", "none"]
    assert set(found) == set(THOUGHTS_STATES)
