"""Forgetting the answers that failed, so that the next run asks for them again and for nothing else."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc

from logminer.parts import PartFile
from logminer.pipeline import Arm, Journey
from logminer.runners.journal import Journal
from logminer.store import outdate

__all__ = ["forget_failed"]


def forget_failed(study: Path, journey: Journey) -> int:
    """Make parts with failed answers unfinished again; the number of answers forgotten.

    What was answered becomes the part's journal. What was made of the part goes first, so that nothing outdated is left
    however this ends. The caller holds the study's lock.
    """
    found = [
        (arm, file)
        for arm in journey.arms
        if arm.replay.kin  # its answers can be had again
        for file in map(arm.replay.folder.file, arm.replay.folder.parts())
        if _failed(file)
    ]
    if found:
        outdate(study)
    return sum(_forget(arm, file) for arm, file in found)


def _failed(file: Path) -> int:
    errors = PartFile(file).read(["error"])["error"]
    return len(errors) - int(errors.null_count)


def _forget(arm: Arm, file: Path) -> int:
    for made in file.parent.parent.glob(f"*.{arm.name}-*/{file.name}"):
        if made.parent.name.split(".")[0] not in ("replay", "labels"):
            made.unlink()
    rows = PartFile(file).read()
    answered = rows.filter(pc.is_null(rows["error"]))
    journal = Journal(file, arm.replay.stage.output, arm.replay.kin)
    if len(answered):
        journal.keep(answered)
    file.unlink()
    return len(rows) - len(answered)
