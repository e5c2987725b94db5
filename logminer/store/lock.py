"""One writer at a time for each study."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from logminer.errors import StoreError
from logminer.files.atomic import writing
from logminer.process.permissions import GROUP, OWNER
from logminer.store.layout import StudyFolder
from logminer.store.restricting import permissions, restrict

__all__ = ["lock_study"]


@contextlib.contextmanager
def lock_study(study: Path, *, group_readable: bool | None = None) -> Iterator[None]:
    """Hold the study for one writer; the lock goes with the process, however it ends.

    What is written meanwhile, by this process and those that it starts, is for its owner alone, and so from now on is what
    was there.

    Args:
        study: its folder, made where there is none.
        group_readable: the owner's group may read too. None: where it may now.

    Raises:
        StoreError: another run holds it, the folder cannot be written, or what is in it not be restricted.
    """
    try:
        above = StudyFolder(study).above
        (above[0] if above else study).parent.mkdir(parents=True, exist_ok=True)
        for folder in above:
            folder.mkdir((GROUP if group_readable else OWNER).folder, exist_ok=True)
        study.mkdir(OWNER.folder, exist_ok=True)
    except FileExistsError as error:
        raise StoreError(
            f"{error.filename}: is a file, and a study is a folder; name another one in `study`"
        ) from None
    except OSError as error:
        with writing(study):
            raise error from None
    with _open(StudyFolder(study).lock) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = handle.read().strip() or "unknown"
            raise StoreError(
                f"{study}: another run (process {owner}) is writing this study; wait for it or stop it"
            ) from None
        with writing(StudyFolder(study).lock):
            os.ftruncate(handle.fileno(), 0)
            os.write(handle.fileno(), str(os.getpid()).encode())
        allowed = permissions(study, group_readable)
        with allowed.hold():
            restrict(study, allowed)
            yield


def _open(lock: Path) -> TextIO:
    """The file to lock; never another one that something in its place leads to, for it is written."""
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
