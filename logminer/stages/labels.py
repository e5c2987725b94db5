"""Labels that came with recorded answers → a side part that only the `recorded` scorer reads."""

from __future__ import annotations

from typing import Any, ClassVar

import pyarrow as pa
from pydantic import InstanceOf, SerializeAsAny

from logminer.checkpoints.base import AnswerLabels, Checkpoint, Taking
from logminer.ids import planned_pseudonyms, response_id
from logminer.messages.text import text_of
from logminer.schemas import LABELS, PROMPTS, Table
from logminer.scorers.recorded import known_value
from logminer.stages.base import Rows, Stage, prompt_keys

__all__ = ["Labels"]


class Labels(Stage):
    """One row for each recorded answer and declared column; a value that no scorer knows is null; `response_id` is the one that `replay` gives it."""

    name: ClassVar[str] = "labels"
    version: ClassVar[int] = 2
    rows: ClassVar[Rows] = "1:n"
    input: ClassVar[Table] = PROMPTS
    output: ClassVar[Table] = LABELS

    checkpoint: SerializeAsAny[InstanceOf[Checkpoint]]
    columns: dict[str, tuple[str, ...]]  # with the values that are kept
    project: str
    key_id: str

    def options(self) -> dict[str, Any]:
        return super().options() | {"checkpoint": self.checkpoint.answering()}

    @property
    def label(self) -> str:
        """One folder for each checkpoint."""
        return f"{self.name}.{self.checkpoint.name}"

    def open(self) -> LabelReader:
        """Index the answers.

        Raises:
            SourceError: as `Checkpoint.check`, or a declared column is missing.
            SecretError: no key, or not the one this stage was planned with.
        """
        pseudonyms = planned_pseudonyms(self.project, self.key_id)
        labels = self.checkpoint.labels(tuple(self.columns), pseudonyms)
        return LabelReader(self.checkpoint.name, self.columns, labels)


class LabelReader:
    """Opened `Labels`."""

    def __init__(
        self, checkpoint: str, columns: dict[str, tuple[str, ...]], labels: AnswerLabels
    ) -> None:
        self._checkpoint, self._columns, self._labels = checkpoint, columns, labels

    def taken(self, batch: pa.RecordBatch, /) -> str | None:
        """See `base.FromRecorded`."""
        labels = self._labels
        return labels.taken(prompt_keys(batch)) if isinstance(labels, Taking) else None

    def __call__(self, batch: pa.RecordBatch, /, **sides: pa.Table) -> pa.RecordBatch:
        ids, found = batch["prompt_id"].to_pylist(), self._labels.of(prompt_keys(batch))
        rows = [
            {
                "response_id": response_id(prompt_id, self._checkpoint, sample),
                "column": column,
                "value": known_value(text_of(answer[column]), values),
            }
            for prompt_id, answers in zip(ids, found, strict=True)
            for sample, answer in enumerate(answers)
            for column, values in self._columns.items()
        ]
        return pa.RecordBatch.from_pylist(rows, schema=LABELS.schema)
