"""Vectors beside the database: most of a study's bytes, and none of them ever changes, so no publication copies them.

They lie in *segments*: Parquet files in `vectors/` that are written once, each with the vectors of many parts. Which of
them a database has, it says itself (`vector_parts`), so whoever has opened it has its vectors too. A publication adds a
segment with what is new. Of many small ones it makes a larger one now and then, so that a row is written four times at most,
however often is published; those that it replaces stay until the next publication, and as long as any session is open.

`vectors.duckdb` shows the same as the table `embeddings` to DuckDB without us.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import time
import uuid
import weakref
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from logminer.errors import StoreError
from logminer.files.atomic import writing
from logminer.process.memory import gave_out
from logminer.schemas import EMBEDDINGS, VECTOR_PARTS
from logminer.store.ddl import comments_on, empty, quoted
from logminer.store.encrypting import ENCRYPTED_FROM, unlock
from logminer.store.segments import (
    GROUP,
    SegmentRows,
    is_readable,
    read_segment,
    rows_in,
    scan_segments,
    writing_segment,
)

__all__ = [
    "VECTORS",
    "SegmentFolder",
    "VectorPart",
    "hold",
    "merged",
    "segments_of",
    "show_vectors",
    "vectors_fault",
    "write_database",
]

VECTORS = "vectors"  # the database that has the table, wherever its rows lie
FULL = 64_000_000  # bytes of a segment that is not joined with others any more
FAN = 16  # segments of about one size that become one
SMALL = 1_000_000  # bytes; below, all are of one size
HOLD_S = 0.5  # a sweep takes less
# No digit is in the name of a segment: the database that shows it would seem to hold somebody's number.
LETTERS = str.maketrans("0123456789", "ghijklmnop")


class VectorPart(NamedTuple):
    """Of a loaded part: where its vectors are. See `VECTOR_PARTS`."""

    stage: str
    fingerprint: str
    part: str
    segment: str
    rows: int
    left_out: str | None
    bytes: int | None = None  # of the segment; None: not known yet

    @property
    def key(self) -> tuple[str, str, str]:
        """Which part it is."""
        return self[:3]


class SegmentFolder(NamedTuple):
    """`vectors/`."""

    path: Path

    def file(self, segment: str) -> Path:
        """Where a segment is."""
        return self.path / f"{segment}.parquet"

    def files(self, segments: Iterable[str]) -> list[Path]:
        """Where they are."""
        return [self.file(segment) for segment in segments]

    def whole(self, held: Iterable[VectorPart]) -> set[str]:
        """Of the segments that parts are in, those that are there as they were written: by their size and what they count."""
        members: defaultdict[str, list[VectorPart]] = defaultdict(list)
        for one in held:
            members[one.segment].append(one)
        return {name for name, parts in members.items() if _is_whole(self.file(name), parts)}

    def weighed(self, held: Iterable[VectorPart]) -> Iterator[VectorPart]:
        """The same parts, with the sizes of their segments, which are closed."""
        for one in held:
            size = self.file(one.segment).stat().st_size if one.bytes is None else one.bytes
            yield one._replace(bytes=size)

    @contextlib.contextmanager
    def writer(self) -> Iterator[SegmentWriter]:
        """To write new ones.

        Raises:
            StoreError: the disk is full, or may not be written.
        """
        with writing(self.path):
            self.path.mkdir(exist_ok=True)
            with contextlib.closing(SegmentWriter(self)) as writer:
                yield writer

    def sweep(self, named: Collection[str]) -> None:
        """Remove the segments that are not among the `named`, unless a session is open, which may be reading them."""
        with self.unread() as unread, contextlib.suppress(OSError):
            for file in self.path.glob("*.parquet") if unread else ():
                if file.stem not in named:
                    file.unlink()

    @contextlib.contextmanager
    def unread(self) -> Iterator[bool | None]:
        """Whether no session is open, and none is opened meanwhile; None: the disk knows no locks, and nobody can tell."""
        try:
            folder = os.open(self.path, os.O_RDONLY)
        except FileNotFoundError:
            yield True
            return
        try:
            yield _locked(folder, fcntl.LOCK_EX)
        finally:
            os.close(folder)


def _is_whole(file: Path, parts: Sequence[VectorPart]) -> bool:
    try:
        size, rows = file.stat().st_size, rows_in(file)
    except (OSError, pa.ArrowException, duckdb.Error):
        return False
    return rows == sum(one.rows for one in parts) and {one.bytes for one in parts} <= {size, None}


class SegmentWriter:
    """Writes vectors into segments, each until it is full. Memory is that of one group of rows."""

    def __init__(self, folder: SegmentFolder) -> None:
        self._folder = folder
        self._file: SegmentRows | None = None
        self._name = ""
        self._waiting: list[pa.Table] = []

    def add(self, vectors: pa.Table) -> str:
        """The name of the segment in which they are when the writer is closed.

        Raises:
            OSError: they cannot be written.
        """
        if self._file is None:
            self._name = uuid.uuid4().hex.translate(LETTERS)
            self._file = writing_segment(self._folder.file(self._name))
        name = self._name
        self._waiting.append(vectors.cast(EMBEDDINGS.schema))
        if sum(map(len, self._waiting)) >= GROUP and self._flush() >= FULL:
            self.close()
        return name

    def _flush(self) -> int:
        """Bytes of the segment by now."""
        size = 0
        if self._file is not None and self._waiting:
            size = self._file.add(pa.concat_tables(self._waiting))
        self._waiting = []
        return size

    def close(self) -> None:
        """End the segment that is being written; what is added later goes into another one."""
        self._flush()
        if self._file is not None:
            self._file.close()
            for path in (self._folder.file(self._name), self._folder.path):
                _on_disk(path)  # before a database says that it is there
        self._file = None


def _on_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def merged(folder: SegmentFolder, held: Sequence[VectorPart]) -> list[VectorPart]:
    """The same parts in fewer segments, where there are too many small ones; new ones are written.

    Raises:
        StoreError: the disk is full, or may not be written; or one of them is damaged, which is removed then.
    """
    alike: dict[int, list[str]] = defaultdict(list)
    for segment in dict.fromkeys(one.segment for one in held):
        if (tier := _tier(folder.file(segment).stat().st_size)) is not None:
            alike[tier].append(segment)
    moved: dict[str, str] = {}
    for segments in alike.values():
        if len(segments) >= FAN:
            moved |= _joined(folder, segments)
    return [
        one._replace(segment=moved[one.segment], bytes=None) if one.segment in moved else one
        for one in held
    ]


def _tier(size: int) -> int | None:
    """How often one of this size was joined, about; None: often enough."""
    if size >= FULL:
        return None
    tier = 0
    while size >= SMALL:
        size, tier = size // FAN, tier + 1
    return tier


def _joined(folder: SegmentFolder, segments: Sequence[str]) -> dict[str, str]:
    """In which segment each of them is now."""
    moved = {}
    with folder.writer() as writer:
        for segment in segments:
            moved[segment] = writer.add(_read(folder.file(segment)))
    return moved


def _read(path: Path) -> pa.Table:
    try:
        return read_segment(path)
    except (OSError, pa.ArrowException, duckdb.Error) as error:
        if gave_out(error):
            raise StoreError(f"{path}: no memory was left to read it; free some") from None
        path.unlink(missing_ok=True)
        raise StoreError(f"{_damaged(path)}; run again: it is made anew of the parts") from None


def _damaged(path: Path) -> str:
    """What is to be said of a segment that cannot be read."""
    return f"{path}: a damaged file with vectors of the study"


# ---- reading ----------------------------------------------------------------------------------------------------


def hold(folder: SegmentFolder, owner: object) -> Callable[[], object]:
    """Keep the segments that are there from being removed, for as long as `owner` lives, or until what is given is called.

    Where locks are not to be had, they stay as they always do: until the publication after the one that replaces them.
    """
    try:
        handle = os.open(folder.path, os.O_RDONLY)
    except OSError:
        return _nothing
    until = time.monotonic() + HOLD_S
    while _locked(handle, fcntl.LOCK_SH) is False and time.monotonic() < until:
        time.sleep(0.01)
    return weakref.finalize(owner, os.close, handle)


def _nothing() -> None:
    """There is nothing to let go of."""


def _locked(handle: int, how: int) -> bool | None:
    """Whether a lock was to be had; None: the disk knows none."""
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in (errno.EWOULDBLOCK, errno.EACCES) else None
    return True


def segments_of(connection: duckdb.DuckDBPyConnection, database: str) -> list[str] | None:
    """The segments that an attached database needs; None where it has its vectors in itself, as earlier versions did, or none."""
    own = "SELECT 1 FROM duckdb_tables() WHERE database_name = ? AND table_name = ?"
    if connection.execute(own, [database, EMBEDDINGS.name]).fetchall():
        return None
    query = f"SELECT DISTINCT segment FROM {database}.{VECTOR_PARTS.name} ORDER BY segment"
    try:
        return [segment for (segment,) in connection.execute(query).fetchall()]
    except duckdb.CatalogException:
        return None


def show_vectors(
    connection: duckdb.DuckDBPyConnection, database: str, files: Sequence[Path]
) -> None:
    """Make the table `embeddings` of an attached database that can be written: a view of these files.

    Raises:
        duckdb.Error: one of them is not there, or is damaged.
    """
    where = f"{database}.{EMBEDDINGS.name}"
    columns = ", ".join(f'"{c.name}"' for c in EMBEDDINGS.published)
    source = scan_segments([*files]) if files else f"({empty(EMBEDDINGS)})"
    connection.execute(f"CREATE VIEW {where} AS SELECT {columns} FROM {source}")
    connection.execute("; ".join(comments_on(EMBEDDINGS, "VIEW", where)))


def vectors_fault(files: Sequence[Path], message: str) -> str | None:
    """What is wrong with the segments of a database, where DuckDB complains of it in `message`; None: nothing that is seen."""
    of_table = EMBEDDINGS.name in message
    if not all(map(Path.exists, files)):
        return (
            f"{files[0].parent}: the files with the study's vectors are not there; put them beside its database, or run its"
            " pipeline again"
            if of_table
            else None
        )
    if not of_table and not _OF_FILES.match(message):
        return None
    for file in files:
        if not is_readable(file):
            return f"{_damaged(file)}; delete it and run the pipeline again: it is made anew of the parts"
    return None


# How DuckDB's words begin where it cannot read what is in a file.
_OF_FILES = re.compile(
    r"(IO|Invalid|Invalid Input|INTERNAL|TProtocolException)\b.*Error|.*(ZSTD|[Pp]arquet)"
)


def write_database(path: Path, files: Sequence[Path]) -> None:
    """Write `vectors.duckdb`: it holds where the vectors are, and none of them.

    Raises:
        duckdb.Error: it cannot be written.
    """
    path.unlink(missing_ok=True)
    with duckdb.connect(":memory:") as connection:
        key = unlock(connection, path)
        version = f", STORAGE_VERSION '{ENCRYPTED_FROM}'{key}" if key else ""
        connection.execute(f"ATTACH '{quoted(path)}' AS {VECTORS} (BLOCK_SIZE 16384{version})")
        show_vectors(connection, VECTORS, [file.resolve() for file in files])
        connection.execute(f"CHECKPOINT {VECTORS}")
