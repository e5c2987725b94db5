"""No more programs at once than leave the machine quiet: agents measure time, and so does what decides on them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import threading
import time
from collections.abc import Iterator

from logminer.errors import Stopped
from logminer.process import stopping

__all__ = ["quiet"]

AT_ONCE = max(1, (os.cpu_count() or 1) // 2)
PAUSE_S = 0.02
_here = threading.BoundedSemaphore(AT_ONCE)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Waits until fewer than half the processors are taken so: by this process, or by any other of this user.

    Raises:
        Stopped: it was wished meanwhile.
    """
    with _here, contextlib.ExitStack() as held:
        folder = _folder()
        while folder is not None and not _taken(folder, held):
            if stopping.requested():
                raise Stopped
            time.sleep(PAUSE_S)
        yield


def _folder() -> str | None:
    """Where the locks are; None: nobody but this user may have made it, and somebody has, or it cannot be made."""
    path = os.path.join(tempfile.gettempdir(), f"logminer-quiet-{os.getuid()}")
    try:
        with contextlib.suppress(FileExistsError):
            os.mkdir(path, 0o700)
        there = os.stat(path, follow_symlinks=False)
    except OSError:
        return None
    return path if there.st_uid == os.getuid() and there.st_mode & 0o777 == 0o700 else None


def _taken(folder: str, held: contextlib.ExitStack) -> bool:
    """Whether one of the locks could be had, which `held` gives back; or none can be made at all."""
    for number in range(AT_ONCE):
        try:
            lock = os.open(os.path.join(folder, str(number)), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            return True
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            continue
        held.callback(os.close, lock)
        return True
    return False
