"""Looking before leaping: would a pipeline work, and what of it is done?"""

from __future__ import annotations

from typing import NamedTuple

from logminer.checkpoints import Recorded
from logminer.compare import AGAIN
from logminer.errors import ModelError, SecretError
from logminer.ids import key_file
from logminer.pipeline import Pipeline
from logminer.scorers import recorded_columns
from logminer.sources import SourceInfo

__all__ = ["Checked", "StageStatus", "check", "check_dump", "status"]


class Checked(NamedTuple):
    """A pipeline that would work, with what its owner should know."""

    format: str
    files: int
    rows: int
    arms: list[str]
    pairs: list[tuple[str, str]]
    warnings: list[str]


class StageStatus(NamedTuple):
    """How far a stage is: parts of this fingerprint that are finished, and parts still to compute."""

    stage: str
    fingerprint: str
    done: int
    to_do: int


def check(pipeline: Pipeline, *, resuming: bool = False) -> Checked:
    """Everything that can be told before the first row is read.

    Args:
        pipeline: what would run.
        resuming: leave checkpoints alone that have answered already: what is done needs no server.

    Raises:
        LogminerError: the first thing that would stop a run.
    """
    source = check_dump(pipeline)
    taxonomy = pipeline.taxonomy()
    arms = pipeline.journey().arms
    answered = {arm.name for arm in arms if arm.replay.folder.parts()}
    for checkpoint in pipeline.checkpoints:
        if not (resuming and checkpoint.name in answered):
            checkpoint.check()
    rated = {step.stage.lane for arm in arms for step in arm.ratings if step.folder.parts()}
    raters = pipeline.autoraters()
    for scorer, _ in raters:
        if not (resuming and f"rate.{scorer.name}" in rated):
            scorer.check()
    known = {node.category.id for node in taxonomy.nodes()} | {"clusters"}
    warnings = [
        f"compare.margins.{name}: taxonomy {taxonomy.name} has no such category"
        for name in pipeline.compare.margins
        if name not in known
    ]
    fate = {"reject": "are rejected", "patterns_only": "are searched by patterns only"}
    warnings += [
        f"no spaCy model for {language} ({model} is not installed): conversations in it "
        f"{fate[pipeline.anonymise.unsupported_language]}"
        for language, model in pipeline.anonymise.missing_models().items()
    ]
    recorded = any(checkpoint.kind == "recorded" for checkpoint in pipeline.checkpoints)
    if recorded_columns(pipeline.judge.scorers) and not recorded:
        warnings.append(
            "a recorded scorer needs a recorded checkpoint: all its labels are unparsable"
        )
    warnings += [
        f"judge.scorers: {scorer.name} judges no category of the taxonomy {taxonomy.name}"
        for scorer in pipeline.judge.scorers
        if not scorer.categories(taxonomy)
    ]
    warnings += [note for rater in raters for note in rater.notes]
    if pipeline.compare.noise_floor:
        warnings += _noise_floor(pipeline)
    if len(pipeline.arms()) < 2:
        warnings.append("only one checkpoint: nothing to compare")
    return Checked(
        source.format, source.files, source.rows, pipeline.arms(), pipeline.pairs(), warnings
    )


def check_dump(pipeline: Pipeline) -> SourceInfo:
    """What can be told of the dump, the key and the detectors alone.

    Raises:
        LogminerError: the first thing that would keep prompts from being made.
    """
    source = pipeline.source.check()
    if key_file().resolve().is_relative_to(pipeline.study.resolve()):
        raise SecretError(
            f"{key_file()}: the pseudonym key must not lie in the study; move the file"
        )
    _check_models(pipeline)
    return source


def _noise_floor(pipeline: Pipeline) -> list[str]:
    drawn = [again.name.removesuffix(AGAIN) for again in pipeline.repeats()]
    sampled = {
        c.name for c in pipeline.checkpoints if isinstance(c, Recorded) and c.samples == "all"
    }
    if pipeline.replay.samples > 1:
        sampled |= {c.name for c in pipeline.checkpoints if not isinstance(c, Recorded)}
    bases = dict.fromkeys(base for base, _ in pipeline.pairs())
    return [
        f"compare.noise_floor: {name} is replayed once more under another seed" for name in drawn
    ] + [
        f"compare.noise_floor: {name} has one answer to a prompt, so there is no noise floor for it"
        " (a recorded checkpoint with several takes samples: all)"
        for name in bases
        if name not in drawn and name not in sampled
    ]


def _check_models(pipeline: Pipeline) -> None:
    options = pipeline.anonymise
    missing = options.missing_models()
    if len(missing) == len(options.languages):
        model = next(iter(missing.values()))
        raise ModelError(
            f"anonymise.languages: no spaCy model for {', '.join(missing)}: python -m spacy download {model}, "
            "or name an installed model or a folder under anonymise.models"
        )


def status(pipeline: Pipeline) -> list[StageStatus]:
    """Each stage from the dump to the judgements, in order; clusters and comparisons follow from them."""
    parts = {slice_.part for slice_ in pipeline.source.slices()}
    found = []
    for step in pipeline.journey().steps:
        done = len(parts.intersection(step.folder.parts()))
        found.append(
            StageStatus(step.stage.label, step.folder.fingerprint, done, len(parts) - done)
        )
    return found
