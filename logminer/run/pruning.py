"""Taking away what a study holds and its pipeline does not need, so that what was erased from the dump is gone from disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from logminer.files.objects import AnyPath
from logminer.files.places import below
from logminer.pipeline.holding import lock_journey
from logminer.pipeline.journey import Journey
from logminer.run import mapping
from logminer.runners.journal import Journal
from logminer.stages.step import Step
from logminer.store.layout import StudyFolder
from logminer.store.leftovers import leftovers, remove_path
from logminer.store.parts import CHUNKS, files_of_stages
from logminer.store.session import open_session
from logminer.store.vectors import SegmentFolder

__all__ = ["Pruned", "Unneeded", "databases", "prune"]


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
READ = "a session that is open may read them: prune again when it is closed"
DATABASE = "holds what is not needed; the next run publishes it anew"


def prune(journey: Journey, *, remove: bool = False) -> Pruned:
    """Find, and on demand remove, what a run of the pipeline would neither read nor publish.

    That is: parts of a dump as it was before and of other options, answers kept for parts that are finished, what a killed
    run left, and a database that holds any of it. What people said (`human_labels.parquet`), the votes of judges (hashes and
    codes), cluster maps (vectors), which half each user is on (pseudonyms, in `halves.parquet`) and the records of runs stay.

    Args:
        journey: what is needed. Another pipeline file on the same study folder needs other parts: those go.
        remove: else it is only told. Vectors that an open session may read are told and stay.

    Raises:
        ConfigError: `parts` is a place that is read from too.
        StoreError: another run holds the study, or the place of its parts is not its own.
        SourceError: the dump cannot be read; nothing is removed.
    """
    if not journey.folder.root.is_dir():
        return Pruned(journey.folder.root, (), 0, False, remove)
    with lock_journey(journey):
        waste = _Waste(journey)
        found = tuple(waste.told())
        if remove:
            waste.remove()
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
        for file in files_of_stages(self._folder.parts):
            why = self._why_not(file, needed, planned)
            if why and file not in awaited:
                self._why[file] = why
        self.outdated = _holds_others(self._folder, steps, planned)
        if self.outdated:
            self._why |= dict.fromkeys(databases(self._folder), DATABASE)
        for path in leftovers(self._folder):
            self._why[path] = LEFT
        self._vectors = _vectors(self._folder, needed=not self.outdated)
        with SegmentFolder(self._folder.vectors).unread() as unread:
            why = REPLACED if unread is not False else f"{REPLACED}; {READ}"
        self._why |= dict.fromkeys(self._vectors, why)

    def remove(self) -> None:
        """Remove it, but for vectors that somebody reads."""
        for path in self._why:
            if path not in self._vectors:
                remove_path(path)
        with SegmentFolder(self._folder.vectors).unread() as unread:
            for path in self._vectors if unread is not False else ():
                remove_path(path)

    def _why_not(
        self, file: AnyPath, needed: Mapping[AnyPath, Step], planned: Collection[str]
    ) -> str | None:
        """Why a file among the parts is not needed."""
        is_lot = file.parent.name == CHUNKS
        step = needed.get(file.parent.parent if is_lot else file.parent)
        if step is None:
            return OTHER_OPTIONS
        if file.name.startswith("."):
            return LEFT
        if not is_lot:
            return None if file.stem in planned else OTHER_DUMP
        part = file.name.split(".")[0]
        return LOTS if part not in planned or step.folder.file(part).exists() else None

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
            place = below(path, self._folder.root)
            return (place.parent if path in self._vectors else place).as_posix()


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


def databases(folder: StudyFolder) -> Iterator[Path]:
    """What is published, and what shows its vectors."""
    yield from filter(Path.exists, (folder.database, folder.vectors_database))


def _vectors(folder: StudyFolder, *, needed: bool) -> set[AnyPath]:
    """Files in which the database has its vectors no more; all, where it is not needed itself or is not there."""
    kept: set[str] = set()
    if needed and folder.database.exists():
        with open_session(folder.root) as session:
            kept = {file.name for file in session.vector_files}
    return {path for path in folder.vectors.glob("*") if path.name not in kept}


def _files(path: AnyPath) -> list[AnyPath]:
    return [p for p in path.rglob("*") if p.is_file()] if path.is_dir() else [path]
