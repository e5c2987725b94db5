"""One writer at a time for each study."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from logminer.errors import StoreError
from logminer.files.atomic import write_text, writing
from logminer.files.objects import AnyPath
from logminer.process.permissions import GROUP, OWNER, Permissions
from logminer.store.layout import StudyFolder
from logminer.store.lockfile import open_lock
from logminer.store.partslock import lock_parts
from logminer.store.placing import claim, refuse_others
from logminer.store.restricting import permissions, restrict, restrict_parts

__all__ = ["lock_study"]


@contextlib.contextmanager
def lock_study(
    study: Path, parts: AnyPath | None = None, *, group_readable: bool | None = None
) -> Iterator[None]:
    """Hold the study for one writer; the lock goes with the process, however it ends.

    What is written meanwhile, by this process and those that it starts, is for its owner alone, and so from now on is what
    was there.

    Args:
        study: its folder, made where there is none.
        parts: where its parts are written, which is held too, and remembered where it is not in the folder. None: whoever
            asks writes none.
        group_readable: the owner's group may read too. None: where it may now.

    Raises:
        StoreError: another run holds one of them, the place of the parts is not the study's, the folder cannot be written, or
            what is in it not be restricted.
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
    with open_lock(StudyFolder(study).lock) as handle:
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
            with (
                contextlib.nullcontext()
                if parts is None
                else _parts(StudyFolder(study), parts, allowed)
            ):
                yield


@contextlib.contextmanager
def _parts(folder: StudyFolder, parts: AnyPath, allowed: Permissions) -> Iterator[None]:
    """Holds them where they lie elsewhere, and says in the study where that is."""
    if parts == folder.own_parts:
        folder.parts_at.unlink(missing_ok=True)
        claim(folder, parts)
        yield
        return
    refuse_others(folder, parts)
    with lock_parts(parts, folder.root):
        claim(folder, parts)
        if isinstance(parts, Path):
            restrict_parts(parts, allowed)
        write_text(str(parts), folder.parts_at, plain=True)
        yield
