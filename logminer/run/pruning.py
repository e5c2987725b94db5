"""Taking away what a study holds and its pipeline does not need, so that what was erased from the dump is gone from disk."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from logminer.files.objects import AnyPath, ObjectPath
from logminer.files.places import below
from logminer.pipeline.journey import Journey
from logminer.run import mapping
from logminer.runners.journal import Journal
from logminer.stages.step import Step
from logminer.store.layout import SUITES, StudyFolder
from logminer.store.lock import lock_study
from logminer.store.parts import CHUNKS
from logminer.store.session import open_session

__all__ = ["Pruned", "Unneeded", "prune"]


class Unneeded(NamedTuple):
    """Files of one kind in one place."""

    where: str  # below the study's folder
    why: str
    files: int
    bytes: int


class Pruned(NamedTuple):
    """What the pipeline does not need; gone where `removed`."""

    study: Path
    found: tuple[Unneeded, ...]
    kept: int  # parts that it needs
    outdated: bool  # the database holds what is not needed: the next run publishes it anew
    removed: bool

    @property
    def files(self) -> int:
        """Of all kinds."""
        return sum(one.files for one in self.found)

    @property
    def bytes(self) -> int:
        """Of all kinds."""
        return sum(one.bytes for one in self.found)

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        found = [one._asdict() for one in self.found]
        totals = {"files": self.files, "bytes": self.bytes}
        return {**self._asdict(), "study": str(self.study), "found": found, **totals}


OTHER_OPTIONS = "of options that the pipeline had before"
OTHER_DUMP = "of the dump as it was before"
LOTS = "answers of parts that are finished, or of the dump as it was"
LEFT = "left by a run that was cut off"
REPLACED = "vectors of the study as it was published before"
DATABASE = "holds what is not needed; the next run publishes it anew"


def prune(journey: Journey, *, remove: bool = False) -> Pruned:
    """Find, and on demand remove, what a run of the pipeline would neither read nor publish.

    That is: parts of a dump as it was before and of other options, answers kept for parts that are finished, what a killed
    run left, and a database that holds any of it. What people said (`human_labels.parquet`), the votes of judges (hashes and
    codes), cluster maps (vectors), which half each user is on (pseudonyms, in `halves.parquet`) and the records of runs stay.

    Args:
        journey: what is needed. Another pipeline file on the same study folder needs other parts: those go.
        remove: else it is only told.

    Raises:
        StoreError: another run holds the study.
        SourceError: the dump cannot be read; nothing is removed.
    """
    if not journey.folder.root.is_dir():
        return Pruned(journey.folder.root, (), 0, False, remove)
    with lock_study(
        journey.folder.root, journey.folder.parts, group_readable=journey.file.group_readable
    ):
        waste = _Waste(journey)
        found = tuple(waste.told())
        for path in waste.paths if remove else ():
            _remove(path)
        return Pruned(journey.folder.root, found, waste.kept, waste.outdated, remove)


class _Waste:
    def __init__(self, journey: Journey) -> None:
        self._folder = journey.folder
        self._why: dict[AnyPath, str] = {}
        planned = {slice_.part for slice_ in journey.file.source.slices()}
        steps = _steps(journey)
        needed = {step.folder.path: step for step in steps}
        awaited = set(_awaited(steps, planned))
        self.kept = sum(len(planned.intersection(step.folder.parts())) for step in steps)
        for folder in _children(self._folder.parts):
            if folder.name.startswith(".") or folder.name == SUITES:  # of who writes, and others'
                continue
            if step := needed.get(folder):
                self._look_into(step, planned)
            elif not awaited.intersection(folder.rglob("*")):
                self._why[folder] = OTHER_OPTIONS
            else:
                others = {f for f in folder.rglob("*") if f.is_file()} - awaited
                self._why |= dict.fromkeys(others, OTHER_OPTIONS)
        self.outdated = _holds_others(self._folder, steps, planned)
        if self.outdated:
            self._why |= dict.fromkeys(_published(self._folder), DATABASE)
        for path in _leftovers(self._folder):
            self._why[path] = LEFT
        if not self.outdated:
            self._why |= dict.fromkeys(_replaced_vectors(self._folder), REPLACED)

    @property
    def paths(self) -> list[AnyPath]:
        """Files, and folders with all that is in them."""
        return list(self._why)

    def _look_into(self, step: Step, planned: set[str]) -> None:
        for path in _children(step.folder.path):
            if path.name == CHUNKS:
                for lot in _children(path):
                    part = lot.name.split(".")[0]
                    if part not in planned or step.folder.file(part).exists():
                        self._why[lot] = LOTS
            elif path.name.startswith("."):
                self._why[path] = LEFT
            elif path.stem not in planned:
                self._why[path] = OTHER_DUMP

    def told(self) -> Iterator[Unneeded]:
        """What is not needed, by place and reason, in order."""
        files, sizes = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        for path, why in self._why.items():
            key = (self._place(path), why)
            for file in _files(path):
                files[key] += 1
                sizes[key] += file.stat().st_size
        for (where, why), n in sorted(files.items()):
            yield Unneeded(where, why, n, sizes[where, why])

    def _place(self, path: AnyPath) -> str:
        """Where it is, as in the study's folder."""
        try:
            return f"parts/{below(path, self._folder.parts).parts[0]}"
        except ValueError:
            return "/".join(below(path, self._folder.root).parts[:2])


