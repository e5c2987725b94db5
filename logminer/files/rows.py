"""A file as a table, read a little at a time: no group of rows ever lies in memory whole.

Every error of the file system and of a format becomes a SourceError, on one line and without a cell's text.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

import pyarrow as pa

from logminer.errors import SourceError
from logminer.files.cells import cells, holds_values
from logminer.files.objects import AnyPath

__all__ = [
    "BATCH_BYTES",
    "BATCH_ROWS",
    "Constants",
    "Record",
    "Rows",
    "records_of",
    "repeated_in",
    "together",
]

BATCH_BYTES = 4 << 20  # of decoded rows that are given together
BATCH_ROWS = 512

Record = dict[str, Any]  # a row: column name → Python value
# Columns that have one value in all rows, as folders' names give; one that the file has itself holds instead.
Constants = Sequence[tuple[str, str | None]]


class Rows(ABC):
    """The rows of one file, read forwards; going on from where the last reading ended costs nothing.

    One projection of columns is read at a time: asking for other columns, or for earlier rows, starts anew at the group
    that holds them.

    Attributes:
        path: the file.
        repeated: names of several columns, none of which can be asked for.
    """

    path: AnyPath
    repeated: frozenset[str] = frozenset()

    def __init__(self, path: AnyPath, constants: Constants = ()) -> None:
        self.path = path
        self._said = tuple(constants)
        self._columns: tuple[str, ...] | None = None
        self._batches: Iterator[pa.RecordBatch] = iter(())
        self._batch: pa.RecordBatch | None = None
        self._start = 0  # row number of the batch's first row
        self._starts: list[int] | None = None

    @property
    @abstractmethod
    def own_schema(self) -> pa.Schema:
        """The types of the columns that are in the file."""

    @property
    @abstractmethod
    def group_rows(self) -> tuple[int, ...]:
        """How many rows each group has: at the start of one, reading can begin."""

    @abstractmethod
    def _stream(self, columns: tuple[str, ...], group: int) -> Iterator[pa.RecordBatch]:
        """Batches from the start of a group on, with those columns of the file."""

    @property
    def schema(self) -> pa.Schema:
        """The types of the columns, the constant ones last."""
        schema = self.own_schema
        for name in self._constants(schema.names):
            schema = schema.append(pa.field(name, pa.string()))
        return schema

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns, each once."""
        return tuple(dict.fromkeys(self.schema.names))

    @property
    def num_rows(self) -> int:
        """How many rows there are."""
        return sum(self.group_rows)

    def type_of(self, column: str) -> pa.DataType:
        """The Arrow type of one of the columns."""
        return self.schema.field(column).type

    def require_single(self, columns: Iterable[str]) -> None:
        """Raises SourceError where one of them is the name of several columns."""
        if twice := sorted(self.repeated.intersection(columns)):
            raise SourceError(
                f"{self.path}: several columns are named '{twice[0]}'; rename all but one of them"
            )

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The whole file in order, with the columns named, in batches of at most BATCH_ROWS rows."""
        return self._with_constants(tuple(columns), 0)

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
        if not taken:
            return pa.schema([pa.field(name, self.type_of(name)) for name in columns]).empty_table()
        return pa.Table.from_batches(taken)

    def scan(self, columns: Sequence[str]) -> Iterator[list[Record]]:
        """All rows in order, a batch at a time, with the columns named."""
        for batch in self.batches(columns):
            yield records_of(batch)

    def take(self, rows: Sequence[int], columns: Sequence[str]) -> list[Record]:
        """The rows with these ascending numbers, in order."""
        return records_of(self.table(rows, columns))

    def _at(self, row: int, columns: tuple[str, ...]) -> pa.RecordBatch:
        """The batch that holds `row`; it becomes the current one."""
        if self._starts is None:
            self._starts = [0, *accumulate(self.group_rows)]
        starts = self._starts
        if row >= starts[-1]:
            raise SourceError(f"{self.path}: has fewer rows than when the run was planned")
        group = bisect_right(starts, row) - 1
        if columns != self._columns or row < self._start or self._batch is None:
            self._restart(columns, group)
        while self._batch is None or row >= self._start + self._batch.num_rows:
            after = self._start + (self._batch.num_rows if self._batch is not None else 0)
            if after < starts[group]:  # nothing between here and there is wanted
                self._restart(columns, group)
                after = self._start
            self._batch = next(self._batches, None)
            if self._batch is None:
                raise SourceError(f"{self.path}: ends before row {row}; copy the file again")
            self._start = after
        return self._batch

    def _restart(self, columns: tuple[str, ...], group: int) -> None:
        self._columns, self._batch = columns, None
        self._start = (self._starts or [0])[group]
        self._batches = self._with_constants(columns, group)

    def _with_constants(self, columns: tuple[str, ...], group: int) -> Iterator[pa.RecordBatch]:
        self.require_single(columns)
        said = {name for name, _ in self._said}.intersection(columns)
        constants = self._constants(self.own_schema.names) if said else {}
        own = tuple(name for name in columns if name not in constants)
        for batch in self._stream(own, group):
            if not constants:
                yield batch
                continue
            for name in constants.keys() & set(columns):
                value = pa.repeat(pa.scalar(constants[name], pa.string()), batch.num_rows)
                batch = batch.append_column(name, value)
            yield batch.select(list(columns))

    def _constants(self, own: Iterable[str]) -> dict[str, str | None]:
        there = {*own} if self._said else set()
        return {name: value for name, value in self._said if name not in there}


def repeated_in(names: Iterable[str]) -> frozenset[str]:
    """Those of several columns."""
    return frozenset(name for name, times in Counter(names).items() if times > 1)


def records_of(data: pa.RecordBatch | pa.Table) -> list[Record]:
    """Rows as Python values."""
    columns = {name: cells(data.column(name)) for name in data.schema.names}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def together(batches: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
    """The same rows in one batch; as they are where Arrow cannot put a type together."""
    if len(batches) > 1:
        with contextlib.suppress(pa.ArrowException):
            return [pa.concat_batches(batches)]
    return batches


def _picked(batch: pa.RecordBatch, places: Sequence[int]) -> list[pa.RecordBatch]:
    """The rows at these ascending places; where they are few they are copied, so that the batch can go."""
    whole = places[-1] - places[0] == len(places) - 1
    if whole and len(places) > batch.num_rows // 2:
        return [batch.slice(places[0], len(places))]
    try:
        return [batch.take(pa.array(places))]
    except pa.ArrowNotImplementedError:  # of a type that Arrow only slices, as string_view
        return [batch.slice(place, 1) for place in places]
