"""A scripted checkpoint is a function of the prompt."""

from __future__ import annotations

from logminer.checkpoints.base import Sampling
from logminer.checkpoints.scripted import Scripted
from tests.kit.asking import PSEUDONYMS, answers_of, ask, prompt


def test_scripted_is_a_function_of_the_prompt() -> None:
    script = Scripted(name="s", replies=("a", "b {prompt}", "c"), fail_every=4, thoughts="hm")
    prompts = [prompt(f"t{i}", 2) for i in range(200)]
    answerer = script.open(Sampling(samples=2), PSEUDONYMS)
    answers = answers_of(answerer, prompts)
    assert answers == [answers_of(answerer, [p])[0] for p in prompts]
    failed = [row for row in answers if row[0].error]
    assert {a.error for row in failed for a in row} == {"scripted"}
    assert 25 < len(failed) < 80
    for p, row in zip(prompts, answers, strict=True):
        if not row[0].error:
            assert {a.thoughts for a in row} == {"hm"}
            assert row[0].response != row[1].response
            assert {a.response for a in row} <= {"a", f"b {p.messages[-1]['content']}", "c"}
    assert ask(Scripted(name="s"), "x")[0].response == ask(Scripted(name="s"), "y")[0].response
    assert not script.own_process
