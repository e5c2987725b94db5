"""A file that is appended to while it is read: what was in it at one time, and nothing that came later."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from io import BufferedReader
from pathlib import PosixPath
from typing import Any, NamedTuple, cast

from logminer.errors import SourceError
from logminer.files.objects import AnyPath
from logminer.files.ranges import RangeFile

__all__ = ["GrowingPath", "Stood", "changed", "reading"]


class Stood(NamedTuple):
    """How a file was when somebody looked."""

    device: int
    inode: int
    end: int  # byte at which reading ends
    mtime_ns: int
    ctime_ns: int
    is_cut: bool  # whether something stood behind the end
    looked_ns: int


class GrowingPath(PosixPath):
    """A file of this machine, of which as much is read (`reading`) as stood there; like any path otherwise, and equal to it.

    It takes that along wherever it is sent.
    """

    stood: Stood | None = None  # None: of a path that was made from it, and is like any other

    @classmethod
    def at(cls, path: str, stood: Stood | None) -> GrowingPath:
        """The file as it stood."""
        made = cls(path)
        made.stood = stood
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return GrowingPath.at, (str(self), self.stood)


@contextlib.contextmanager
def reading(path: AnyPath) -> Iterator[BufferedReader]:
    """The file, opened; a growing one ends where it ended.

    Raises:
        OSError: it cannot be read.
        SourceError: of a growing one something is gone.
    """
    with path.open("rb", buffering=1 << 20) as file:
        if not (isinstance(path, GrowingPath) and path.stood):
            yield cast(BufferedReader, file)
            return

        def fetch(start: int, end: int) -> bytes:
            data = os.pread(file.fileno(), end - start, start)
            if not data:
                raise changed(path)
            return data

        with RangeFile.buffered(fetch, path.stood.end) as stream:
            yield stream


def changed(path: AnyPath) -> SourceError:
    """What is told of a file that is not any longer as it was planned."""
    return SourceError(f"{path}: changed since the run began; run again")
