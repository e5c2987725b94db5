"""Lines of JSON, cut into blocks: what was appended to a file changes none but the last."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISREG
from typing import IO, NamedTuple

from logminer.errors import SourceError
from logminer.files.growing import GrowingPath, Stood
from logminer.files.jsonread import TooDeep, read_json
from logminer.files.kinds import kind_of
from logminer.files.objects import AnyPath
from logminer.files.packed import is_packed, unpacked

__all__ = ["Block", "blocks", "holds_lines", "is_json_lines", "standing"]

BLOCK_ROWS = 512
BLOCK_BYTES = 4 << 20
HEAD_BYTES = 1 << 16


class Block(NamedTuple):
    """Lines that stand together: BLOCK_ROWS of them that are not blank, or as many as fill BLOCK_BYTES."""

    start: int  # byte of the stream
    rows: int
    raw: list[bytes]  # every line, blank ones too

    @property
    def name(self) -> str:
        """16 hex characters of its bytes."""
        return hashlib.sha256(b"".join(self.raw)).hexdigest()[:16]


def standing(path: AnyPath, *, whole_lines: bool = False) -> AnyPath:
    """A file of lines as it is now, whatever is appended to it: a `GrowingPath`. Any other file, and a packed one, as given.

    Args:
        path: of the file.
        whole_lines: up to the end of the last whole line; as given where it has none. Else a line that is cut is read too,
            and is an error.
    """
    if not isinstance(path, Path) or isinstance(path, GrowingPath):
        return path
    try:
        state = path.stat()
        if not S_ISREG(state.st_mode) or not holds_lines(path) or is_packed(path):
            return path
        end = _end(path, state.st_size) if whole_lines else state.st_size
    except (OSError, SourceError):  # told by whoever reads it
        return path
    if not end:
        return path
    times = state.st_mtime_ns, state.st_ctime_ns
    known = Stood(state.st_dev, state.st_ino, end, *times, end < state.st_size, time.time_ns())
    return GrowingPath.at(str(path), known)


def blocks(stream: IO[bytes]) -> Iterator[Block]:
    """A stream from its start, or from that of a block; the last block may be shorter."""
    start = size = rows = 0
    pending: list[bytes] = []
    for raw in stream:
        pending.append(raw)
        size += len(raw)
        rows += bool(raw.strip())
        if rows == BLOCK_ROWS or size >= BLOCK_BYTES:
            yield Block(start, rows, pending)
            start, pending = start + size, []
            size = rows = 0
    if pending:
        yield Block(start, rows, pending)


def holds_lines(path: AnyPath) -> bool:
    """Whether a file is read as lines of JSON: by its name, or by what is in it where the name leaves that open.

    Raises:
        SourceError: it cannot be read.
    """
    kind = kind_of(path.name)
    return kind == "jsonl" or (kind == "json" and is_json_lines(path))


def is_json_lines(path: AnyPath) -> bool:
    """Whether a file holds a record a line, whatever it is called: else it is one document.

    Raises:
        SourceError: it cannot be read.
    """
    with unpacked(path) as stream:
        head = stream.read(HEAD_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip()
        if not head.startswith(b"{"):
            return False
        line, end, rest = head.partition(b"\n")
        if not end:  # one line that is longer
            return _goes_on(stream)
        try:
            return isinstance(read_json(line), dict) and bool(rest.strip() or stream.read(1))
        except ValueError:
            return False


def _goes_on(stream: IO[bytes]) -> bool:
    """Whether something stands behind the line in which a stream is."""
    behind = False
    while more := stream.read(HEAD_BYTES):
        if not behind:
            _, end, more = more.partition(b"\n")
            behind = bool(end)
        if behind and more.strip():
            return True
    return False


def _end(path: Path, size: int) -> int:
    """Of the first `size` bytes of a file those that whole lines fill; the last one may lack its line break."""
    behind: list[bytes] = []  # the last line break, backwards
    with path.open("rb") as file:
        at = size
        while at:
            start = max(0, at - HEAD_BYTES)
            file.seek(start)
            before, found, rest = file.read(at - start).rpartition(b"\n")
            behind.append(rest)
            at = start + len(before) + len(found) if found else start
            if found:
                break
    last = b"".join(reversed(behind))
    return size if not last.strip() or _is_record(last) else at


def _is_record(line: bytes) -> bool:
    try:
        return isinstance(read_json(line), dict)
    except TooDeep:
        return True
    except ValueError:
        return False
