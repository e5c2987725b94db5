"""Rows of a file, read a little at a time: a row group of any size never lies in memory whole.

Every error of the file system and of Parquet becomes a SourceError here, on one line and without a cell's text.
"""

from __future__ import annotations

import json
import os
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from logminer.errors import SourceError
from logminer.files.cells import cells
from logminer.files.foreign import mend

__all__ = ["JsonLinesRows", "ParquetRows", "Record", "Rows", "open_rows"]

BUFFER_BYTES = 1 << 20
BATCH_BYTES = 4 << 20  # given at once, unless a single step is more
BATCH_ROWS = 512
# Decoded at once. What the footer says of sizes is of encoded bytes: a megabyte that comes in each row may take twelve
# bytes there, so steps are small until it is seen how much really comes.
FIRST_STEP_ROWS = 4
STEP_ROWS = 32
LARGE_BYTES = 16 << 20  # of a step

Record = dict[str, Any]  # a row: column name → Python value


class Rows(Protocol):
    """The rows of one file."""

    names: tuple[str, ...]

    def scan(self, columns: Sequence[str]) -> Iterator[list[Record]]:
        """All rows in order, a batch at a time, with the columns named."""
        ...

    def take(self, rows: Sequence[int], columns: Sequence[str]) -> list[Record]:
        """The rows with these ascending numbers, in order."""
        ...


def open_rows(path: Path) -> Rows:
    """A reader for the file, by its name.

    Raises:
        SourceError: missing, or not what its name says.
    """
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        return JsonLinesRows(path)
    return ParquetRows(path)


