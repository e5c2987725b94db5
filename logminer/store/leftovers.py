"""What processes that were killed left in a study: files that they were writing, in whatever state, with whatever they hold."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from logminer.files.atomic import unfinished
from logminer.files.objects import AnyPath
from logminer.store.layout import StudyFolder
from logminer.store.parts import STAGE_FOLDER, sweep

__all__ = ["leftovers", "remove_path", "sweep_study"]


def leftovers(folder: StudyFolder) -> Iterator[Path]:
    """What lies beside the database and is none of it, and what was being written; not among the parts."""
    yield from _unfinished(folder)
    databases = (folder.database, folder.vectors_database)
    for database in databases:
        for name in (f".{database.name}", database.name):
            yield from (path for path in folder.root.glob(f"{name}*") if path not in databases)


def sweep_study(folder: StudyFolder) -> None:
    """Remove what was being written, among the parts too. Call it under the study's lock."""
    sweep(folder.parts)
    for path in _unfinished(folder):
        remove_path(path)


def _unfinished(folder: StudyFolder) -> Iterator[Path]:
    for place in (folder.root, folder.vectors, folder.maps, folder.lineage, folder.analyst):
        yield from unfinished(place)


def remove_path(path: AnyPath) -> None:
    """A file, a folder with all in it, or a part with its folder where it was the last; nothing where it is not there."""
    if path.is_dir() and not path.is_symlink() and isinstance(path, Path):
        shutil.rmtree(path)
        return
    path.unlink(missing_ok=True)
    if isinstance(path, Path) and STAGE_FOLDER.fullmatch(path.parent.name):
        with contextlib.suppress(OSError):  # something is left in it
            path.parent.rmdir()