def _steps(journey: Journey) -> list[Step]:
    found = mapping.own_map(journey)
    return [*journey.steps, *(mapping.place_steps(journey, found) if found else ())]


def _awaited(steps: Sequence[Step], planned: set[str]) -> Iterator[AnyPath]:
    """Answers of other fingerprints that a part which is still to be computed will take over: see `Journal`."""
    for step in steps:
        for file in map(step.folder.file, planned.difference(step.folder.parts())):
            yield from Journal(file, step.stage.output, step.kin).relatives()


def _holds_others(folder: StudyFolder, steps: Sequence[Step], planned: set[str]) -> bool:
    """Whether the database has a part that is not needed."""
    if not folder.database.exists():
        return False
    needed = {(step.folder.label, step.folder.fingerprint) for step in steps}
    with open_session(folder.root) as session:
        loaded = session.rows("SELECT stage, fingerprint, part FROM loaded_parts")
    return any(
        (stage, fingerprint) not in needed or part not in planned
        for stage, fingerprint, part in loaded
    )


def _published(folder: StudyFolder) -> Iterator[Path]:
    """The database, and its vectors."""
    yield from filter(Path.exists, (folder.database, folder.vectors_database, folder.vectors))


def _leftovers(folder: StudyFolder) -> Iterator[AnyPath]:
    """What lies beside the database and is none of it."""
    databases = (folder.database, folder.vectors_database)
    for database in databases:
        for name in (f".{database.name}", database.name):
            yield from (path for path in folder.root.glob(f"{name}*") if path not in databases)


def _replaced_vectors(folder: StudyFolder) -> Iterator[Path]:
    """Files in which the database has its vectors no more: they are kept for whoever has opened the study before."""
    if folder.database.exists():
        with open_session(folder.root) as session:
            needed = {file.name for file in session.vector_files}
        yield from (path for path in folder.vectors.glob("*") if path.name not in needed)


def _children(folder: AnyPath) -> list[AnyPath]:
    if isinstance(folder, ObjectPath):
        return [*folder.iterdir()]
    return [*sorted(folder.iterdir())] if folder.is_dir() else []


def _files(path: AnyPath) -> list[AnyPath]:
    return [p for p in path.rglob("*") if p.is_file()] if path.is_dir() else [path]


def _remove(path: AnyPath) -> None:
    if isinstance(path, ObjectPath):
        path.unlink() if path.listed else path.rmtree()
    elif path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
