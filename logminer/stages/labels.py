"""Labels that came with recorded answers → a side part that only the `recorded` scorer reads."""

from __future__ import annotations

from typing import ClassVar

import pyarrow as pa

from logminer.checkpoints.recorded import Recorded, RecordedRows
from logminer.ids import planned_pseudonyms, response_id
from logminer.messages import text_of
from logminer.schemas import LABELS, PROMPTS, Table
from logminer.scorers.recorded import known_value
from logminer.stage import Rows, Stage

__all__ = ["Labels"]


class Labels(Stage):
    """One row for each recorded answer and declared column; a value that no scorer knows is null; `response_id` is the one that `replay` gives it."""

    name: ClassVar[str] = "labels"
    version: ClassVar[int] = 2
    rows: ClassVar[Rows] = "1:n"
    input: ClassVar[Table] = PROMPTS
    output: ClassVar[Table] = LABELS

    checkpoint: Recorded
    columns: dict[str, tuple[str, ...]]  # with the values that are kept
    project: str
    key_id: str

    @property
    def label(self) -> str:
        """One folder for each checkpoint."""
        return f"{self.name}.{self.checkpoint.name}"

    def open(self) -> LabelReader:
        """Index the recorded rows.

        Raises:
            SourceError: as `Recorded.check`, or a declared column is missing.
            SecretError: no key, or not the one this stage was planned with.
        """
        rows = RecordedRows(self.checkpoint, planned_pseudonyms(self.project, self.key_id))
        rows.require(tuple(self.columns))
        return LabelReader(self.checkpoint.name, self.columns, rows)


class LabelReader:
    """Opened `Labels`."""

    def __init__(
        self, checkpoint: str, columns: dict[str, tuple[str, ...]], rows: RecordedRows
    ) -> None:
        self._checkpoint = checkpoint
        self._columns = columns
        self._rows = rows

    def __call__(self, batch: pa.RecordBatch, /, **sides: pa.Table) -> pa.RecordBatch:
        prompts = batch.select(["prompt_id", "source_key", "content_key"]).to_pylist()
        found = [self._rows.find(p["source_key"], p["content_key"]) for p in prompts]
        records = self._rows.read(
            [place for places in found for place in places], tuple(self._columns)
        )
        labels = [
            {
                "response_id": response_id(prompt["prompt_id"], self._checkpoint, sample),
                "column": column,
                "value": known_value(text_of(records[place][column]), values),
            }
            for prompt, places in zip(prompts, found, strict=True)
            for sample, place in enumerate(places)
            for column, values in self._columns.items()
        ]
        return pa.RecordBatch.from_pylist(labels, schema=LABELS.schema)
