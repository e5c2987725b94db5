"""Lines of JSON, cut into blocks: what was appended to a file changes none but the last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, NamedTuple

from logminer.files.jsonread import read_json
from logminer.files.objects import AnyPath
from logminer.files.packed import unpacked

__all__ = ["Block", "Line", "blocks", "is_json_lines", "lines"]

BLOCK_ROWS = 512
BLOCK_BYTES = 4 << 20
HEAD_BYTES = 1 << 16


class Line(NamedTuple):
    """A line that is not blank."""

    number: int  # in the stream as it was given, from 1
    raw: bytes


class Block(NamedTuple):
    """Lines that stand together: BLOCK_ROWS of them that are not blank, or as many as fill BLOCK_BYTES."""

    start: int  # byte of the stream
    rows: int
    raw: list[bytes]  # every line, blank ones too


def lines(stream: IO[bytes]) -> Iterator[Line]:
    """Those with something in them, from where the stream stands."""
    for number, raw in enumerate(stream, 1):
        if raw.strip():
            yield Line(number, raw)


def blocks(stream: IO[bytes]) -> Iterator[Block]:
    """A stream from its start; the last block may be shorter."""
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
