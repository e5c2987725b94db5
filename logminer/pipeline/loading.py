"""Reading a pipeline file: its relative paths start at its folder, and every name in it must refer to something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from logminer.environments.acting.kinds import world_called
from logminer.environments.acting.world import values_of
from logminer.errors import ConfigError, did_you_mean
from logminer.pipeline.file import PipelineFile
from logminer.schemas.reserved import AGAIN, LOGGED
from logminer.scorers.recorded import recorded_columns
from logminer.spec import load_yaml, parse

__all__ = ["SUITE_NAME", "problems", "read_pipeline_file"]

SUITE_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,63}", re.ASCII)  # it names a folder


def read_pipeline_file(path: str | Path) -> PipelineFile:
    """Read a pipeline file; relative paths in it start at its folder.

    Raises:
        ConfigError: unknown key, wrong value, or a name that refers to nothing; says where in the file.
    """
    where = Path(path)
    said = parse(PipelineFile, load_yaml(where), str(where))
    file = said.rooted(where.absolute().parent)
    for key, problem in problems(file):
        raise ConfigError(f"{where}: {key}: {problem}")
    return file


class _Reference(NamedTuple):
    """A name that a key of the file bears, and the names that there are."""

    key: str
    name: str
    known: Sequence[str]


def problems(file: PipelineFile) -> Iterator[tuple[str, str]]:
    """Names in the file that refer to nothing, or are taken: the key, and what is wrong there."""
    names = [checkpoint.name for checkpoint in file.checkpoints]
    for index, name in enumerate(names):
        key = f"checkpoints.{index}.name"
        if name == LOGGED:
            yield key, f"'{LOGGED}' is reserved for the answers found in the log"
        if name.endswith(AGAIN):
            yield key, f"names that end in '{AGAIN}' are kept for the noise floor"
        if name in names[:index]:
            yield key, f"'{name}' is used twice"
        if file.checkpoints[index].acts_only and file.acting is None:
            yield (
                f"checkpoints.{index}.kind",
                "transcripts are carried out in an environment: name them in a suite's entry, as in {arms: {sft: {path: …}}}",
            )
    for index, (base, candidate) in enumerate(file.compare.pairs):
        if base == candidate:
            yield (
                f"compare.pairs.{index}",
                f"'{base}' is compared with itself: name two checkpoints",
            )
    for name in file.suites:
        if not SUITE_NAME.fullmatch(name):
            yield (
                "suites",
                "a suite's name has letters, digits, '_', '-' and '.', and begins with one of the first two; name its file"
                " under `suite`",
            )
    for name, family in file.families.items():
        same = [other for other, pair in file.families.items() if {*pair} == {*family}]
        if len({*family}) < 2 or same[0] != name:
            yield (
                f"families.{name}",
                "a family is a base and a candidate that are no other family's two: a difference says nothing of itself",
            )
    if len(file.compare.chain) == 1 or len({*file.compare.chain}) < len(file.compare.chain):
        yield "compare.chain", "name two or more checkpoints, each once, in the order of training"
    pretraining = file.compare.pretraining
    if pretraining in file.compare.chain[1:]:
        yield (
            "compare.pretraining",
            f"'{pretraining}' has nothing but pretraining, so compare.chain begins with it",
        )
    for key, name, known in _checkpoint_names(file, names):
        if name not in known:
            hint = did_you_mean(name, known, "")
            near = f"; {hint}" if hint else ""
            names_there = ", ".join(known) or "none"
            yield key, f"no checkpoint is named '{name}'{near} (there are: {names_there})"
    for key, name, known in _attribute_names(file):
        if name not in known:
            hint = did_you_mean(name, known, "")
            mend = "add the dump's column to source.keep"
            mend = f"{hint} Otherwise {mend}" if hint else mend
            yield key, f"'{name}' is not kept with the prompts: {mend}"
    by_month = "month" in file.compare.strata and "month" not in file.source.keep
    if by_month and file.anonymise.kept_times == "year":
        yield (
            f"compare.strata.{file.compare.strata.index('month')}",
            "of the times of conversations the year alone is kept: set anonymise.times to month or day",
        )
    yield from _undecided(file)


def _undecided(file: PipelineFile) -> Iterator[tuple[str, str]]:
    """Columns and values of recorded scorers that are never decided where the checkpoints act: all labels would be no."""
    if file.acting is None:
        return
    decided = values_of(world_called(file.acting.environment))
    said = f"of what {file.acting.environment} decides"
    for column, values in recorded_columns(file.judge.scorers).items():
        if column not in decided:
            hint = did_you_mean(column, decided, f"there are {', '.join(decided)}")
            yield "judge.scorers", f"{said} there is no column '{column}'; {hint}"
            continue
        known = decided[column]
        for value in (one for one in values if one not in known):
            hint = did_you_mean(value, known, f"there are {', '.join(known)}")
            yield "judge.scorers", f"{said} the column '{column}' is never '{value}'; {hint}"


def _checkpoint_names(file: PipelineFile, names: list[str]) -> Iterator[_Reference]:
    for name in file.plan.prices:
        yield _Reference(f"plan.prices.{name}", name, names)
    for index, pair in enumerate(file.compare.pairs):
        for name in pair:
            yield _Reference(f"compare.pairs.{index}", name, [LOGGED, *names])

    for name, family in file.families.items():
        for one in family:
            yield _Reference(f"families.{name}", one, names)
    for index, one in enumerate(file.compare.chain):
        yield _Reference(f"compare.chain.{index}", one, [LOGGED, *names])
    if file.compare.pretraining is not None:
        yield _Reference("compare.pretraining", file.compare.pretraining, file.compare.chain)
    for name, entry in file.suites.items():
        for arm in entry.arms:
            yield _Reference(f"suites.{name}.arms.{arm}", arm, names)


def _attribute_names(file: PipelineFile) -> Iterator[_Reference]:
    keep = list(file.source.keep)
    yield _Reference("compare.cluster_by", file.compare.cluster_by, ["user", *keep])
    if file.replay.stratify:
        yield _Reference("replay.stratify", file.replay.stratify, ["language", *keep])
    for index, scorer in enumerate(file.judge.scorers):
        for name in scorer.reads_attributes:
            yield _Reference(f"judge.scorers.{index}", name, keep)
    for index, name in enumerate(file.compare.strata):
        yield _Reference(f"compare.strata.{index}", name, ["language", "turn", "month", *keep])
