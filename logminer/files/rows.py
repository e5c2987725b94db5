"""Rows of a file, read a little at a time: a row group of any size never lies in memory whole.

Every error of the file system and of Parquet becomes a SourceError here, on one line and without a cell's text.
"""

from __future__ import annotations

import contextlib
import os
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from logminer.errors import SourceError
from logminer.files.cells import cells, holds_values
from logminer.files.foreign import has_encrypted_columns, mend, mend_lines
from logminer.files.jsonread import DEEPEST, TooDeep, read_json

__all__ = ["JsonLinesRows", "ParquetRows", "Record", "Rows", "open_rows"]

BUFFER_BYTES = 1 << 20
BATCH_BYTES = 4 << 20  # of decoded rows that are given together
BATCH_ROWS = 512
# Decoded at once. Rows come out a thousand times as large as they lie in the file, and no footer says so; so few at a
# time cost two millionths of a second a row.
DECODED_ROWS = 4

Record = dict[str, Any]  # a row: column name → Python value
# Columns that have one value in all rows, as folders' names give.
Constants = Sequence[tuple[str, str | None]]


class Rows(Protocol):
    """The rows of one file."""

    names: tuple[str, ...]  # each once
    repeated: frozenset[str]  # those of several columns, none of which can be asked for

    def require_single(self, columns: Iterable[str]) -> None:
        """Raises SourceError where one of them is repeated."""
        ...

    def scan(self, columns: Sequence[str]) -> Iterator[list[Record]]:
        """All rows in order, a batch at a time, with the columns named."""
        ...

    def take(self, rows: Sequence[int], columns: Sequence[str]) -> list[Record]:
        """The rows with these ascending numbers, in order."""
        ...


def open_rows(path: Path, constants: Constants = ()) -> Rows:
    """A reader for the file, by its name.

    Args:
        path: the file.
        constants: columns to add; one that the file has itself holds instead.

    Raises:
        SourceError: missing, or not what its name says.
    """
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        return JsonLinesRows(path, constants)
    return ParquetRows(path, constants)


