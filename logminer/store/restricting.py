"""A study is readable by its owner, or where that was asked for by its owner's group, and by nobody else."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from logminer.errors import StoreError
from logminer.process.permissions import GROUP, OWNER, Permissions
from logminer.store.layout import StudyFolder
from logminer.store.placing import is_own

__all__ = ["permissions", "restrict", "restrict_parts"]

EVERYBODY = 0o077  # but the owner


def permissions(study: Path, group_readable: bool | None) -> Permissions:
    """What is asked for; of a study that exists, where nothing is, what its folder has."""
    if group_readable is None:
        with contextlib.suppress(OSError):
            group_readable = study.stat().st_mode & EVERYBODY == GROUP.folder & EVERYBODY
    return GROUP if group_readable else OWNER


def restrict(study: Path, allowed: Permissions) -> None:
    """Take from what lies in a study what is not allowed, and give what a run keeps there what is.

    Links are not followed, and nothing above the study is touched.

    Raises:
        StoreError: others can read something that belongs to another user.
    """
    _restrict(study, allowed, {path.name for path in StudyFolder(study).kept})


def restrict_parts(folder: Path, allowed: Permissions) -> None:
    """The same of a place of parts; what no run wrote there is left as it is.

    Raises:
        StoreError: as `restrict`.
    """
    _restrict(folder, allowed, [name for name in os.listdir(folder) if is_own(name)], alone=True)


def _restrict(
    folder: Path, allowed: Permissions, kept: Collection[str], *, alone: bool = False
) -> None:
    _set(folder, folder.stat(), allowed, ours=True)
    for entry in os.scandir(folder):
        if alone and entry.name not in kept:
            continue
        for path, state in _tree(entry):
            _set(path, state, allowed, ours=entry.name in kept)


def _tree(entry: os.DirEntry[str]) -> Iterator[tuple[str, os.stat_result]]:
    """It and all below it, but no link."""
    with contextlib.suppress(FileNotFoundError):  # who reads takes away what it put there
        if not entry.is_symlink():
            yield entry.path, entry.stat(follow_symlinks=False)
            if entry.is_dir(follow_symlinks=False):
                for below in os.scandir(entry.path):
                    yield from _tree(below)


def _set(path: str | Path, state: os.stat_result, allowed: Permissions, *, ours: bool) -> None:
    most = allowed.folder if stat.S_ISDIR(state.st_mode) else allowed.file
    before = stat.S_IMODE(state.st_mode)
    after = before & ~(EVERYBODY & ~most) | (most if ours else 0)
    if after != before:
        _change(path, after, state.st_uid)


def _change(path: str | Path, mode: int, owner: int) -> None:
    try:
        os.chmod(path, mode)
    except FileNotFoundError:
        pass
    except PermissionError:
        if owner != os.geteuid():
            raise StoreError(
                f"{path}: others can read it, and it belongs to another user, who alone can change that:"
                f" chmod {mode:o} {path}"
            ) from None
        # else the disk knows no permissions, or none for single files
