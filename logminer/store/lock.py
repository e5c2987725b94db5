"""One writer at a time for each study."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from logminer.errors import StoreError
from logminer.store.layout import StudyFolder

__all__ = ["lock_study"]


@contextlib.contextmanager
def lock_study(study: Path) -> Iterator[None]:
    """Hold the study for one writer; the lock goes with the process, however it ends.

    Raises:
        StoreError: another run holds it, or the folder cannot be written.
    """
    try:
        study.mkdir(parents=True, exist_ok=True)
        handle = StudyFolder(study).lock.open("a+")
    except OSError as error:
        raise StoreError(f"{study}: cannot be written ({error.strerror})") from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            handle.seek(0)
            owner = handle.read().strip() or "unknown"
            raise StoreError(
                f"{study}: another run (process {owner}) is writing this study; wait for it or stop it"
            ) from None
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield
