"""Pipes to another process that never make this one wait, and hold no more of what it says than was agreed."""

from __future__ import annotations

import contextlib
import fcntl
import os

from logminer.errors import SandboxError

__all__ = ["InPipe", "OutPipe", "PipeEnds"]


class InPipe:
    """What comes out of a pipe: the first `most` bytes, and how many more there were."""

    def __init__(self, fd: int, most: int) -> None:
        self.fd, self.most = fd, most
        self.kept, self.cut, self.open = bytearray(), 0, True

    def read(self) -> None:
        try:
            data = os.read(self.fd, 1 << 16)
        except BlockingIOError:
            return
        if not data:
            self.close()
        room = max(0, self.most - len(self.kept))
        self.kept += data[:room]
        self.cut += max(0, len(data) - room)

    def close(self) -> None:
        if self.open:
            self.open = False
            os.close(self.fd)


class OutPipe:
    """What goes into a pipe."""

    def __init__(self, fd: int, data: bytes, *, then_close: bool) -> None:
        self.fd, self.rest, self.then_close, self.open = fd, memoryview(data), then_close, True
        os.set_blocking(fd, False)
        self.write()

    def add(self, data: bytes) -> None:
        """More of it."""
        self.rest = memoryview(bytes(self.rest) + data)
        self.write()

    def write(self) -> None:
        if not self.open:
            return
        try:
            while self.rest:
                self.rest = self.rest[os.write(self.fd, self.rest) :]
        except BlockingIOError:
            return
        except OSError:  # nobody reads any more
            self.then_close = True
        if self.then_close:
            self.close()

    def close(self) -> None:
        if self.open:
            self.open, self.rest = False, memoryview(b"")
            os.close(self.fd)


class PipeEnds:
    """Pipes of which the other ends are closed here once the launcher has them."""

    def __init__(self, theirs: contextlib.ExitStack) -> None:
        self._theirs = theirs
        self._ours: list[int] = []

    def to_them(self) -> tuple[int, int]:
        """Their reading end, our writing one."""
        read, write = self._made()
        self._kept(theirs=read, ours=write)
        return read, write

    def from_them(self) -> tuple[int, int]:
        """Our reading end, their writing one."""
        read, write = self._made()
        self._kept(theirs=write, ours=read)
        os.set_blocking(read, False)
        return read, write

    def close_ours(self) -> None:
        """Where nothing came of it."""
        for fd in self._ours:
            os.close(fd)

    def _made(self) -> tuple[int, int]:
        try:
            ends = os.pipe()
        except OSError as error:
            self.close_ours()
            raise SandboxError(f"no pipe: {os.strerror(error.errno or 0)}") from None
        # The numbers are the same in the launcher, which needs the first three for itself.
        high = tuple(fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3) for fd in ends if fd < 3)
        if not high:
            return ends
        read, write = (high[0] if ends[0] < 3 else ends[0]), (high[-1] if ends[1] < 3 else ends[1])
        for fd in ends:
            if fd < 3:
                os.close(fd)
        return read, write

    def _kept(self, *, theirs: int, ours: int) -> None:
        self._theirs.callback(os.close, theirs)
        self._ours.append(ours)
