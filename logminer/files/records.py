"""Tables whose rows come as Python records: each column holds JSON, whatever stands in its cells."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import pyarrow as pa

from logminer.files.rows import BATCH_BYTES, BATCH_ROWS, Record, Rows

__all__ = ["JSON", "RecordRows"]

JSON: Any = pa.json_()


class RecordRows(Rows):
    """Rows that come as Python records; a column that a record lacks is null there."""

    @property
    @abstractmethod
    def own_names(self) -> tuple[str, ...]:
        """The columns of the file; asked for once."""

    @abstractmethod
    def _records(self, columns: Sequence[str], group: int) -> Iterator[Record]:
        """The rows from the start of a group on, with those of the columns that are there, or with more."""

    @cached_property
    def own_schema(self) -> pa.Schema:
        return pa.schema([pa.field(name, JSON) for name in self.own_names])

    def _stream(self, columns: tuple[str, ...], group: int) -> Iterator[pa.RecordBatch]:
        texts: list[list[str | None]] = [[] for _ in columns]
        rows = size = 0
        for record in self._records(columns, group):
            for name, column in zip(columns, texts, strict=True):
                text = _as_json(record.get(name))
                column.append(text)
                size += len(text or "")
            rows += 1
            if rows == BATCH_ROWS or size >= BATCH_BYTES:
                yield _batch(columns, texts, rows)
                texts = [[] for _ in columns]
                rows = size = 0
        if rows:
            yield _batch(columns, texts, rows)


def _as_json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _batch(columns: Sequence[str], texts: list[list[str | None]], rows: int) -> pa.RecordBatch:
    arrays = [
        pa.ExtensionArray.from_storage(JSON, pa.array(column, pa.string())) for column in texts
    ]
    schema = pa.schema([pa.field(name, JSON) for name in columns])
    if not columns:  # a batch still says how many rows there are
        return pa.RecordBatch.from_struct_array(pa.array([{}] * rows, pa.struct([])))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
