"""How far a study is: parts that are there, parts to compute, and what of them is published."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from logminer.errors import QueryError, StoreError, StudyHeld
from logminer.pipeline.journey import Journey
from logminer.pipeline.rematched import rematched
from logminer.run import mapping
from logminer.stages.place import Place
from logminer.stages.step import Step
from logminer.store.layout import StudyFolder
from logminer.store.loading import Key
from logminer.store.parts import PartFile
from logminer.store.session import open_session

__all__ = ["PUBLISH", "StageStatus", "status"]

PUBLISH = "publish"


class StageStatus(NamedTuple):
    """How far a stage is: parts of this fingerprint that are finished, and parts still to compute.

    The last one is `publish`: parts that are in the database as they are to be, and others that are to go into it or out of
    it; without a fingerprint, as has a stage `place` before there is a map of clusters.

    Attributes:
        suite: whose study it is of; None: the pipeline's own.
        answers, of_answers: of what is still to compute, answers (or episodes) that are there already, and how many there
            will be at most; None where the stage asks nobody, or the prompts are not known yet.
        published_at: of `publish`, when the last run that has published everything ended; None: none has.
    """

    stage: str
    fingerprint: str
    done: int
    to_do: int
    suite: str | None = None
    answers: int | None = None
    of_answers: int | None = None
    published_at: datetime | None = None


def status(journey: Journey) -> list[StageStatus]:
    """Each stage from the dump to the database, in order; comparisons follow from what is published."""
    parts = {slice_.part for slice_ in journey.file.source.slices()}
    changed = set(rematched(journey))
    samples = {arm.asked.stage.label: arm.samples for arm in journey.arms if arm.checkpoint}
    found = []
    for step in journey.steps:
        label = step.stage.label
        done = {part for part in step.folder.parts() if step.folder.file(part) not in changed}
        one = _status(step, done, parts)
        open_ = parts - done
        if open_ and label in samples:
            folder = journey.prompts.folder
            if open_.issubset(folder.parts()):
                prompts = sum(PartFile(folder.file(part)).footer().rows_out for part in open_)
                asked = samples[label] * prompts
                one = one._replace(answers=step.folder.kept(), of_answers=asked)
        found.append(one)
    map_ = mapping.own_map(journey)
    places = mapping.place_steps(journey, map_) if map_ else []
    found += [_status(step, step.folder.parts(), parts) for step in places]
    if not map_:
        labels = [f"{Place.name}.{arm.name}" for arm in journey.arms]
        found += [StageStatus(label, "", 0, len(parts)) for label in labels]
    return [*found, *_published(journey.folder, [*journey.loadables(), *places], parts)]


def _status(step: Step, done: Iterable[str], parts: set[str]) -> StageStatus:
    open_ = len(parts.difference(done))
    return StageStatus(step.stage.label, step.folder.fingerprint, len(parts) - open_, open_)


def _published(folder: StudyFolder, steps: Sequence[Step], parts: set[str]) -> list[StageStatus]:
    """The last stage; none where another program holds the database, so that nobody can tell."""
    wanted = {
        (step.folder.label, step.folder.fingerprint, part) for step in steps for part in parts
    }
    try:
        loaded, at = _loaded(folder)
    except StudyHeld:
        return []
    done = len(wanted & loaded)
    to_do = len(wanted ^ loaded)
    return [StageStatus(PUBLISH, "", done, to_do, published_at=at)]


def _loaded(folder: StudyFolder) -> tuple[set[Key], datetime | None]:
    if not folder.database.is_file():
        return set(), None
    try:
        with open_session(folder.root) as session:
            loaded = session.rows("SELECT stage, fingerprint, part FROM loaded_parts")
            ((at,),) = session.rows(
                "SELECT max(finished_at) FROM runs WHERE status = 'done' AND pipeline IS NOT NULL"
            )
    except StudyHeld:
        raise
    except (StoreError, QueryError):  # damaged, or of an earlier version: it is built anew
        return set(), None
    return {(stage, fingerprint, part) for stage, fingerprint, part in loaded}, at
