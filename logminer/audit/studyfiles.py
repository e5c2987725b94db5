"""The files of a study's folder: what each is, by what is in it, and what can be read of those that are no tables."""

from __future__ import annotations

import contextlib
import io
import mmap
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import BinaryIO, Literal

import pyarrow as pa

from logminer.files.objects import AnyPath, ObjectPath
from logminer.files.places import all_below, below
from logminer.files.sealing import (
    ENCRYPTED_PARQUET,
    ENCRYPTION_MARK,
    SEALED,
    key_for,
    read_bytes,
)

__all__ = [
    "CHUNK",
    "PARQUET",
    "FileKind",
    "StudyWords",
    "files_of",
    "frames",
    "kind_of",
    "lines_of",
    "name_in",
    "opened",
    "sqlite_columns",
    "starts_with",
]

FileKind = Literal["parquet", "duckdb", "sqlite", "json", "html", "text", "bytes"]

CHUNK = 8_000_000  # bytes, or characters, looked at together
MOST_UNPACKED = 64_000_000  # bytes of one frame
PARQUET, ZSTD = b"PAR1", b"\x28\xb5\x2f\xfd"
SQLITE = b"SQLite format 3\0"
SQLITE_ROWS = 2_048


def files_of(study: Path, away: Iterable[AnyPath] = ()) -> list[AnyPath]:
    """Every file, hidden ones too; the folder itself may be a single file. Parts that lie `away` come last.

    Raises:
        SecretError: they are encrypted, and the key is not at hand.
    """
    key_for(study / ENCRYPTION_MARK)
    if study.is_file():
        return [study]
    return [path for folder in (study, *away) for path in all_below(folder)]


def name_in(root: Path, path: AnyPath, away: Mapping[AnyPath, Path]) -> str:
    """Where a file is in the folder of a study, or would be if parts lay there.

    Args:
        root: the folder.
        path: the file.
        away: where parts lie → where they would.
    """
    for parts, own in away.items():
        with contextlib.suppress(ValueError):
            return (own / below(path, parts)).relative_to(root).as_posix()
    return below(path, root).as_posix()


def opened(path: AnyPath) -> BinaryIO:
    """What was written to a file, encrypted or not; a table is as its library wrote it."""
    file = path.open("rb")
    if file.peek(len(SEALED)).startswith(SEALED):
        with file:
            return io.BytesIO(read_bytes(path))
    return file


def kind_of(path: AnyPath) -> FileKind:
    """What a file is, by its content; `bytes` where it is cut off, cannot be read, or is something else."""
    with contextlib.suppress(OSError, ValueError), opened(path) as file:
        head = file.read(65_536)
        if head.startswith((PARQUET, ENCRYPTED_PARQUET)):
            file.seek(-4, 2)
            return "parquet" if file.read() == head[:4] and len(head) > 8 else "bytes"
        if head[8:12] == b"DUCK":
            return "duckdb"
        if head.startswith(SQLITE):
            return "sqlite"
        try:
            head.decode("utf-8")
        except UnicodeDecodeError as error:
            if error.start < len(head) - 3:  # else a character that was cut
                return "bytes"
        if b"\0" in head:
            return "bytes"
        suffix = path.suffix.lower()
        return "json" if suffix == ".json" else "html" if suffix in (".html", ".htm") else "text"
    return "bytes"


def starts_with(path: AnyPath, magic: bytes) -> bool:
    """Whether these are the file's first bytes."""
    with path.open("rb") as file:
        return file.read(len(magic)) == magic


def frames(path: AnyPath) -> Iterator[bytes]:
    """What is packed with Zstandard somewhere in a file, as in a Parquet file or a spill that was cut off."""
    with contextlib.ExitStack() as opened:
        data: bytes | mmap.mmap
        if isinstance(path, ObjectPath):
            data = path.read_bytes()
        else:
            file = opened.enter_context(path.open("rb"))
            data = opened.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        at = data.find(ZSTD)
        while at >= 0:
            if unpacked := _unpacked(data[at : at + CHUNK]):
                yield unpacked
            at = data.find(ZSTD, at + 1)


def _unpacked(data: bytes) -> bytes:
    """The frame at the beginning of `data`, as far as it goes; a block that meets its end is read byte by byte."""
    out = bytearray()
    for step in (4096, 1):
        with contextlib.suppress(OSError, pa.ArrowException):
            stream = pa.CompressedInputStream(pa.BufferReader(data), "zstd")
            stream.read(len(out))
            while len(out) < MOST_UNPACKED and (block := stream.read(step)):
                out += block
    return bytes(out)


def sqlite_columns(path: AnyPath) -> Iterator[tuple[str, str, int, list[str]]]:
    """(table, column, number of the first row, values as text) of some rows at a time; "" for null, bytes in hexadecimal.

    Nothing is written, not even beside the file: what its write-ahead log alone holds is left out.

    Raises:
        sqlite3.Error: the file is damaged.
    """
    assert isinstance(path, Path)  # no store holds one
    with contextlib.closing(
        sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)
    ) as c:
        tables = c.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            quoted = table.replace('"', '""')
            rows, first = c.execute(f'SELECT * FROM "{quoted}"'), 0
            while some := rows.fetchmany(SQLITE_ROWS):
                for (name, *_), values in zip(
                    rows.description, zip(*some, strict=True), strict=True
                ):
                    yield table, name, first, [_told(value) for value in values]
                first += len(some)


def _told(value: str | bytes | float | None) -> str:
    if isinstance(value, bytes):
        with contextlib.suppress(UnicodeDecodeError):
            return value.decode()
        return value.hex()
    return "" if value is None else str(value)


def lines_of(path: AnyPath) -> Iterator[tuple[int, list[str]]]:
    """(number of the first, lines) of about `CHUNK` characters of a file at once."""
    first, lines, size = 0, list[str](), 0
    with io.TextIOWrapper(opened(path), "utf-8", "replace", "\n") as file:
        for line in file:
            lines.append(line)
            size += len(line)
            if size > CHUNK:
                yield first, lines
                first, lines, size = first + len(lines), [], 0
    yield first, lines


class StudyWords(HTMLParser):
    """The text that a reader sees."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.texts.append(data)
