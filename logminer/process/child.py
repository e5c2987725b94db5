"""A program beside this process: it ends when this process does, however that ends, and what it says stays in memory."""

from __future__ import annotations

import collections
import contextlib
import subprocess
import threading
from collections.abc import Mapping, Sequence
from typing import IO

from logminer.process.leaving import closed_at_the_end

__all__ = ["Child"]

# The program takes the shell's place, in a group of its own with whatever it starts. Beside it waits somebody who holds the
# other end of our pipe: when that is closed, by us or by our end, nobody of the group is left.
TOGETHER = """exec 3<&0 </dev/null
(cat <&3; kill -KILL 0) >/dev/null 2>&1 &
exec 3<&-
exec "$@"
"""
MOST_LINES, MOST_BYTES = 200, 1000  # of what it says: lines, and bytes of each
END_S = 10.0


class Child:
    """A program at work.

    Args:
        command: the program, and its arguments.
        environment: all that it finds there.

    Raises:
        OSError: no process can be started.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", TOGETHER, "sh", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            start_new_session=True,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._hold = self._process.stdin
        closed_at_the_end(self, self._hold.close)
        self._heard = _Heard()
        threading.Thread(
            target=self._heard.listen, args=(self._process.stdout,), daemon=True
        ).start()

    @property
    def status(self) -> int | None:
        """Its exit code, less than 0 for a signal; None while it runs."""
        return self._process.poll()

    def said(self) -> list[str]:
        """The last lines that it has said; none after `hush`."""
        return self._heard.lines()

    def hush(self) -> None:
        """Keep nothing of what it has said, nor of what it goes on to say."""
        self._heard.forget()

    def end(self) -> None:
        """End it, and whatever it has started."""
        self._hold.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_S)


class _Heard:
    """Reads until nobody is left to say anything: a full pipe would hold the program up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: collections.deque[bytes] | None = collections.deque(maxlen=MOST_LINES)

    def listen(self, out: IO[bytes]) -> None:
        with out:
            while line := out.readline(MOST_BYTES):
                with self._lock:
                    if self._kept is not None:
                        self._kept.append(line)

    def lines(self) -> list[str]:
        with self._lock:
            return [line.decode("utf-8", "replace").rstrip() for line in self._kept or ()]

    def forget(self) -> None:
        with self._lock:
            self._kept = None
