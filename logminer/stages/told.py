"""Episodes told: as responses that are judged like any other, and what was decided of them as labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple

import pyarrow as pa

from logminer.environments.acting.telling import Told, text_of_response, thoughts_of
from logminer.environments.acting.world import OUTCOME, UNDECIDED
from logminer.messages.states import state_of, thoughts_state
from logminer.privacy.spans import UNANALYSED
from logminer.schemas import EPISODES, LABELS, RESPONSES, Table
from logminer.scorers.recorded import known_value
from logminer.stages.base import OfCheckpoint, Rows, Transform

__all__ = ["Outcomes", "Retold"]

Row = dict[str, Any]


class Retold(OfCheckpoint):
    """EPISODES → RESPONSES: what was said, which calls were made and what came of them, as one text."""

    name: ClassVar[str] = "replay"
    version: ClassVar[int] = 1
    rows: ClassVar[Rows] = "1:1"
    input: ClassVar[Table] = EPISODES
    output: ClassVar[Table] = RESPONSES

    def open(self) -> Transform:
        """Nothing to load."""
        return _retold


def _retold(batch: pa.RecordBatch, /, **sides: pa.Table) -> pa.RecordBatch:
    rows = [_response(episode) for episode in batch.to_pylist()]
    return pa.RecordBatch.from_pylist(rows, schema=RESPONSES.schema)


def _response(episode: Row) -> Row:
    error = episode["error"]
    told = {
        "response": text_of_response(episode["messages"], episode["redactions"]),
        "thoughts": thoughts_of(episode["messages"], episode["redactions"]),
    }
    if not error and _is_withheld(episode):
        error = "anonymisation_failed"
    if error:  # as of an answer that fails; what there was of it is in the episode
        told = dict.fromkeys(told)
    response, thoughts = (one and one.text for one in told.values())
    finish = None if error else "length" if episode["ended"] in ("steps", "context") else "stop"
    if response is None and not error:
        error = "empty_answer"
    return {
        "response_id": episode["response_id"],
        "prompt_id": episode["prompt_id"],
        "checkpoint": episode["checkpoint"],
        "sample_index": episode["sample_index"],
        "thoughts": thoughts,
        "response": response,
        "state": state_of(error, finish, response),
        "thoughts_state": thoughts_state(thoughts, episode["withheld"]),
        "finish_reason": finish,
        "input_tokens": episode["input_tokens"],
        "output_tokens": episode["output_tokens"],
        "latency_s": episode["model_s"],
        "error": error,
        "answered_by": episode["answered_by"],
        "redactions": list(_redactions(told)) if any(told.values()) else None,
    }


def _is_withheld(episode: Row) -> bool:
    """Whether nothing is left of all that the model said and did."""
    gone = {
        one["message_index"]: (one["start"], one["end"])
        for one in episode["redactions"]
        if (one["field"], one["entity_type"]) == ("content", UNANALYSED)
    }
    said = [
        gone.get(index) == (0, len(message["content"]))
        for index, message in enumerate(episode["messages"])
        if message["role"] == "assistant" and message["content"]
    ]
    return bool(said) and all(said)


def _redactions(told: dict[str, Told | None]) -> Iterator[Row]:
    for field, one in told.items():
        for entity_type, start, end in one.redactions if one else ():
            yield {
                "message_index": 0,
                "field": field,
                "entity_type": entity_type,
                "start": start,
                "end": end,
            }


class Outcomes(OfCheckpoint):
    """EPISODES → LABELS: in the column `outcome` what was decided, and of each kind of evidence whether there was any.

    An episode whose model failed has no label, nor has one that could not be decided.
    """

    name: ClassVar[str] = "labels"
    version: ClassVar[int] = 1
    rows: ClassVar[Rows] = "1:n"
    input: ClassVar[Table] = EPISODES
    output: ClassVar[Table] = LABELS

    columns: dict[str, tuple[str, ...]]  # with the values that are kept

    def open(self) -> Transform:
        """Nothing to load."""
        return _Deciding(self.columns)


class _Deciding(NamedTuple):
    columns: dict[str, tuple[str, ...]]

    def __call__(self, batch: pa.RecordBatch, /, **sides: pa.Table) -> pa.RecordBatch:
        rows = [
            {
                "response_id": episode["response_id"],
                "column": column,
                "value": known_value(_value(episode, column), values),
            }
            for episode in batch.to_pylist()
            for column, values in self.columns.items()
        ]
        return pa.RecordBatch.from_pylist(rows, schema=LABELS.schema)


def _value(episode: Row, column: str) -> str | None:
    outcome: str | None = episode[OUTCOME]
    if column == OUTCOME or outcome in (None, UNDECIDED):
        return outcome
    return "yes" if column in episode["kinds"] else "no"
