"""CSV and TSV as a dump: every cell is text, an empty one is null."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import cached_property

import pyarrow as pa

from logminer.errors import SourceError
from logminer.files.objects import AnyPath
from logminer.files.packed import unpacked
from logminer.files.rows import BATCH_BYTES, BATCH_ROWS, Constants, Rows, repeated_in

__all__ = ["CsvTable"]

MARKS = (",", "\t", ";", "|")
LONGEST_CELL = 1 << 27


class CsvTable(Rows):
    """A table with a header; commas, tabs, semicolons or bars part its cells. One group.

    Raises:
        SourceError: where it is opened or read: missing, damaged, no UTF-8, or a row of another length than the header.
    """

    def __init__(self, path: AnyPath, constants: Constants = ()) -> None:
        super().__init__(path, constants)
        header = next(self._lines(), None)
        if not header or not any(header):
            raise SourceError(
                f"{path}: an empty file, or no header; its first line names the columns"
            )
        self._header = header
        self.repeated = repeated_in(header)

    @property
    def own_schema(self) -> pa.Schema:
        return pa.schema([pa.field(name, pa.string()) for name in self._header])

    @cached_property
    def group_rows(self) -> tuple[int, ...]:
        return (sum(1 for _ in self._cells()),)

    def _stream(self, columns: tuple[str, ...], group: int) -> Iterator[pa.RecordBatch]:
        places = [self._header.index(name) for name in columns]
        pending: list[list[str | None]] = []
        size = 0
        for row in self._cells():
            chosen = [row[place] or None for place in places]
            pending.append(chosen)
            size += sum(len(cell or "") for cell in chosen)
            if len(pending) == BATCH_ROWS or size >= BATCH_BYTES:
                yield _batch(columns, pending)
                pending, size = [], 0
        if pending:
            yield _batch(columns, pending)

    def _cells(self) -> Iterator[list[str]]:
        """The rows behind the header."""
        for number, row in enumerate(self._lines()):
            if number == 0 or not row:
                continue
            if len(row) != len(self._header):
                raise SourceError(
                    f"{self.path}: row {number} has {len(row)} cells, the header {len(self._header)}; quote cells that hold"
                    " the mark between cells, or mend the row"
                )
            yield row

    def _lines(self) -> Iterator[list[str]]:
        csv.field_size_limit(LONGEST_CELL)
        with unpacked(self.path) as stream:
            text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
            read = 0
            try:
                first = text.readline()
                text.seek(0)
                mark = max(MARKS, key=first.count)
                # Strict: else a quote that is not closed takes the rest of the file for one cell.
                for cells in csv.reader(text, delimiter=mark, strict=True):
                    yield cells
                    read += 1
            except UnicodeDecodeError:
                raise SourceError(
                    f"{self.path}: no UTF-8; convert it, as in: iconv -f latin1 -t utf-8"
                ) from None
            except csv.Error:
                raise SourceError(
                    f"{self.path}: behind row {max(read - 1, 0)} it cannot be read as CSV: a quote is not closed, one inside a"
                    ' cell is not doubled (\\" is no CSV), or a cell is too long; write it again'
                ) from None
            finally:
                text.detach()


def _batch(columns: tuple[str, ...], rows: list[list[str | None]]) -> pa.RecordBatch:
    schema = pa.schema([pa.field(name, pa.string()) for name in columns])
    if not columns:
        return pa.RecordBatch.from_struct_array(pa.array([{}] * len(rows), pa.struct([])))
    return pa.RecordBatch.from_arrays(
        [pa.array(column, pa.string()) for column in zip(*rows, strict=True)], schema=schema
    )
