"""Prompts, and a checkpoint asked."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

from logminer.checkpoints.base import Answer, Answerer, Checkpoint, Prompt, Sampling
from logminer.ids import Pseudonyms

__all__ = ["PSEUDONYMS", "answers_of", "ask", "closed_port", "message", "prompt"]


PSEUDONYMS = Pseudonyms(b"k" * 32, "test")


def message(role: str, content: str | None, **fields: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("thoughts", "name", "tool_calls", "tool_call_id"))
    return {"role": role, "content": content, **empty, **fields}


def prompt(text: str, samples: int = 1) -> Prompt:
    return Prompt(f"id of {text}", [message("user", text)], None, "key", range(samples))


def answers_of(answerer: Answerer, prompts: Sequence[Prompt]) -> list[list[Answer]]:
    """For each prompt, in order, its samples; none is missing or given twice."""
    found = {(place, sample): answer for place, sample, answer in answerer.answer(prompts)}
    assert found.keys() == {(i, s) for i, p in enumerate(prompts) for s in p.samples}
    return [[found[i, s] for s in p.samples] for i, p in enumerate(prompts)]


def ask(checkpoint: Checkpoint, *texts: str, **sampling: Any) -> list[Answer]:
    """The first sample of each."""
    answerer = checkpoint.open(Sampling(**sampling), PSEUDONYMS)
    return [row[0] for row in answers_of(answerer, [prompt(text) for text in texts])]


def closed_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/v1"
