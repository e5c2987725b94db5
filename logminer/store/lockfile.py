"""Files that are locked, and tell who locked them."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TextIO

from logminer.errors import StoreError
from logminer.files.atomic import writing

__all__ = ["open_lock"]


def open_lock(lock: Path) -> TextIO:
    """The file to lock; never another one that something in its place leads to, for it is written.

    Raises:
        StoreError: it is no file of its own, or cannot be written.
    """
    try:
        number = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK):
            raise _foreign(lock, "is a link to another file") from None
        with writing(lock):
            raise
    state = os.fstat(number)
    if not stat.S_ISREG(state.st_mode) or state.st_nlink != 1:
        os.close(number)
        raise _foreign(lock, "is no file of its own")
    return os.fdopen(number, "r+")


def _foreign(lock: Path, what: str) -> StoreError:
    return StoreError(f"{lock}: {what}, which a run would overwrite; remove it and run again")
