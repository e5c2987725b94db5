"""The pipeline of a suite: its own questions and measures, the checkpoints and the rules of the pipeline that declares it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from logminer.checkpoints.kinds import AnyCheckpoint
from logminer.checkpoints.recorded import Recorded
from logminer.checkpoints.recordings.files import FOUND_BY
from logminer.errors import ConfigError
from logminer.files.finding import rooted
from logminer.pipeline.file import PipelineFile, SuiteArm, SuiteEntry
from logminer.pipeline.suitefile import Suite
from logminer.privacy.options import AnonymiseOptions
from logminer.scorers.kinds import AnyScorer
from logminer.sources.prompts import PROMPTS
from logminer.sources.spec import SourceSpec
from logminer.spec import parse
from logminer.store.layout import StudyFolder
from logminer.suites.labelled import labelled_source, recorded_labels
from logminer.taxonomy.tree import load_taxonomy

__all__ = ["SuitePipeline", "suite_pipeline"]


class SuitePipeline(NamedTuple):
    """A pipeline file of its own.

    Attributes:
        suite: what it was made of.
        file: as if a user had written it.
        base: the folder from which its taxonomy is named.
        left_out: checkpoints of the pipeline that have no answers here.
    """

    suite: Suite
    file: PipelineFile
    base: Path
    left_out: tuple[str, ...]


def suite_pipeline(file: PipelineFile, base: Path, suite: Suite) -> SuitePipeline:
    """What `suite` is, run on the checkpoints of a pipeline, as a study below that pipeline's.

    Args:
        file: the pipeline that declares it, or not; then it needs data of its own.
        base: the folder of that pipeline file.
        suite: see `suitefile.find_suite`.

    Raises:
        ConfigError: nobody says where its data is, or no checkpoint has answers to it.
    """
    said = suite.file
    if said.kind == "pipeline":
        return SuitePipeline(suite, file, base, ())
    entry = file.suites.get(suite.name, SuiteEntry())
    source = _source(suite, entry)
    checkpoints = tuple(
        arm for one in file.checkpoints if (arm := _arm(one, entry, source)) is not None
    )
    names = [one.name for one in checkpoints]
    if not names:
        raise ConfigError(
            f"suites.{suite.name}: no checkpoint has answers to it: recorded ones have those to the dump alone; say under"
            " `arms` which recorded models stand for them, as in {arms: {sft: model-a, prod: model-b}}"
        )
    judge = file.judge.model_copy(
        update={
            "taxonomy": said.taxonomy,
            "found": None,
            "scorers": (
                *recorded_labels(said.recorded, checkpoints),
                *(one for one in said.scorers if one.fits(file.embed.model)),
                *_raters(file, suite),
            ),
            "primary": said.primary,
        }
    )
    taxonomy = load_taxonomy(said.taxonomy, suite.folder)
    judged = {node.category.id for node in taxonomy.nodes()}
    pairs = tuple(pair for pair in file.compare.pairs if set(pair) <= set(names))
    compare: dict[str, Any] = {
        "pairs": pairs,
        "margins": {name: m for name, m in file.compare.margins.items() if name in judged},
        "strata": said.strata,
        "only": said.only,
        "chain": tuple(one for one in file.compare.chain if one in names),
    }
    if said.cluster_by is not None:
        compare["cluster_by"] = said.cluster_by
    own = PipelineFile(
        study=StudyFolder(file.study).suites / suite.name,
        group_readable=file.group_readable,
        project=file.project,
        source=source,
        anonymise=_anonymise(file, base, suite.name, entry),
        prompts=said.prompts,
        checkpoints=checkpoints,
        replay=file.replay.model_copy(update={"sample": None, "stratify": None}),
        judge=judge,
        embed=file.embed,
        cluster=file.cluster,
        compare=_only_said(file, compare),
        discover=file.discover,
        gates=file.gates,
        families={n: f for n, f in file.families.items() if set(f) <= set(names)},
        plan=file.plan,
        workers=file.workers,
    )
    left_out = tuple(one.name for one in file.checkpoints if one.name not in names)
    return SuitePipeline(suite, own, suite.folder, left_out)


def _only_said(file: PipelineFile, update: dict[str, Any]) -> Any:
    """Options of `compare` with what the suite says; what nobody says stays unsaid, so that a format may say it."""
    said = {name: getattr(file.compare, name) for name in file.compare.model_fields_set}
    said.pop("cluster_by", None)
    return type(file.compare)(**(said | update))


def _anonymise(file: PipelineFile, base: Path, name: str, entry: SuiteEntry) -> AnonymiseOptions:
    """The pipeline's, but for what the suite's entry says."""
    if not entry.anonymise:
        return file.anonymise
    said = parse(AnonymiseOptions, entry.anonymise, f"suites.{name}.anonymise").rooted(base)
    return file.anonymise.model_copy(
        update={key: getattr(said, key) for key in said.model_fields_set}
    )


def _source(suite: Suite, entry: SuiteEntry) -> SourceSpec:
    said = {"columns": suite.file.columns, **suite.file.source}
    path = entry.path or (rooted(said["path"], suite.folder) if said.get("path") else None)
    if path is None:
        raise ConfigError(
            f"suites.{suite.name}: say where its data is, as in {{path: data/{suite.name}}}; see: logminer suite show {suite.name}"
        )
    said |= {"path": path}
    for name in ("format", "columns", "where"):
        if given := getattr(entry, name):
            said[name] = {**said.get(name, {}), **given} if isinstance(given, dict) else given
    if suite.file.kind == "prompts":
        said = labelled_source(suite.name, entry, said)
    return parse(SourceSpec, said, f"{suite.path}: source")


def _arm(checkpoint: AnyCheckpoint, entry: SuiteEntry, source: SourceSpec) -> AnyCheckpoint | None:
    """Who answers for a checkpoint in the suite; None: nobody."""
    arm: SuiteArm | None = entry.arms.get(checkpoint.name)
    if arm is None:
        return None if checkpoint.is_recorded else checkpoint
    prompts_alone = source.format == PROMPTS.name
    columns = {} if arm.path else source.columns
    return Recorded(
        name=checkpoint.name,
        path=arm.path or source.path,
        model=arm.model,
        where=arm.where,
        samples=arm.samples,
        format="auto" if prompts_alone or source.format == "paired" else source.format,
        columns={c: columns[c] for c in columns if c in FOUND_BY} if prompts_alone else columns,
        roles=source.roles,
    )


def _raters(file: PipelineFile, suite: Suite) -> tuple[AnyScorer, ...]:
    """The pipeline's autoraters, put to the categories that the suite has rated."""
    if not suite.file.rated:
        return ()
    raters = (one.asked_of(suite.file.rated) for one in file.judge.scorers)
    return tuple(one for one in raters if one is not None)