class ParquetRows:
    """A Parquet file read forwards; going on from where the last reading ended costs nothing.

    One projection of columns is read at a time: asking for other columns, or for earlier rows, starts anew at the
    row group that holds them.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = _open_parquet(path)
        metadata = self._file.metadata
        self.schema: pa.Schema = self._file.schema_arrow
        self.names: tuple[str, ...] = tuple(self.schema.names)
        self.num_rows: int = metadata.num_rows
        groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
        self._group_start = [0, *np.cumsum([group.num_rows for group in groups]).tolist()]
        self.group_rows = tuple(group.num_rows for group in groups)
        self._row_bytes = sum(g.total_byte_size for g in groups) / max(1, self.num_rows)
        self._columns: tuple[str, ...] | None = None
        self._batches: Iterator[pa.RecordBatch] = iter(())
        self._batch: pa.RecordBatch | None = None
        self._start = 0  # row number of the batch's first row

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The whole file in order, with the columns named."""
        return self._stream(tuple(columns), 0)

    def table(self, rows: Sequence[int], columns: Sequence[str]) -> pa.Table:
        """The rows with these ascending numbers."""
        taken = []
        done = 0
        while done < len(rows):
            batch = self._at(rows[done], tuple(columns))
            until = bisect_left(rows, self._start + batch.num_rows, done)
            first = rows[done] - self._start
            if rows[until - 1] - rows[done] == until - done - 1:
                taken.append(batch.slice(first, until - done))
            else:
                taken.append(batch.take(pa.array([r - self._start for r in rows[done:until]])))
            done = until
        schema = pa.schema([self.schema.field(name) for name in columns])
        return pa.Table.from_batches(taken, schema)

    def scan(self, columns: Sequence[str]) -> Iterator[list[Record]]:
        """All rows in order, a batch at a time, with the columns named."""
        for batch in self.batches(columns):
            yield _records(batch)

    def take(self, rows: Sequence[int], columns: Sequence[str]) -> list[Record]:
        """The rows with these ascending numbers, in order."""
        return _records(self.table(rows, columns))

    def _at(self, row: int, columns: tuple[str, ...]) -> pa.RecordBatch:
        """The batch that holds `row`; it becomes the current one."""
        if row >= self.num_rows:
            raise SourceError(f"{self.path}: has fewer rows than when the run was planned")
        group = bisect_right(self._group_start, row) - 1
        if columns != self._columns or row < self._start or self._batch is None:
            self._restart(columns, group)
        while self._batch is None or row >= self._start + self._batch.num_rows:
            after = self._start + (self._batch.num_rows if self._batch is not None else 0)
            if after < self._group_start[group]:  # nothing between here and there is wanted
                self._restart(columns, group)
                after = self._start
            self._batch = next(self._batches, None)
            if self._batch is None:
                raise SourceError(f"{self.path}: ends before row {row}; copy the file again")
            self._start = after
        return self._batch

    def _restart(self, columns: tuple[str, ...], group: int) -> None:
        self._columns, self._batch, self._start = columns, None, self._group_start[group]
        self._batches = self._stream(columns, group)

    def _stream(self, columns: tuple[str, ...], group: int) -> Iterator[pa.RecordBatch]:
        pending: list[pa.RecordBatch] = []
        rows = size = 0
        for step in self._steps(columns, group):
            if pending and (rows + len(step) > BATCH_ROWS or size + step.nbytes > BATCH_BYTES):
                yield _joined(pending)
                pending, rows, size = [], 0, 0
            pending.append(step)
            rows, size = rows + len(step), size + step.nbytes
        if pending:
            yield _joined(pending)

    def _steps(self, columns: tuple[str, ...], group: int) -> Iterator[pa.RecordBatch]:
        """From a row group on, few rows at a time; how few, the first rows say, and later ones that are larger."""
        most = max(1, min(STEP_ROWS, int(BATCH_BYTES / max(1.0, self._row_bytes))))
        at_once, begun = min(FIRST_STEP_ROWS, most), False
        for number in range(group, len(self._group_start) - 1):
            done = 0  # rows of the group that were given
            while done < self.group_rows[number]:
                read = 0
                for step in self._decoded(columns, number, at_once):
                    fresh = step.slice(min(len(step), max(0, done - read)))
                    read += len(step)
                    if not len(fresh):
                        continue
                    done, size = read, fresh.nbytes
                    yield fresh
                    if size > BATCH_BYTES:
                        pa.default_memory_pool().release_unused()
                    fitting = at_once
                    if not begun and size * most <= LARGE_BYTES * at_once:
                        fitting = most
                    elif size > LARGE_BYTES:
                        fitting = max(1, at_once // 8)
                    begun = True
                    if fitting != at_once:
                        at_once = fitting
                        break  # and go through the group anew, up to here for nothing
                else:
                    break

    def _decoded(
        self, columns: tuple[str, ...], group: int, at_once: int
    ) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._file.iter_batches(
                batch_size=at_once, row_groups=[group], columns=list(columns), use_threads=False
            )
        except (OSError, pa.ArrowException):
            raise SourceError(f"{self.path}: damaged Parquet file; copy it again") from None


def _open_parquet(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            head = file.read(4)
            file.seek(-min(4, path.stat().st_size), os.SEEK_END)
            tail = file.read(4)
        if head != b"PAR1" or tail != b"PAR1":
            raise SourceError(f"{path}: {mend(path)}")
        return pq.ParquetFile(path, buffer_size=BUFFER_BYTES, pre_buffer=False)
    except FileNotFoundError:
        raise SourceError(f"{path}: no such file; check the path") from None
    except (OSError, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None)
        raise SourceError(
            f"{path}: cannot be read ({reason})"
            if reason
            else f"{path}: damaged Parquet footer; copy the file again"
        ) from None


class JsonLinesRows:
    """A file of one JSON object a line; blank lines are not counted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offsets: list[int] = []
        names: dict[str, None] = {}
        for offset, record in self._lines():
            self._offsets.append(offset)
            names.update(dict.fromkeys(record))
        self.names: tuple[str, ...] = tuple(names)

    def scan(self, columns: Sequence[str]) -> Iterator[list[Record]]:
        """All rows in order, a batch at a time, with the columns named."""
        batch: list[Record] = []
        for _, record in self._lines():
            batch.append({name: record.get(name) for name in columns})
            if len(batch) == BATCH_ROWS:
                yield batch
                batch = []
        yield batch

    def take(self, rows: Sequence[int], columns: Sequence[str]) -> list[Record]:
        """The rows with these ascending numbers, in order."""
        try:
            with self.path.open("rb") as file:
                taken = []
                for row in rows:
                    file.seek(self._offsets[row])
                    taken.append(json.loads(file.readline()))
        except (OSError, ValueError, IndexError):
            raise SourceError(f"{self.path}: changed while it was read; run again") from None
        return [{name: record.get(name) for name in columns} for record in taken]

    def _lines(self) -> Iterator[tuple[int, Record]]:
        offset = 0
        try:
            with self.path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    if line.strip():
                        record = json.loads(line)
                        if not isinstance(record, dict):
                            raise SourceError(f"{self.path}: line {number} is not a JSON object")
                        yield offset, record
                    offset += len(line)
        except FileNotFoundError:
            raise SourceError(f"{self.path}: no such file; check the path") from None
        except OSError as error:
            raise SourceError(f"{self.path}: cannot be read ({error.strerror})") from None
        except ValueError:
            raise SourceError(
                f"{self.path}: line {number} is not JSON; mend or remove it"
            ) from None


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    if len(batches) == 1:
        return batches[0]
    return pa.Table.from_batches(batches).combine_chunks().to_batches()[0]


def _records(data: pa.RecordBatch | pa.Table) -> list[Record]:
    columns = {name: cells(data.column(name)) for name in data.schema.names}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
