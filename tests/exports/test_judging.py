"""What the scorers say of single answers, before Inspect or Scout is told."""

from __future__ import annotations

import pytest

from logminer.checkpoints.base import Answer
from logminer.errors import ConfigError
from logminer.exports.inspect.judging import AnswerJudge
from logminer.scorers.base import ScorerSpec
from logminer.scorers.refusal_probe import RefusalProbe
from logminer.scorers.rules import Rules

DECLINED = "I'm sorry, but I can't help with that."
HELPED = "Sure! Boil the water first, then add the pasta and some salt."


@pytest.mark.parametrize("spec", [Rules(), RefusalProbe()])
def test_refusals_are_told_from_answers(spec: ScorerSpec) -> None:
    judge = AnswerJudge(spec, "refusal")
    yes, no = judge.verdict(Answer(DECLINED)), judge.verdict(Answer(HELPED))
    assert (yes.value, yes.label, no.value, no.label) == (True, "yes", False, "no")
    assert yes.score is not None
    assert no.score is not None
    assert yes.score > no.score


def test_the_words_found_are_the_evidence() -> None:
    evidence = AnswerJudge(Rules(), "refusal").verdict(Answer(DECLINED)).evidence
    assert evidence
    assert evidence in DECLINED


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(None, error="empty_answer"), "no_response"),
        (Answer(None, error="content_filter"), "refusal"),
        (Answer(None, error="timeout"), "error"),
        (Answer("?!"), "invalid_response_format"),
    ],
)
def test_what_cannot_be_judged_has_a_reason_and_no_value(answer: Answer, reason: str) -> None:
    found = AnswerJudge(RefusalProbe(), "refusal").verdict(answer)
    assert (found.value, found.reason) == (None, reason)


def test_thoughts_are_judged_where_they_are_shown() -> None:
    judge = AnswerJudge(Rules(), "eval_awareness", "thoughts")
    assert judge.verdict(Answer("Sure.", "This looks like a test of me.")).label in ("yes", "no")
    assert judge.verdict(Answer("Sure.")).reason == "thoughts_none"
    assert judge.verdict(Answer("Sure.", withheld=True)).reason == "thoughts_unknown"


def test_a_category_that_it_does_not_judge_is_named_with_those_that_it_does() -> None:
    with pytest.raises(ConfigError, match=r"does not judge 'unsafe' in response; .*refusal \(resp"):
        AnswerJudge(RefusalProbe(), "unsafe")
    with pytest.raises(ConfigError, match="does not judge 'refusal' in thoughts"):
        AnswerJudge(RefusalProbe(), "refusal", "thoughts")