class ParquetRows:
    """A Parquet file read forwards; going on from where the last reading ended costs nothing.

    One projection of columns is read at a time: asking for other columns, or for earlier rows, starts anew at the
    row group that holds them.

    Args:
        path: the file.
        constants: see `open_rows`.
    """

    def __init__(self, path: Path, constants: Constants = ()) -> None:
        self.path = path
        self._file = _open_parquet(path)
        metadata = self._file.metadata
        self.schema: pa.Schema = self._file.schema_arrow
        own = Counter(self.schema.names)
        self.repeated = frozenset(name for name, times in own.items() if times > 1)
        self._constants = {name: value for name, value in constants if name not in own}
        for name in self._constants:
            self.schema = self.schema.append(pa.field(name, pa.string()))
        self.names: tuple[str, ...] = tuple(dict.fromkeys(self.schema.names))
        self.num_rows: int = metadata.num_rows
        groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
        self._group_start = [0, *np.cumsum([group.num_rows for group in groups]).tolist()]
        self.group_rows = tuple(group.num_rows for group in groups)
        self._columns: tuple[str, ...] | None = None
        self._batches: Iterator[pa.RecordBatch] = iter(())
        self._batch: pa.RecordBatch | None = None
        self._start = 0  # row number of the batch's first row

    def require_single(self, columns: Iterable[str]) -> None:
        """Raises SourceError where one of them is the name of several columns."""
        if twice := sorted(self.repeated.intersection(columns)):
            raise SourceError(
                f"{self.path}: several columns are named '{twice[0]}'; rename all but one of them"
            )

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The whole file in order, with the columns named."""
        return self._stream(tuple(columns), 0)

    def is_empty(self, column: str) -> bool:
        """Whether no row has a value in the column: each is null, or a list without one. Reads up to the first value."""
        return not any(holds_values(batch.column(0)) for batch in self.batches([column]))

    def table(self, rows: Sequence[int], columns: Sequence[str]) -> pa.Table:
        """The rows with these ascending numbers."""
        taken: list[pa.RecordBatch] = []
        done = 0
        while done < len(rows):
            batch = self._at(rows[done], tuple(columns))
            until = bisect_left(rows, self._start + batch.num_rows, done)
            taken += _picked(batch, [row - self._start for row in rows[done:until]])
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
        """Batches of at most BATCH_ROWS rows, and of little more than BATCH_BYTES unless a few rows are that large."""
        self.require_single(columns)
        pending: list[pa.RecordBatch] = []
        rows = size = 0
        for batch in self._decoded(columns, group):
            pending.append(batch)
            rows, size = rows + batch.num_rows, size + batch.nbytes
            if rows + DECODED_ROWS > BATCH_ROWS or size >= BATCH_BYTES:
                yield from self._together(pending, columns)
                pending, rows, size = [], 0, 0
        yield from self._together(pending, columns)

    def _decoded(self, columns: tuple[str, ...], group: int) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._file.iter_batches(
                batch_size=DECODED_ROWS,
                row_groups=list(range(group, len(self._group_start) - 1)),
                columns=[name for name in columns if name not in self._constants],
                use_threads=False,
            )
        except (OSError, pa.ArrowException):
            raise SourceError(f"{self.path}: damaged Parquet file; copy it again") from None

    def _together(
        self, batches: list[pa.RecordBatch], columns: tuple[str, ...]
    ) -> Iterator[pa.RecordBatch]:
        """The same rows in one batch; as they are where Arrow cannot put a type together."""
        if len(batches) > 1:
            with contextlib.suppress(pa.ArrowException):
                batches = [pa.concat_batches(batches)]
        for batch in batches:
            yield self._with_constants(batch, columns) if self._constants else batch

    def _with_constants(self, batch: pa.RecordBatch, columns: tuple[str, ...]) -> pa.RecordBatch:
        for name in self._constants.keys() & set(columns):
            value = pa.repeat(pa.scalar(self._constants[name], pa.string()), batch.num_rows)
            batch = batch.append_column(name, value)
        return batch.select(list(columns))


def _picked(batch: pa.RecordBatch, places: Sequence[int]) -> list[pa.RecordBatch]:
    """The rows at these ascending places; where they are few they are copied, so that the batch can go."""
    whole = places[-1] - places[0] == len(places) - 1
    if whole and len(places) > batch.num_rows // 2:
        return [batch.slice(places[0], len(places))]
    try:
        return [batch.take(pa.array(places))]
    except pa.ArrowNotImplementedError:  # of a type that Arrow only slices, as string_view
        return [batch.slice(place, 1) for place in places]


def _open_parquet(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            head = file.read(4)
            file.seek(-min(4, path.stat().st_size), os.SEEK_END)
            tail = file.read(4)
        if head != b"PAR1" or tail != b"PAR1":
            raise SourceError(f"{path}: {mend(path)}")
        opened = pq.ParquetFile(
            path,
            buffer_size=BUFFER_BYTES,
            pre_buffer=False,
            coerce_int96_timestamp_unit="us",  # in ns, which wraps, a 9999 comes as 1816
        )
        with path.open("rb") as file:
            if has_encrypted_columns(file, opened.metadata.serialized_size):
                raise SourceError(
                    f"{path}: a Parquet file with encrypted columns; write it anew without encryption"
                )
        return opened
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
    """A file of one JSON object a line; blank lines are not counted.

    Args:
        path: the file.
        constants: see `open_rows`.
    """

    def __init__(self, path: Path, constants: Constants = ()) -> None:
        self.path = path
        self.repeated: frozenset[str] = frozenset()
        self._offsets: list[int] = []
        names: dict[str, None] = {}
        for offset, record in self._lines():
            self._offsets.append(offset)
            names.update(dict.fromkeys(record))
        if not self._offsets and not path.stat().st_size:
            raise SourceError(f"{path}: {mend_lines(path)}")
        self._constants = {name: value for name, value in constants if name not in names}
        names.update(dict.fromkeys(self._constants))
        self.names: tuple[str, ...] = tuple(names)

    def require_single(self, columns: Iterable[str]) -> None:
        """Of equal keys the last holds, as everywhere in JSON."""

    def scan(self, columns: Sequence[str]) -> Iterator[list[Record]]:
        """All rows in order, a batch at a time, with the columns named."""
        batch: list[Record] = []
        start = 0
        for offset, record in self._lines():
            if len(batch) == BATCH_ROWS or offset - start > BATCH_BYTES:
                yield batch
                batch, start = [], offset
            batch.append(self._wanted(record, columns))
        yield batch

    def take(self, rows: Sequence[int], columns: Sequence[str]) -> list[Record]:
        """The rows with these ascending numbers, in order."""
        try:
            with self.path.open("rb") as file:
                taken = []
                for row in rows:
                    file.seek(self._offsets[row])
                    taken.append(read_json(file.readline()))
        except (OSError, ValueError, IndexError):
            raise SourceError(f"{self.path}: changed while it was read; run again") from None
        return [self._wanted(record, columns) for record in taken]

    def _wanted(self, record: Record, columns: Sequence[str]) -> Record:
        return {name: record.get(name, self._constants.get(name)) for name in columns}

    def _lines(self) -> Iterator[tuple[int, Record]]:
        offset = 0
        try:
            with self.path.open("rb") as file:
                for number, line in enumerate(file, 1):
                    if line.strip():
                        record = read_json(line)
                        if not isinstance(record, dict):
                            raise SourceError(f"{self.path}: line {number} is not a JSON object")
                        yield offset, record
                    offset += len(line)
        except FileNotFoundError:
            raise SourceError(f"{self.path}: no such file; check the path") from None
        except OSError as error:
            raise SourceError(f"{self.path}: cannot be read ({error.strerror})") from None
        except TooDeep:
            raise SourceError(
                f"{self.path}: line {number} is nested more than {DEEPEST} deep; flatten or remove it"
            ) from None
        except ValueError:
            told = mend_lines(self.path) if number == 1 else None
            raise SourceError(
                f"{self.path}: {told or f'line {number} is not JSON; mend or remove it'}"
            ) from None


def _records(data: pa.RecordBatch | pa.Table) -> list[Record]:
    columns = {name: cells(data.column(name)) for name in data.schema.names}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
