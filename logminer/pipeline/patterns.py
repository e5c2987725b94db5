"""Scorers that name the recorded answers' columns by a pattern: which they are is known from the data."""

from __future__ import annotations

from typing import NamedTuple

from logminer.pipeline.file import PipelineFile

__all__ = ["Spelt", "spelt_out"]


class Spelt(NamedTuple):
    """A pipeline file that names each of its scorers, and what of it nobody had said."""

    file: PipelineFile
    notes: tuple[str, ...]


def spelt_out(file: PipelineFile) -> Spelt:
    """The same; a scorer that stands for several columns is one for each that all files of the dump have, by name.

    Whom another scorer of the pipeline names already is not named again.

    Raises:
        SourceError, ConfigError: as `SourceSpec.check`.
    """
    scorers = file.judge.scorers
    if all(scorer.found_among(()) for scorer in scorers):
        return Spelt(file, ())
    names = [set(opened.rows.names) for opened in file.source.opened()]
    columns = sorted(set.intersection(*names))
    found, notes = {one.name: one for one in scorers if one.found_among(())}, []
    spelt = []
    for scorer in scorers:
        if scorer.found_among(()):
            spelt.append(scorer)
            continue
        meant = [one for one in scorer.found_among(columns) if one.name not in found]
        found |= {one.name: one for one in meant}
        spelt += meant
        named = ", ".join(one.name for one in meant) or "nothing: no column of the dump is meant"
        notes.append(f"judge.scorers: {scorer.name} is {named}")
    judge = file.judge.model_copy(update={"scorers": tuple(spelt)})
    return Spelt(file.model_copy(update={"judge": judge}), tuple(notes))
