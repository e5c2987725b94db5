"""Prompts to answers: each checkpoint's own, and those the log already holds.

Only the anonymised prompt is sent, and what comes back is raw until it has been anonymised here: nothing of it is
written before. An answer that cannot be anonymised keeps its row and loses its text.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import pyarrow as pa
from pydantic import InstanceOf, SerializeAsAny

from logminer.checkpoints.base import (
    Answer,
    Answerer,
    Checkpoint,
    Prompt,
    Sampling,
    Taking,
    answer_of,
)
from logminer.errors import LogminerError
from logminer.ids import Pseudonyms, planned_pseudonyms, response_id
from logminer.messages.message import Spoken
from logminer.messages.states import Finish
from logminer.privacy.options import AnonymiseOptions
from logminer.privacy.requests import TextRequest, known_surrogates
from logminer.sampling.draw import Draw
from logminer.schemas import PROMPTS, RESPONSES, Table
from logminer.schemas.reserved import LOGGED
from logminer.stages.base import Rows, Stage, Transform, by_prompt, prompt_keys, whole

if TYPE_CHECKING:
    from logminer.privacy.anonymiser import Anonymised, Anonymiser

__all__ = ["Logged", "Replay", "Replayer"]

# Answers are anonymised and kept in lots: at most so many, or so old, are lost with a killed process, beside those in
# flight.
LOT_ROWS = 16
LOT_S = 2.0


class Replay(Stage):
    """One checkpoint's answers to every prompt drawn: a row for each sample, also where it failed.

    Attributes:
        checkpoint: who answers.
        sampling: how answers are drawn.
        anonymise: how what comes back is anonymised; as the prompts were.
        project: domain of the pseudonyms.
        key_id: names the key, so that another key is another fingerprint.
        draw: which prompts are asked; null: every one.
    """

    name: ClassVar[str] = "replay"
    version: ClassVar[int] = 5
    rows: ClassVar[Rows] = "1:n"
    input: ClassVar[Table] = PROMPTS
    output: ClassVar[Table] = RESPONSES

    checkpoint: SerializeAsAny[InstanceOf[Checkpoint]]
    sampling: Sampling
    anonymise: AnonymiseOptions
    project: str
    key_id: str
    draw: Draw | None = None

    def options(self) -> dict[str, Any]:
        return super().options() | {"checkpoint": self.checkpoint.answering()}

    @property
    def label(self) -> str:
        return f"{self.name}.{self.checkpoint.name}"

    @property
    def lane(self) -> str:
        return self.label if self.checkpoint.own_process else "cpu"

    @property
    def parts_at_once(self) -> int:
        return self.checkpoint.parts_at_once

    @property
    def resources(self) -> Mapping[str, float]:
        return self.checkpoint.resources

    def kin(self, anonymised: str) -> str:
        """Names what an answer depends on, given the fingerprint of the anonymised conversations.

        Which prompts are drawn, and of which turns, does not touch the answers to those that are.
        """
        return self.model_copy(update={"draw": None}).fingerprint(anonymised)

    def drawn(self, batch: pa.RecordBatch, pseudonyms: Pseudonyms) -> list[dict[str, Any]]:
        """The prompts of a part that are asked."""
        rows: list[dict[str, Any]] = batch.to_pylist()
        if self.draw is None:
            return rows
        return [row for row in rows if self.draw.takes(row, pseudonyms)]

    def wanted(self, drawn: Sequence[dict[str, Any]], kept: pa.Table) -> list[Prompt]:
        """The same prompts, each with the samples that are not among the rows kept."""
        there = set(kept["response_id"].to_pylist())
        return [
            Prompt(
                row["prompt_id"],
                row["messages"],
                row["source_key"],
                row["content_key"],
                [
                    sample
                    for sample in range(self.sampling.samples)
                    if self.response_id(row["prompt_id"], sample) not in there
                ],
            )
            for row in drawn
        ]

    def response_id(self, prompt_id: str, sample: int) -> str:
        """Id of one answer."""
        return response_id(prompt_id, self.checkpoint.name, sample)

    def open(self) -> Transform:
        from logminer.privacy.anonymiser import open_anonymiser

        pseudonyms = planned_pseudonyms(self.project, self.key_id)
        return Replayer(
            self,
            self.checkpoint.open(self.sampling, pseudonyms),
            open_anonymiser(self.anonymise, pseudonyms),
            pseudonyms,
        )


class _Sample(NamedTuple):
    """One answer on its way to a row, with what is needed to anonymise it."""

    prompt_id: str
    number: int
    answer: Answer
    conversation_id: str
    language: str
    known: frozenset[str]
    found: Sequence[dict[str, Any]]


class Replayer:
    """Opened `Replay`: asks, and anonymises what comes while more is awaited. Threads may share it."""

    def __init__(
        self, stage: Replay, answerer: Answerer, anonymiser: Anonymiser, pseudonyms: Pseudonyms
    ) -> None:
        self._stage, self._pseudonyms = stage, pseudonyms
        self._answerer, self._anonymiser = answerer, anonymiser
        self._turn = threading.Lock()  # the anonymiser serves one thread at a time

    def __call__(self, batch: pa.RecordBatch, /, **sides: pa.Table) -> pa.RecordBatch:
        return whole(self, RESPONSES, batch, **sides)

    def taken(self, batch: pa.RecordBatch, /) -> str | None:
        """See `base.FromRecorded`."""
        answerer = self._answerer
        return answerer.taken(prompt_keys(batch)) if isinstance(answerer, Taking) else None

    def gradually(
        self, batch: pa.RecordBatch, kept: pa.Table, /, **sides: pa.Table
    ) -> Iterator[pa.RecordBatch]:
        """Lots of answers, anonymised, as they come; see `base.Gradual`.

        Raises:
            CheckpointError: the checkpoint answers nobody; what it has answered was given before.
            Stopped: it was wished; what was in flight was given before.
        """
        rows = self._stage.drawn(batch, self._pseudonyms)
        prompts = self._stage.wanted(rows, kept)
        lot: list[_Sample] = []
        begun, problem = time.monotonic(), None
        answers = self._answerer.answer(prompts) if any(p.samples for p in prompts) else iter(())
        try:
            for place, number, answer in answers:
                row = rows[place]
                known = known_surrogates(row["messages"], row["redactions"])
                lot.append(
                    _Sample(
                        row["prompt_id"],
                        number,
                        answer,
                        row["conversation_id"],
                        row["language"],
                        known,
                        row["found"] or (),
                    )
                )
                if len(lot) >= LOT_ROWS or time.monotonic() > begun + LOT_S:
                    yield self._anonymised(lot)
                    lot, begun = [], time.monotonic()
        except LogminerError as error:
            problem = error
        if lot:
            yield self._anonymised(lot)
        if problem:
            raise problem

    def arranged(self, batch: pa.RecordBatch, rows: pa.Table, /) -> pa.RecordBatch:
        """In the order of the prompts and samples; see `base.Gradual`."""
        drawn = self._stage.drawn(batch, self._pseudonyms)
        return by_prompt(rows, (row["prompt_id"] for row in drawn))

    def _anonymised(self, samples: Sequence[_Sample]) -> pa.RecordBatch:
        texts = {
            (place, field): TextRequest(
                text,
                s.conversation_id,
                s.language,
                s.known,
                s.found,
                answer=self._stage.response_id(s.prompt_id, s.number),
            )
            for place, s in enumerate(samples)
            for field, text in (("response", s.answer.response), ("thoughts", s.answer.thoughts))
            if text is not None
        }
        with self._turn:
            found = self._anonymiser.texts(list(texts.values()))
        done = dict(zip(texts, found, strict=True))
        fields = ("response", "thoughts")
        return _batch(
            [
                _row(self._stage, s, {f: done[i, f] for f in fields if (i, f) in done})
                for i, s in enumerate(samples)
            ]
        )


def _row(stage: Replay, sample: _Sample, anonymised: dict[str, Anonymised]) -> dict[str, Any]:
    answer = sample.answer
    if any(one.withheld for one in anonymised.values()):
        anonymised, answer = {}, answer._replace(error="anonymisation_failed")
    text = {field: done.text for field, done in anonymised.items()}
    redactions = [
        {"message_index": 0, "field": field, **redacted._asdict()}
        for field, done in anonymised.items()
        for redacted in done.redactions
    ]
    return {
        "response_id": stage.response_id(sample.prompt_id, sample.number),
        "prompt_id": sample.prompt_id,
        "checkpoint": stage.checkpoint.name,
        "sample_index": sample.number,
        "thoughts": text.get("thoughts"),
        "response": text.get("response"),
        "state": answer.state,
        "thoughts_state": answer.thoughts_state,
        "finish_reason": answer.finish_reason,
        "input_tokens": answer.input_tokens,
        "output_tokens": answer.output_tokens,
        "latency_s": answer.latency_s,
        "error": answer.error,
        "answered_by": answer.answered_by,
        "redactions": redactions if anonymised else None,
    }


class Logged(Stage):
    """The answers found in the log, as the checkpoint `logged`; a prompt without one is a row with an error."""

    name: ClassVar[str] = "replay"
    version: ClassVar[int] = 2
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
    logged = prompt["logged"] or {"error": "no_logged_answer", "withheld": False, "called": False}
    answer = answer_of(
        Spoken(
            prompt["logged_response"],
            prompt["logged_thoughts"],
            logged["withheld"],
            [{}] if logged["called"] else None,  # which call it was is not kept
        ),
        Finish(logged.get("finish_reason"), logged["error"]),
    )
    told = answer.response or answer.thoughts
    return {
        "response_id": response_id(prompt["prompt_id"], LOGGED, 0),
        "prompt_id": prompt["prompt_id"],
        "checkpoint": LOGGED,
        "sample_index": 0,
        "thoughts": answer.thoughts,
        "response": answer.response,
        "state": answer.state,
        "thoughts_state": answer.thoughts_state,
        "finish_reason": answer.finish_reason,
        "error": answer.error,
        "redactions": (prompt["logged_redactions"] or []) if told else None,
    }


def _batch(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(rows, schema=RESPONSES.schema)
