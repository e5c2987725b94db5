"""Forgetting the answers that failed, so that the next run asks for them again and for nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow.compute as pc

from logminer.files.objects import AnyPath
from logminer.pipeline.journey import Arm, Journey
from logminer.runners.journal import Journal
from logminer.scorers.autorater.reply import PROBLEMS
from logminer.stages.step import Step
from logminer.store.parts import PartFile

__all__ = ["forget", "forget_failed"]


def forget_failed(journey: Journey) -> int:
    """Make parts with failed answers, of checkpoints or of judges, unfinished again; the number of answers forgotten.

    What was answered becomes the part's journal; what judges said is kept anyway. What was made of the part goes first, so
    that nothing outdated is left however this ends. The caller holds the study's lock.
    """
    replayed = [
        (arm, file)
        for arm in journey.arms
        if arm.asked.kin  # its answers can be had again
        for file in _with_failures(arm.asked, _unanswered)
    ]
    rated = [
        file
        for arm in journey.arms
        for step in arm.ratings
        for file in _with_failures(step, _unjudged)
    ]
    forgotten = sum(_forget_ratings(file) for file in rated)
    return forgotten + sum(forget(arm, file) for arm, file in replayed)


def _with_failures(step: Step, failed: Callable[[AnyPath], int]) -> list[AnyPath]:
    return [file for file in map(step.folder.file, step.folder.parts()) if failed(file)]


def _unanswered(file: AnyPath) -> int:
    errors = PartFile(file).read(["error"])["error"]
    return len(errors) - int(errors.null_count)


def _unjudged(file: AnyPath) -> int:
    """Judgements for which no answer came; one that cannot be read is an answer."""
    errors = PartFile(file).read(["judge_error"])["judge_error"]
    return sum(error is not None and error not in PROBLEMS for error in errors.to_pylist())


def _forget_ratings(file: AnyPath) -> int:
    failed = _unjudged(file)
    file.unlink()
    return failed


def forget(arm: Arm, file: AnyPath) -> int:
    """Forget the failed answers of one part; how many there were."""
    kept = ("act",) if arm.act else ("replay", "labels")  # labels that were recorded stay
    for made in file.parent.parent.glob(f"*.{arm.name}-*/{file.name}"):
        if made.parent.name.split(".")[0] not in kept:
            made.unlink()
    rows = PartFile(file).read()
    answered = rows.filter(pc.is_null(rows["error"]))
    journal = Journal(file, arm.asked.stage.output, arm.asked.kin)
    if len(answered):
        journal.keep(answered)
    file.unlink()
    return len(rows) - len(answered)
