"""`logminer forget`: taking people out of the study of a pipeline and of those of its suites, so that no run brings them back."""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

from logminer.ids import Pseudonyms, load_key
from logminer.pipeline.file import PipelineFile
from logminer.pipeline.holding import lock_journey
from logminer.pipeline.journey import Journey, prepare
from logminer.pipeline.reporter import Reporter
from logminer.run.forgetting import ErasedStudy, Forgetting, projects_of
from logminer.store.forgotten import Forgotten
from logminer.store.layout import StudyFolder
from logminer.store.lock import lock_study
from logminer.suites.listing import suite_journeys

__all__ = ["Erased", "forget_all"]


class Erased(NamedTuple):
    """What became of those who are forgotten.

    Attributes:
        project: of their pseudonyms.
        users: how many were named.
        found: of these, those of whom something was there.
        before: conversations that began before this go, and are not taken in again; None: none do for their age.
        studies: what each held.
        removed: whether it is gone; else it is only told.
        releases: of the project, which may hold them: no file of these is changed.
        unknown: places, from 1, of the users that were named and of whom nothing was there.
        noted: whether a later run rejects anybody.
    """

    project: str
    users: int
    found: int
    before: datetime | None
    studies: tuple[ErasedStudy, ...]
    removed: bool
    releases: tuple[str, ...] = ()
    unknown: tuple[int, ...] = ()
    noted: bool = True

    @property
    def rows(self) -> int:
        """Of all kinds, in all studies."""
        return sum(n for one in self.studies for n in one.rows.values())

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        before = self.before.isoformat() if self.before else None
        studies = [one.as_json() for one in self.studies]
        return {**self._asdict(), "before": before, "studies": studies, "rows": self.rows}


class _Study(NamedTuple):
    folder: StudyFolder
    journey: Journey | None


def forget_all(
    file: PipelineFile,
    base: Path,
    users: Sequence[str],
    before: datetime | None,
    reporter: Reporter,
    *,
    remove: bool,
) -> Erased:
    """Take out users, and what is too old, and note that they are not to come back; with neither, those who were noted before.

    Args:
        file: the pipeline.
        base: its folder.
        users: ids as the dump has them.
        before: conversations that began before this are too old.
        reporter: told of the progress.
        remove: else it is only told.

    Raises:
        SourceError: the dump, or a declared suite's data, cannot be read; nothing is changed then.
        StoreError: somebody reads or writes one of the studies.
        LogminerError: as a run; the same call ends what was begun.
    """
    own = prepare(file, base)
    studies = [_Study(own.folder, own)]
    studies += [_Study(one.folder, one) for _, one in suite_journeys(file, base)]
    known = {one.folder.root for one in studies}
    others = [one for one in own.folder.nested if one.root not in known]
    studies += [_Study(one, None) for one in others]
    with contextlib.ExitStack() as stack:
        for one in studies:
            stack.enter_context(_held(one))
        projects, noted = _projects(studies), Forgotten.read(own.folder.forgotten)
        if remove and any(one.folder.forgetting.exists() for one in studies):
            # Of whom it was then, and of nobody else: what was written is vouched for as if all had been.
            _Forgetting.begun(studies, noted, projects).end(reporter)
        named = [
            {p.forgotten(p.user(form)) for p in projects for form in _written(user)}
            for user in users
        ]
        people = noted.joined(Forgotten(frozenset().union(*named), before))
        if remove:
            people.keep(own.folder.forgotten)
        begun = _Forgetting.begun(studies, people, projects)
        if remove:
            people.with_marks(begun.marks).keep(own.folder.forgotten)
        told = begun.end(reporter) if remove else [one.told() for one in begun.each]
        if any(one.rows for one in told) and remove:
            own.folder.board.unlink(missing_ok=True)
        unknown = tuple(i for i, one in enumerate(named, 1) if begun.marks.isdisjoint(one))
        return Erased(
            own.file.project_name,
            len(users),
            len(users) - len(unknown),
            people.before,
            tuple(told),
            remove,
            unknown=unknown,
            noted=bool(people.with_marks(begun.marks)),
        )


def _written(user: str) -> set[str]:
    """An id as it was given, and with the same letters composed and decomposed: nobody sees the difference."""
    return {user, unicodedata.normalize("NFC", user), unicodedata.normalize("NFD", user)}


class _Forgetting(NamedTuple):
    """What is begun in each study, which is locked."""

    each: list[Forgetting]

    @classmethod
    def begun(
        cls, studies: Sequence[_Study], people: Forgotten, projects: Sequence[Pseudonyms]
    ) -> Self:
        return cls([Forgetting(*one, people, projects) for one in studies])

    @property
    def marks(self) -> frozenset[str]:
        """Of who was found."""
        return frozenset[str]().union(*(one.held.marks for one in self.each))

    def end(self, reporter: Reporter) -> list[ErasedStudy]:
        """Where there is anything to do, it is done."""
        return [one.erase(reporter) if one.is_due else one.told() for one in self.each]


def _held(study: _Study) -> contextlib.AbstractContextManager[None]:
    if study.journey:
        return lock_journey(study.journey)
    folder = study.folder
    return lock_study(folder.root, folder.parts if folder.parts != folder.own_parts else None)


def _projects(studies: Sequence[_Study]) -> list[Pseudonyms]:
    """Those of today first, then all others that a study ever had."""
    key, found = load_key(), dict[str, Pseudonyms]()
    for one in studies:
        if one.journey:
            found.setdefault(one.journey.file.project_name, one.journey.pseudonyms)
    for one in studies:
        found = projects_of(one.folder, key) | found
    first = studies[0].journey
    assert first is not None
    return sorted(found.values(), key=lambda p: p.key_id != first.pseudonyms.key_id)
