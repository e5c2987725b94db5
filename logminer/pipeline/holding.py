"""Holding what a journey writes: its study, and the place of its parts, which must be no place that it reads from."""

from __future__ import annotations

import contextlib
import fnmatch
import glob
from collections.abc import Iterator
from pathlib import Path

from logminer.errors import ConfigError
from logminer.files.objects import AnyPath
from logminer.files.places import located
from logminer.pipeline.file import PipelineFile
from logminer.pipeline.journey import Journey
from logminer.store.encrypting import settle
from logminer.store.lock import lock_study
from logminer.store.placing import refuse_others

__all__ = ["check_parts", "lock_journey"]


@contextlib.contextmanager
def lock_journey(journey: Journey) -> Iterator[None]:
    """Hold its study for one writer, and its parts; see `lock_study`. A study that begins is encrypted if its file says so.

    Raises:
        ConfigError: see `check_parts` and `store.encrypting.settle`.
        SecretError: the key of an encrypted study is missing, or another one.
        StoreError: another run holds them, or the place of the parts is not the study's.
    """
    _refuse_read(journey.file)
    file, folder = journey.file, journey.folder
    with lock_study(file.study, folder.parts, group_readable=file.group_readable):
        settle(folder, file.encryption.key_env if file.encryption else None)
        yield


def check_parts(file: PipelineFile) -> None:
    """Refuse a place of parts in which something else lies, or that is read from.

    Raises:
        ConfigError: it contains the dump or recorded answers, or lies in them.
        StoreError: it is another study's, or holds what no run wrote.
    """
    _refuse_read(file)
    refuse_others(file.folder, file.folder.parts)


def _refuse_read(file: PipelineFile) -> None:
    if file.folder.parts == file.folder.own_parts:
        return
    for key, path in _read(file):
        if _overlap(_whole(located(path)), _whole(file.folder.parts)):
            raise ConfigError(
                f"parts: {file.parts} contains what `{key}` reads, or lies in it ({path}); parts want a place of their own:"
                " name another one"
            )


def _read(file: PipelineFile) -> Iterator[tuple[str, str]]:
    if file.source.path:
        yield "source.path", file.source.path
    for checkpoint in file.checkpoints:
        if checkpoint.is_recorded and (path := getattr(checkpoint, "path", None)):
            yield f"checkpoints: {checkpoint.name}: path", path


def _whole(path: AnyPath) -> tuple[str, ...]:
    """The names on the way to it; links are followed as far as no name is a pattern."""
    if not isinstance(path, Path):
        return path.parts
    ways = (path, *path.parents)
    fixed = next(one for one in ways if one.exists() or not glob.has_magic(str(one)))
    return (*fixed.resolve().parts, *path.relative_to(fixed).parts)


def _overlap(read: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    """Whether one lies in the other, where `read` may be a pattern."""
    for wanted, name in zip(read, parts, strict=False):
        if wanted == "**":
            return True
        if wanted != name and not fnmatch.fnmatchcase(name, wanted):
            return False
    return True
