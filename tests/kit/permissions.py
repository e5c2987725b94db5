"""Who may read files, and which umask they are made under."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

__all__ = ["modes", "umask"]


def modes(path: Path) -> set[int]:
    """Of a file, or a folder and all that is in it, links left out."""
    there = [p for p in (path, *path.rglob("*")) if not p.is_symlink()]
    return {stat.S_IMODE(p.stat().st_mode) for p in there}


@contextlib.contextmanager
def umask(mask: int) -> Iterator[None]:
    """For what is made meanwhile."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)
