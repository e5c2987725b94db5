"""Files of a dump, found and read a little at a time: a row group of any size never lies in memory whole.

Every error of the file system and of Parquet becomes a SourceError here, on one line and without a cell's text.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from logminer.errors import ConfigError, SourceError

__all__ = [
    "DumpFile",
    "JsonLinesRows",
    "ParquetRows",
    "Record",
    "Rows",
    "cells",
    "find_files",
    "identity",
    "open_rows",
    "rooted",
]

BUFFER_BYTES = 1 << 20
BATCH_BYTES = 4 << 20  # decoded at once, by the footer's estimate
BATCH_ROWS = 512

Record = dict[str, Any]  # a row: column name → Python value


class DumpFile(NamedTuple):
    """A file, and its path below the fixed part of the pattern that found it."""

    path: Path
    relative: str


def rooted(path: str, base: Path) -> str:
    """`path` as an absolute one, taken from `base` where it is relative; URLs stay as they are."""
    return path if "://" in path else os.path.normpath(base / Path(path).expanduser())


def find_files(path: str, suffixes: tuple[str, ...] = (".parquet",)) -> list[DumpFile]:
    """The files that a path, a glob (`**` goes down) or a folder names, sorted by their path below its fixed part.

    Hidden and temporary names (a leading `.` or `_`) are skipped. A folder gives its files with one of `suffixes`.

    Raises:
        SourceError: nothing is there.
        ConfigError: a URL.
    """
    if "://" in path:
        raise ConfigError(f"{path}: object-store URLs are not read yet; copy or mount the files")
    whole = Path(path).expanduser()
    if whole.is_file():
        return [DumpFile(whole, whole.name)]
    if whole.is_dir():
        root, found = whole, _below(whole, suffixes)
    elif glob.has_magic(path):
        root = _fixed_part(whole)
        matches = [Path(match) for match in glob.glob(str(whole), recursive=True)]
        found = [m for m in matches if m.is_file()]
        for folder in (m for m in matches if m.is_dir() and "**" not in path):
            found += _below(folder, suffixes)
    else:
        raise SourceError(f"{path}: no such file or folder; check the path")
    visible = {file.relative_to(root) for file in found}
    files = [DumpFile(root / r, r.as_posix()) for r in visible if not _hidden(r)]
    if not files:
        raise SourceError(f"{path}: no {' or '.join(suffixes)} files there; check the path")
    return sorted(files, key=lambda file: PurePosixPath(file.relative).parts)


def _below(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    return [f for f in folder.rglob("*") if f.suffix.lower() in suffixes and f.is_file()]


def _fixed_part(pattern: Path) -> Path:
    fixed = Path(pattern.anchor)
    for part in pattern.relative_to(pattern.anchor).parts[:-1]:
        if glob.has_magic(part):
            break
        fixed /= part
    return fixed


def _hidden(relative: Path) -> bool:
    return any(part.startswith((".", "_")) for part in relative.parts)


def identity(file: DumpFile) -> str:
    """12 hex characters that name the file's content and place in its dump, wherever the dump lies.

    Parquet is known by size and footer, which holds the offsets and statistics of every column chunk; other files by their bytes.
    """
    try:
        state = file.path.stat()
        return _identity(file, state.st_size, state.st_mtime_ns)
    except OSError as error:
        raise SourceError(f"{file.path}: cannot be read ({error.strerror})") from None


@lru_cache(maxsize=4096)
def _identity(file: DumpFile, size: int, _changed: int) -> str:
    with file.path.open("rb") as stream:
        if file.path.suffix.lower() == ".parquet" and size > 8:
            stream.seek(-8, os.SEEK_END)
            footer_bytes = int.from_bytes(stream.read(4), "little")
            stream.seek(-min(size, footer_bytes + 8), os.SEEK_END)
        content = hashlib.file_digest(stream, "sha256").digest()
    name = file.relative.encode("utf-8", "surrogateescape")
    return hashlib.sha256(b"\0".join([name, str(size).encode(), content])).hexdigest()[:12]


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
        try:
            yield from self._file.iter_batches(
                batch_size=max(1, min(BATCH_ROWS, int(BATCH_BYTES / max(1.0, self._row_bytes)))),
                row_groups=list(range(group, len(self._group_start) - 1)),
                columns=list(columns),
                use_threads=False,
            )
        except (OSError, pa.ArrowException):
            raise SourceError(f"{self.path}: damaged Parquet file; copy it again") from None


def _open_parquet(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            head = file.read(4)
            file.seek(-min(4, path.stat().st_size), os.SEEK_END)
            tail = file.read(4)
        if head != b"PAR1":
            raise SourceError(f"{path}: not a Parquet file; convert it to Parquet")
        if tail != b"PAR1":
            raise SourceError(f"{path}: truncated Parquet file (no footer); copy it again")
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


def _records(data: pa.RecordBatch | pa.Table) -> list[Record]:
    columns = {name: cells(data.column(name)) for name in data.schema.names}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def cells(column: Any) -> list[Any]:
    """A column as Python values. Text that is not UTF-8 comes as bytes, so that nobody takes it for text."""
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        column = column.cast(pa.timestamp("us", tz=kind.tz), safe=False)
    if pa.types.is_float16(kind) or pa.types.is_float32(kind):  # 0.1, not 0.10000000149
        return [None if v is None else float(str(np.float32(v))) for v in column.to_pylist()]
    try:
        values: list[Any] = column.to_pylist()
    except UnicodeDecodeError:
        values = [_cell(column, i) for i in range(len(column))]
    return values


def _cell(column: Any, i: int) -> Any:
    try:
        return column[i].as_py()
    except UnicodeDecodeError:
        return b""
