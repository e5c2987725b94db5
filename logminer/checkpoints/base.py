"""The protocol of a checkpoint: a description that opens into something that answers prompts."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, Self

from pydantic import Field

from logminer.ids import Pseudonyms
from logminer.spec import Spec, incidental

__all__ = ["ERRORS", "Answer", "Answerer", "Checkpoint", "Prompt", "Sampling", "request_seed"]

Message = dict[
    str, Any
]  # {role, content, thoughts, name, tool_calls, tool_call_id}, the last four mostly None
FinishReason = Literal["stop", "length", "content_filter", "tool_calls"]

# Closed list of what `responses.error` can hold; an HTTP status may follow, as in `server_error:503`.
ERRORS = (
    "no_logged_answer",
    "no_recorded_answer",
    "timeout",
    "connection",
    "rate_limited",
    "server_error",
    "refused_by_server",
    "malformed_answer",
    "empty_answer",
    "context_too_long",
    "content_filter",
    "anonymisation_failed",
    "scripted",
)


class Sampling(Spec):
    """How answers are drawn; each option has the meaning that OpenAI's chat API gives it."""

    temperature: float = Field(0.0, ge=0, le=2)
    top_p: float = Field(1.0, gt=0, le=1)
    max_new_tokens: int = Field(512, ge=1)
    samples: int = Field(1, ge=1)
    seed: int = 0
    timeout_s: float = incidental(120.0, gt=0)
    concurrency: int = incidental(32, ge=1)


class Prompt(NamedTuple):
    """One anonymised prompt. Recorded answers are matched by the keys, which are keyed hashes of the raw prompt."""

    prompt_id: str
    messages: list[Message]
    source_key: str | None
    content_key: str


class Answer(NamedTuple):
    """One sample, raw: it is anonymised by `replay` before it is written. `error` set means `response` is None."""

    response: str | None
    thoughts: str | None = None
    finish_reason: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    latency_s: float | None = None
    error: str | None = None


def request_seed(sampling: Sampling, prompt_id: str, sample: int) -> int:
    """Seed of one request, 31 bits.

    It differs from prompt to prompt: under one seed for all, a server draws the same noise for every prompt, their
    answers are no longer independent, and every interval is too narrow.
    """
    words = f"{sampling.seed}\0{prompt_id}\0{sample}".encode()
    return int.from_bytes(hashlib.sha256(words).digest()[:4], "big") >> 1


class Answerer(Protocol):
    """An opened checkpoint."""

    def answer(self, prompts: Sequence[Prompt]) -> list[list[Answer]]:
        """For each prompt, in order, its samples (at least one: a failure is an answer with an error)."""
        ...


class Checkpoint(Spec, ABC):
    """A model snapshot that answers prompts."""

    kind: str
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")

    @property
    def own_process(self) -> bool:
        """Whether it needs a process of its own (it waits for a server, or holds a model)."""
        return True

    @property
    def model_name(self) -> str | None:
        """What `checkpoints.model` shows."""
        return getattr(self, "model", None)

    def rooted(self, base: Path) -> Self:
        """The same checkpoint, its relative paths taken from `base`."""
        return self

    def check(self) -> None:
        """Fail early: raise SecretError, ModelError, SourceError or CheckpointError if it could not answer now."""

    @abstractmethod
    def open(self, sampling: Sampling, pseudonyms: Pseudonyms) -> Answerer:
        """Load or connect; called once for each worker."""
