"""Who answers in a suite, and what of the pipeline's comparisons is left where not every checkpoint does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from logminer.checkpoints.kinds import AnyCheckpoint
from logminer.checkpoints.recorded import Recorded
from logminer.checkpoints.recordings.files import COLUMNS
from logminer.checkpoints.transcripts import Transcripts
from logminer.errors import ConfigError
from logminer.pipeline.file import PipelineFile, SuiteArm, SuiteEntry
from logminer.sources.formats import FORMATS
from logminer.sources.prompts import PROMPTS
from logminer.sources.spec import SourceSpec

__all__ = ["SuiteArms", "arms_of"]


class SuiteArms(NamedTuple):
    """The checkpoints of a suite, and what they can be compared by.

    Attributes:
        checkpoints: those with answers, in the pipeline's order.
        left_out: names of the others.
        pairs, chain, families: as in a pipeline, of those that are there.
        notes: what of the pipeline's was left out for want of an arm.
    """

    checkpoints: tuple[AnyCheckpoint, ...]
    left_out: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    chain: tuple[str, ...]
    families: dict[str, tuple[str, str]]
    notes: tuple[str, ...]


def arms_of(
    name: str,
    file: PipelineFile,
    entry: SuiteEntry,
    source: SourceSpec,
    *,
    labels_only: bool,
    acting: bool = False,
) -> SuiteArms:
    """The arms of a suite.

    A checkpoint that generates answers by itself, unless the entry names recorded answers for it; one that is recorded has
    answers to the dump, and none here unless the entry names some.

    Args:
        name: of the suite.
        file: the pipeline.
        entry: what it says of the suite.
        source: the suite's prompts.
        labels_only: nothing is judged but by labels that were recorded with answers, so nobody is asked.
        acting: they act in an environment, and what is recorded are transcripts.

    Raises:
        ConfigError: nobody has answers, no pair of those that are compared has both, or nobody says where transcripts are.
    """
    found = {
        one.name: _actor(name, one, entry) if acting else _arm(one, entry, source, labels_only)
        for one in file.checkpoints
    }
    there = {one: arm for one, arm in found.items() if arm is not None}
    left_out = tuple(one for one in found if one not in there)
    if not there:
        raise ConfigError(
            f"suites.{name}: no checkpoint has answers to it: {_why(labels_only)}; say under `arms` which recorded models stand"
            " for them, as in {arms: {sft: model-a, prod: model-b}}"
        )
    wanted = file.compared(has_log=False)
    pairs = tuple(pair for pair in wanted if {*pair} <= there.keys())
    if len(there) > 1 and not pairs:
        missing = ", ".join(f"{base} → {candidate}" for base, candidate in wanted)
        raise ConfigError(
            f"suites.{name}: nothing to compare: no pair of {missing} has both its answers here (there are {', '.join(there)});"
            " name arms for them, or pairs of these under compare.pairs"
        )
    chain = tuple(one for one in file.compare.chain if one in there)
    chain = chain if len(chain) > 1 else ()
    families = {n: pair for n, pair in file.families.items() if {*pair} <= there.keys()}
    notes = tuple(_notes(file, entry, left_out, wanted, pairs, chain, families, labels_only))
    return SuiteArms(tuple(there.values()), left_out, pairs, chain, families, notes)


def _notes(
    file: PipelineFile,
    entry: SuiteEntry,
    left_out: Sequence[str],
    wanted: Sequence[tuple[str, str]],
    pairs: Sequence[tuple[str, str]],
    chain: Sequence[str],
    families: dict[str, tuple[str, str]],
    labels_only: bool,
) -> Iterator[str]:
    if left_out:
        yield f"no answers of {', '.join(left_out)} here: no arm is named for it, and {_why(labels_only)}"
    if lost := [f"{one} → {other}" for one, other in wanted if (one, other) not in pairs]:
        yield f"not compared here: {', '.join(lost)}"
    if lacking := [one for one in file.compare.chain if one not in chain]:
        told = f"is {' → '.join(chain)}" if chain else "is too short to be told"
        yield f"compare.chain {told} here, without {', '.join(lacking)}"
    if gone := [one for one in file.families if one not in families]:
        yield f"families that are not whole here: {', '.join(gone)}"
    if stood_for := [
        one.name for one in file.checkpoints if one.name in entry.arms and not one.is_recorded
    ]:
        yield f"recorded answers stand for {', '.join(stood_for)}: it is not asked"


def _why(labels_only: bool) -> str:
    """Why a checkpoint has no answers without an arm."""
    if labels_only:
        return "this suite judges by recorded labels alone, so nobody is asked"
    return "recorded ones have those to the dump alone"


def _actor(suite: str, checkpoint: AnyCheckpoint, entry: SuiteEntry) -> AnyCheckpoint | None:
    """Who acts for a checkpoint in an environment; None: nobody."""
    arm: SuiteArm | None = entry.arms.get(checkpoint.name)
    if arm is None:
        return None if checkpoint.is_recorded else checkpoint
    key = f"suites.{suite}.arms.{checkpoint.name}"
    if arm.path is None:
        raise ConfigError(
            f"{key}: say where its transcripts are, as in {{path: transcripts.jsonl}}: a row a run, with prompt_id and messages"
        )
    if arm.samples == "all":
        raise ConfigError(
            f"{key}.samples: one run of each task is carried out again; pick it by `where`"
        )
    return Transcripts(
        name=checkpoint.name,
        family=checkpoint.family,
        path=arm.path,
        model=arm.model,
        where=arm.where,
    )


def _arm(
    checkpoint: AnyCheckpoint, entry: SuiteEntry, source: SourceSpec, labels_only: bool
) -> AnyCheckpoint | None:
    """Who answers for a checkpoint in the suite; None: nobody."""
    arm: SuiteArm | None = entry.arms.get(checkpoint.name)
    if arm is None:
        return None if checkpoint.is_recorded or labels_only else checkpoint
    own = arm.path is None
    # A table with an answer a row is no dump of dialogues, and known by its own columns.
    alone = source.format in ("auto", PROMPTS.name)
    answers = alone or FORMATS[source.format].row == "answer"
    known = {ours: theirs for ours, theirs in source.columns.items() if ours in COLUMNS}
    return Recorded(
        name=checkpoint.name,
        family=checkpoint.family,
        path=arm.path or source.path,
        model=arm.model,
        where={**source.where, **arm.where} if own else arm.where,
        samples=arm.samples,
        format="auto" if answers or not own else source.format,
        columns={} if not own else known if answers else source.columns,
        roles=source.roles,
    )
