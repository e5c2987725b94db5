"""Who may read what this process and its workers write: by default nobody but the owner."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["GROUP", "OWNER", "Permissions"]


class Permissions(NamedTuple):
    """Of a folder and of a file, as the bits that `chmod` takes."""

    folder: int
    file: int

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Files and folders made meanwhile get no more, also those of processes that are started meanwhile."""
        before = os.umask(0o777 & ~self.folder)
        try:
            yield
        finally:
            os.umask(before)


OWNER = Permissions(0o700, 0o600)
GROUP = Permissions(0o750, 0o640)
