"""Records on a pipe: how a tree goes into a sandbox and comes out, without a file of the host's being written.

The launcher imports this file in a fresh interpreter for every run, so here and in what else it imports nothing may be
imported that costs milliseconds (`typing`, `json`, `signal`).
"""

from __future__ import annotations

import os
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "BEGAN",
    "END",
    "EXECUTABLE",
    "FAULT",
    "FILE",
    "ODD",
    "OPTION",
    "REPORT",
    "Broken",
    "read_exactly",
    "record",
    "records",
]

OPTION, FILE, EXECUTABLE, ODD, REPORT, FAULT, END = b"=", b"f", b"x", b"?", b"!", b"e", b"."

_HEAD = struct.Struct(">cII")  # kind, bytes of the name, bytes of the content
_MOST_NAME_BYTES = 1 << 16


class Broken(Exception):
    """A stream of records ends early, or holds more than it may."""


def record(kind: bytes, name: bytes = b"", content: bytes = b"") -> bytes:
    """One record."""
    return _HEAD.pack(kind, len(name), len(content)) + name + content


BEGAN = record(REPORT, b"began")  # the first record of every answer that is no fault


def records(read: Callable[[int], bytes], most_bytes: int) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Kind, name and content of each record up to the one that says the end.

    Args:
        read: gives exactly so many bytes.
        most_bytes: of all records together.

    Raises:
        Broken: there is no end within that many bytes.
    """
    while True:
        kind, name_bytes, content_bytes = _HEAD.unpack(read(_HEAD.size))
        most_bytes -= _HEAD.size + name_bytes + content_bytes
        if most_bytes < 0 or name_bytes > _MOST_NAME_BYTES:
            raise Broken("more than was agreed")
        if kind == END:
            return
        yield kind, read(name_bytes), read(content_bytes)


def read_exactly(fd: int, n: int) -> bytes:
    """So many bytes of a pipe.

    Raises:
        Broken: it ends before that.
    """
    parts = []
    while n:
        part = os.read(fd, min(n, 1 << 20))
        if not part:
            raise Broken("ended early")
        parts.append(part)
        n -= len(part)
    return b"".join(parts)
