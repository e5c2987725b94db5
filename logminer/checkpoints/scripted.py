"""Answers from a script: for trying a pipeline, and for tests that need a checkpoint without a model."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from pydantic import Field

from logminer.checkpoints.base import (
    Answer,
    Answerer,
    Generating,
    Given,
    Prompt,
    Sampling,
    answer_of,
)
from logminer.errors import Stopped
from logminer.ids import Pseudonyms
from logminer.messages.message import read_answer
from logminer.messages.states import Finish
from logminer.process import stopping
from logminer.spec import incidental

__all__ = ["Scripted"]

FIXED = "This is a scripted answer."


class Scripted(Generating):
    """Deterministic in the prompt's id, whatever the batch.

    Attributes:
        replies: which one answers is a hash of the prompt's id; the next sample takes the next. Where it acts, each of its
            messages takes the next, beginning with that one: put all calls into one reply where their order counts.
            `{prompt}` in a reply becomes the prompt's last message. Empty: one fixed answer.
        fail_every: one prompt in this many fails (by another hash of its id) with the error `scripted`.
        thoughts: given with every answer.
        latency_s: seconds each answer takes.
    """

    kind: Literal["scripted"] = "scripted"
    replies: tuple[str, ...] = ()
    fail_every: int | None = Field(None, ge=1)
    thoughts: str | None = None
    latency_s: float = incidental(0.0, ge=0)

    @property
    def own_process(self) -> bool:
        return False

    def open(self, sampling: Sampling, pseudonyms: Pseudonyms) -> Answerer:
        return _ScriptedAnswerer(self)


class _ScriptedAnswerer(NamedTuple):
    script: Scripted

    def answer(self, prompts: Sequence[Prompt]) -> Iterator[Given]:
        for place, prompt in enumerate(prompts):
            for sample in prompt.samples:
                if stopping.requested():
                    raise Stopped
                yield Given(place, sample, self._sample(prompt, sample))

    def _sample(self, prompt: Prompt, index: int) -> Answer:
        script = self.script
        if script.latency_s:
            time.sleep(script.latency_s)
        if script.fail_every and _number("fail", prompt.prompt_id) % script.fail_every == 0:
            return Answer(None, error="scripted")
        replies = script.replies or (FIXED,)
        reply = replies[(_number("reply", prompt.prompt_id) + index) % len(replies)]
        if "{prompt}" in reply:
            reply = reply.replace("{prompt}", prompt.messages[-1]["content"] or "")
        return answer_of(
            read_answer({"content": reply, "thoughts": script.thoughts}), Finish("stop")
        )


def _number(purpose: str, prompt_id: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{purpose}\0{prompt_id}".encode()).digest()[:8], "big")
