"""Prompts to answers: each checkpoint's own, and those the log already holds.

Only the anonymised prompt is sent, and what comes back is raw until it has been anonymised here: nothing of it is
written before. An answer that cannot be anonymised keeps its row and loses its text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, NamedTuple

import pyarrow as pa
from pydantic import InstanceOf, SerializeAsAny

from logminer.checkpoints.base import Answer, Answerer, Checkpoint, Prompt, Sampling
from logminer.ids import planned_pseudonyms, response_id
from logminer.privacy.anonymiser import (
    Anonymised,
    Anonymiser,
    TextRequest,
    known_surrogates,
)
from logminer.privacy.options import AnonymiseOptions
from logminer.schemas import PROMPTS, RESPONSES, Table
from logminer.stage import Rows, Stage, Transform

__all__ = ["LOGGED", "Logged", "Replay"]

LOGGED = "logged"  # reserved name of the answer found in the log
CHUNK_ROWS = 128
UNANALYSED = "UNANALYSED"  # the redaction of a text that the anonymiser had to withhold


class Replay(Stage):
    """One checkpoint's answers to every prompt: a row for each sample, also where it failed.

    Attributes:
        checkpoint: who answers.
        sampling: how answers are drawn.
        anonymise: how what comes back is anonymised; as the prompts were.
        project: domain of the pseudonyms.
        key_id: names the key, so that another key is another fingerprint.
    """

    name: ClassVar[str] = "replay"
    version: ClassVar[int] = 2
    rows: ClassVar[Rows] = "1:n"
    input: ClassVar[Table] = PROMPTS
    output: ClassVar[Table] = RESPONSES
    chunk_rows: ClassVar[int | None] = CHUNK_ROWS

    checkpoint: SerializeAsAny[InstanceOf[Checkpoint]]
    sampling: Sampling
    anonymise: AnonymiseOptions
    project: str
    key_id: str

    @property
    def label(self) -> str:
        return f"{self.name}.{self.checkpoint.name}"

    @property
    def lane(self) -> str:
        return self.label if self.checkpoint.own_process else "cpu"

    def open(self) -> Transform:
        pseudonyms = planned_pseudonyms(self.project, self.key_id)
        return _Replayer(
            self.checkpoint.name,
            self.checkpoint.open(self.sampling, pseudonyms),
            self.anonymise.open(pseudonyms),
        )


class _Sample(NamedTuple):
    """One answer on its way to a row, with what anonymising it needs."""

    prompt_id: str
    number: int
    answer: Answer
    conversation_id: str
    language: str
    known: frozenset[str]


class _Replayer(NamedTuple):
    checkpoint: str
    answerer: Answerer
    anonymiser: Anonymiser

    def __call__(self, batch: pa.RecordBatch, /, **sides: pa.Table) -> pa.RecordBatch:
        rows = batch.to_pylist()
        prompts = [
            Prompt(row["prompt_id"], row["messages"], row["source_key"], row["content_key"])
            for row in rows
        ]
        answers = self.answerer.answer(prompts) if prompts else []
        samples = [
            _Sample(
                row["prompt_id"],
                index,
                answer,
                row["conversation_id"],
                row["language"],
                known_surrogates(row["messages"], row["redactions"]),
            )
            for row, given in zip(rows, answers, strict=True)
            for index, answer in enumerate(given)
        ]
        return _batch(list(self._rows(samples)))

    def _rows(self, samples: Sequence[_Sample]) -> Iterator[dict[str, Any]]:
        texts = {
            (place, field): TextRequest(text, s.conversation_id, s.language, s.known)
            for place, s in enumerate(samples)
            for field, text in (("response", s.answer.response), ("thoughts", s.answer.thoughts))
            if text is not None and s.answer.error is None
        }
        done = dict(zip(texts, self.anonymiser.texts(list(texts.values())), strict=True))
        for place, sample in enumerate(samples):
            fields = ("response", "thoughts")
            mine = {field: done[place, field] for field in fields if (place, field) in done}
            yield _row(self.checkpoint, sample, mine)


def _row(checkpoint: str, sample: _Sample, anonymised: dict[str, Anonymised]) -> dict[str, Any]:
    answer, error = sample.answer, sample.answer.error
    if any(r.entity_type == UNANALYSED for done in anonymised.values() for r in done.redactions):
        anonymised, error = {}, "anonymisation_failed"
    text = {field: done.text for field, done in anonymised.items()}
    redactions = [
        {"message_index": 0, "field": field, **redacted._asdict()}
        for field, done in anonymised.items()
        for redacted in done.redactions
    ]
    return {
        "response_id": response_id(sample.prompt_id, checkpoint, sample.number),
        "prompt_id": sample.prompt_id,
        "checkpoint": checkpoint,
        "sample_index": sample.number,
        "thoughts": text.get("thoughts"),
        "response": text.get("response"),
        "finish_reason": answer.finish_reason,
        "input_tokens": answer.input_tokens,
        "output_tokens": answer.output_tokens,
        "latency_s": answer.latency_s,
        "error": error,
        "redactions": redactions if error is None else None,
    }


class Logged(Stage):
    """The answers found in the log, as the checkpoint `logged`; a prompt without one is a row with an error."""

    name: ClassVar[str] = "replay"
    rows: ClassVar[Rows] = "1:1"
    input: ClassVar[Table] = PROMPTS
    output: ClassVar[Table] = RESPONSES

    @property
    def label(self) -> str:
        return f"{self.name}.{LOGGED}"

    def open(self) -> Transform:
        return _logged


def _logged(batch: pa.RecordBatch, /, **sides: pa.Table) -> pa.RecordBatch:
    return _batch([_logged_row(row) for row in batch.to_pylist()])


def _logged_row(prompt: dict[str, Any]) -> dict[str, Any]:
    answered = prompt["logged_response"] is not None
    return {
        "response_id": response_id(prompt["prompt_id"], LOGGED, 0),
        "prompt_id": prompt["prompt_id"],
        "checkpoint": LOGGED,
        "sample_index": 0,
        "thoughts": prompt["logged_thoughts"] if answered else None,
        "response": prompt["logged_response"],
        "error": None if answered else "no_logged_answer",
        "redactions": (prompt["logged_redactions"] or []) if answered else None,
    }


def _batch(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(rows, schema=RESPONSES.schema)
