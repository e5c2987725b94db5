"""A file that is read by asking for ranges of its bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

__all__ = ["RangeFile"]

AHEAD_BYTES = 1 << 20  # asked for at once where a reader takes little by little


class RangeFile(io.RawIOBase):
    """What `fetch(start, end)` gives, as a file; asked for exactly what is read, and for nothing twice in a row.

    Args:
        fetch: the bytes from `start` up to `end`, all of them.
        size: of the file.
    """

    def __init__(self, fetch: Callable[[int, int], bytes], size: int) -> None:
        self._fetch, self._size, self._at = fetch, size, 0

    @classmethod
    def buffered(
        cls, fetch: Callable[[int, int], bytes], size: int, ahead: int = -1
    ) -> io.BufferedReader:
        """The same, reading at least `ahead` bytes at once; -1: AHEAD_BYTES."""
        return io.BufferedReader(cls(fetch, size), ahead if ahead > 0 else AHEAD_BYTES)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise OSError(22, "a place before the file")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        end = min(self._at + len(view), self._size)
        if end <= self._at:
            return 0
        data = self._fetch(self._at, end)
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def readall(self) -> bytes:
        data = self._fetch(self._at, self._size) if self._at < self._size else b""
        self._at += len(data)
        return data
