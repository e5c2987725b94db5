"""Whose a place of parts is: one that lies away from its study is that study's alone, and a mark in it says so.

The mark is an object or file `.study` with an id that the study has too, and its own folder of parts: whoever copies that
folder copies the mark. Nothing is written, removed or restricted in a place that is another's, or that holds other things.
"""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path
from typing import NamedTuple

from logminer.errors import StoreError
from logminer.files.atomic import write_text
from logminer.files.objects import AnyPath, ObjectPath
from logminer.files.sealing import ENCRYPTION_MARK
from logminer.store.layout import DATABASE, FORGOTTEN, MARK, SUITES, StudyFolder
from logminer.store.parts import STAGE_FOLDER

__all__ = ["claim", "is_own", "refuse_others"]

OWN = (SUITES, MARK, FORGOTTEN, ENCRYPTION_MARK)
PASSING = (".lock", ".shared")  # begin names of what is there while somebody writes


class _Mark(NamedTuple):
    id: str
    study: str  # its name, for people

    @classmethod
    def read(cls, place: AnyPath) -> _Mark | None:
        try:
            found, _, study = (place / MARK).read_bytes().decode().strip().partition(" ")
        except (OSError, UnicodeDecodeError):
            return None
        return cls(found, study) if found else None

    def write(self, place: AnyPath) -> None:
        """
        Raises:
            FileExistsError: it is in a store, and another one has marked the place meanwhile.
        """
        said = f"{self.id} {self.study}\n"
        if isinstance(place, ObjectPath):
            (place / MARK).put(said.encode())
        else:
            write_text(said, place / MARK, plain=True)


def is_own(name: str) -> bool:
    """Whether something of that name, directly in a place of parts, is a run's."""
    return bool(STAGE_FOLDER.fullmatch(name)) or name in OWN or name.startswith(PASSING)


def refuse_others(folder: StudyFolder, parts: AnyPath) -> None:
    """Refuse to write a study's parts into a place that is not its own, and cannot become so. Nothing is written.

    Args:
        folder: of the study.
        parts: the place; one that is empty, or holds parts alone that nobody has marked, may become its own.

    Raises:
        StoreError: see above.
        ObjectStoreError: the store cannot be asked.
    """
    if parts == folder.own_parts:
        return
    if isinstance(parts, Path):
        _refuse_folder(folder, parts)
    if mark := _Mark.read(parts):
        if mark.id != _id(folder):
            raise StoreError(
                f"{parts}: has the parts of another study ({mark.study}); name another place in `parts`. If that study is no"
                f" more, or is this one made anew, delete {parts / MARK} and run again"
            )
    elif others := sorted(one.name for one in _children(parts) if not is_own(one.name)):
        raise StoreError(
            f"{parts}: holds {others[0]}{' and others' if others[1:] else ''}, which no run wrote; parts want a place of their"
            " own: name an empty one in `parts`, or one that is not there yet"
        )


def claim(folder: StudyFolder, parts: AnyPath) -> None:
    """Mark a place as the study's; its lock and that of the place are held.

    Raises:
        StoreError: it is another's: see `refuse_others`; or it cannot be written.
    """
    refuse_others(folder, parts)
    own = _Mark(_id(folder) or secrets.token_hex(16), folder.root.name)
    for place in (folder.root, parts):
        found = _Mark.read(place)
        if found is None or (found.id != own.id and place == folder.own_parts):
            with contextlib.suppress(FileExistsError):
                own.write(place)
    refuse_others(folder, parts)  # who was first


def _id(folder: StudyFolder) -> str | None:
    """What the study is known by; where its parts were put into a new folder, what is said among these."""
    mark = _Mark.read(folder.root) or _Mark.read(folder.own_parts)
    return mark.id if mark else None


def _refuse_folder(folder: StudyFolder, parts: Path) -> None:
    place, root = parts.resolve(), folder.root.resolve()
    if place.exists() and not place.is_dir():
        raise StoreError(f"{parts}: is a file; name a folder in `parts`")
    if place == root or place in root.parents or root in place.parents:
        raise StoreError(
            f"{parts}: is the study's folder, holds it or lies in it; leave `parts` out, or name a place elsewhere"
        )
    if place.name == folder.own_parts.name and (place.parent / DATABASE).exists():
        raise StoreError(
            f"{parts}: lies in the folder of another study; name a place of its own in `parts`"
        )


def _children(place: AnyPath) -> list[AnyPath]:
    if isinstance(place, ObjectPath):
        return [*place.iterdir()]
    return [*place.iterdir()] if place.is_dir() else []
