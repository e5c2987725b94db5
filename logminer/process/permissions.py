"""Who may read what this process and its workers write: by default nobody but the owner."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import NamedTuple

__all__ = ["GROUP", "OWNER", "Permissions"]

_lock = threading.Lock()
_held: list[int] = []  # masks
_found: list[int] = []  # the mask that the process had before, while any is held


class Permissions(NamedTuple):
    """Of a folder and of a file, as the bits that `chmod` takes."""

    folder: int
    file: int

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Files and folders made meanwhile get no more, also those of processes that are started meanwhile.

        The mask is the process's, its other threads' too. Where several hold it at once, what any of them denies is denied,
        and the last to let go leaves it as the first found it.
        """
        mask = 0o777 & ~self.folder
        with _lock:
            if not _held:
                _found.append(os.umask(mask))
            _held.append(mask)
            os.umask(reduce(or_, _held))
        try:
            yield
        finally:
            with _lock:
                _held.remove(mask)
                os.umask(reduce(or_, _held) if _held else _found.pop())


OWNER = Permissions(0o700, 0o600)
GROUP = Permissions(0o750, 0o640)
