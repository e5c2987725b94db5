"""The pipeline of a suite: its own questions and measures, the checkpoints and the rules of the pipeline that declares it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from logminer.errors import ConfigError, did_you_mean, listed
from logminer.files.finding import rooted
from logminer.pipeline.file import ActingIn, PipelineFile, SuiteEntry
from logminer.pipeline.loading import SUITE_NAME, problems
from logminer.pipeline.references import CLUSTERS
from logminer.pipeline.suitefile import Suite
from logminer.privacy.options import AnonymiseOptions
from logminer.scorers.kinds import AnyScorer
from logminer.scorers.recorded import recorded_columns
from logminer.sources.formats import FORMATS
from logminer.sources.spec import SourceSpec
from logminer.spec import parse
from logminer.store.layout import SUITES, StudyFolder
from logminer.suites.arms import SuiteArms, arms_of
from logminer.suites.labelled import labelled_source, recorded_labels

__all__ = ["SuitePipeline", "suite_pipeline"]

OF_LABELLED = ("preset", "prompt", "label", "safe")  # of an entry: which prompts are safe
NO_ATTRIBUTES = ("all", "user", "language", "turn", "month")  # known of every prompt


class SuitePipeline(NamedTuple):
    """A pipeline file of its own.

    Attributes:
        suite: what it was made of.
        file: as if a user had written it.
        base: the folder from which its taxonomy is named.
        left_out: checkpoints of the pipeline that have no answers here.
        notes: what its owner should know, a line each.
    """

    suite: Suite
    file: PipelineFile
    base: Path
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def suite_pipeline(file: PipelineFile, base: Path, suite: Suite) -> SuitePipeline:
    """What `suite` is, run on the checkpoints of a pipeline, as a study below that pipeline's.

    No data is read, but for the names of columns: of a set of prompts and of the answers to it.

    Args:
        file: the pipeline that declares it, or not; then it needs data of its own.
        base: the folder of that pipeline file.
        suite: see `suitefile.find_suite`.

    Raises:
        ConfigError: nobody says where its data is, no checkpoint has answers to it, nothing of what is compared is there, or
            the suite's file names what nothing is called.
        SourceError: a set of prompts is missing or damaged.
    """
    said = suite.file
    if not SUITE_NAME.fullmatch(suite.name):
        raise ConfigError(f"{suite.path}: '{suite.name}' can be no folder's name: rename the file")
    _require_names(suite)
    entry = file.suites.get(suite.name, SuiteEntry())
    if said.kind == "pipeline":
        if used := sorted(entry.model_fields_set - {"suite"}):
            raise ConfigError(
                f"suites.{suite.name}.{used[0]}: this suite is the pipeline's own dump; leave that out"
            )
        return SuitePipeline(suite, file, base)
    if said.kind != "environment" and "acting" in entry.model_fields_set:
        raise ConfigError(f"suites.{suite.name}.acting: nobody acts in this suite; leave that out")
    for key in OF_LABELLED if said.kind != "prompts" else ():
        if key in entry.model_fields_set:
            raise ConfigError(
                f"suites.{suite.name}.{key}: this suite knows its own columns; leave that out, or say under `columns` what they"
                " are called"
            )
    source = _source(suite, entry)
    arms = arms_of(
        suite.name,
        file,
        entry,
        source,
        labels_only=_labels_only(suite),
        acting=said.environment is not None,
    )
    own = _pipeline(file, base, suite, source, arms)
    for key, problem in problems(own):
        raise ConfigError(f"suites.{suite.name} ({suite.path}): {key}: {problem}")
    notes = (*arms.notes, *_unfit(file, suite), *_unrated(file, suite, own))
    return SuitePipeline(suite, own, suite.folder, arms.left_out, notes)


def _pipeline(
    file: PipelineFile, base: Path, suite: Suite, source: SourceSpec, arms: SuiteArms
) -> PipelineFile:
    said, names = suite.file, [one.name for one in arms.checkpoints]
    judge = file.judge.model_copy(
        update={
            "taxonomy": said.taxonomy,
            "found": None,
            "scorers": (
                *recorded_labels(said.recorded, arms.checkpoints),
                *_scorers(file, suite),
                *_raters(file, suite),
            ),
            "primary": said.primary,
        }
    )
    return PipelineFile(
        study=StudyFolder(file.study).suites / suite.name,
        parts=f"{file.parts}/{SUITES}/{suite.name}" if file.parts else None,
        group_readable=file.group_readable,
        encryption=file.encryption,
        project=file.project,
        source=source,
        anonymise=_anonymise(file, base, suite.name),
        prompts=said.prompts,
        checkpoints=arms.checkpoints,
        replay=file.replay.model_copy(update={"sample": None, "stratify": None}),
        acting=_acting(file, suite, source),
        judge=judge,
        embed=file.embed,
        # By its name it may be left out here, or stood for.
        cluster=file.cluster.model_copy(update={"namer": file.namer()}),
        compare=_compare(file, suite, arms),
        discover=file.discover,
        gates=file.gates,
        families=arms.families,
        plan=file.plan.model_copy(
            update={"prices": {n: p for n, p in file.plan.prices.items() if n in names}}
        ),
        runner=file.runner,
        **{name: getattr(file, name) for name in {"workers"} & file.model_fields_set},
    )


def _acting(file: PipelineFile, suite: Suite, source: SourceSpec) -> ActingIn | None:
    if suite.file.environment is None:
        return None
    how = file.suites.get(suite.name, SuiteEntry()).acting
    said = {name: getattr(how, name) for name in how.model_fields_set}
    return ActingIn(environment=suite.file.environment, tasks=source.path, **said)


def _compare(file: PipelineFile, suite: Suite, arms: SuiteArms) -> Any:
    """The pipeline's rules with what the suite says; what nobody says stays unsaid, so that a format may say it."""
    taxonomy = suite.taxonomy()
    judged = {node.category.id for node in taxonomy.nodes()} | {CLUSTERS}
    theirs = file.compare
    said = {name: getattr(theirs, name) for name in theirs.model_fields_set}
    for name in ("cluster_by", "pretraining"):
        said.pop(name, None)
    own: dict[str, Any] = {
        "pairs": arms.pairs,
        "margins": {name: m for name, m in theirs.margins.items() if name in judged},
        "strata": _strata(suite),
        "only": suite.file.only,
        # Who declares a margin wants a verdict.
        "secondary": tuple(n for n in suite.file.secondary if n not in theirs.margins),
        "chain": arms.chain,
    }
    if theirs.pretraining in arms.chain:
        own["pretraining"] = theirs.pretraining
    if suite.file.cluster_by is not None:
        own["cluster_by"] = suite.file.cluster_by
    return type(theirs)(**(said | own))


def _anonymise(file: PipelineFile, base: Path, name: str) -> AnonymiseOptions:
    """The pipeline's, but for what the suite's entry says."""
    entry = file.suites.get(name, SuiteEntry())
    if not entry.anonymise:
        return file.anonymise
    said = parse(AnonymiseOptions, entry.anonymise, f"suites.{name}.anonymise").rooted(base)
    return file.anonymise.model_copy(
        update={key: getattr(said, key) for key in said.model_fields_set}
    )


def _source(suite: Suite, entry: SuiteEntry) -> SourceSpec:
    """Where the prompts are, and how they are read: each once, whoever answered it."""
    said = {"answers": "recorded", **suite.file.source}
    said["columns"] = {**suite.file.columns, **said.get("columns", {})}
    path = entry.path or (rooted(said["path"], suite.folder) if said.get("path") else None)
    if path is None:
        raise ConfigError(
            f"suites.{suite.name}: say where its data is, as in {{path: data/{suite.name}}}; see: logminer suite show {suite.name}"
        )
    said |= {"path": path}
    for name in ("format", "columns", "where"):
        if given := getattr(entry, name):
            said[name] = {**said.get(name, {}), **given} if isinstance(given, dict) else given
    split_by = (*_strata(suite), suite.file.cluster_by or "user")
    kept = (*said.get("keep", ()), *(name for name in split_by if name not in NO_ATTRIBUTES))
    said["keep"] = list(dict.fromkeys(kept))
    if suite.file.kind == "prompts":
        said = labelled_source(suite.name, entry, said)
    source = parse(SourceSpec, said, f"{suite.path}: source")
    if source.format not in ("auto", *FORMATS):
        raise ConfigError(
            f"suites.{suite.name}.format: unknown format '{source.format}'; known: {', '.join(FORMATS)}"
        )
    return source


def _strata(suite: Suite) -> tuple[str, ...]:
    """What the suite's prompts are split by: what its file says, shows, and confines a category to."""
    file = suite.file
    named = (*(row.stratum for row in file.shows), *file.only.values())
    shown = (stratum.partition("=")[0] for stratum in named)
    return tuple(
        dict.fromkeys((*file.strata, *(one for one in shown if one not in ("all", "turn"))))
    )


def _require_names(suite: Suite) -> None:
    """Raises ConfigError where the suite's file names a category that its taxonomy lacks, or confines one to no stratum."""
    said = suite.file
    if said.kind == "pipeline":
        return
    known = [node.category.id for node in suite.taxonomy().nodes()]
    strata = ("turn", *_strata(suite))
    named = [(f"secondary.{i}", one) for i, one in enumerate(said.secondary) if one not in strata]
    named += [(f"shows.{i}.category", row.category) for i, row in enumerate(said.shows)]
    named += [(f"rated.{i}", category) for i, category in enumerate(said.rated)]
    named += [(f"only.{category}", category) for category in said.only]
    for key, category in named:
        if category not in known:
            hint = did_you_mean(category, known, f"it has {listed(known)}")
            raise ConfigError(
                f"{suite.path}: {key}: taxonomy {said.taxonomy} has no category '{category}'; {hint}"
            )
    for category, stratum in said.only.items():
        if not all(stratum.partition("=")):
            raise ConfigError(f"{suite.path}: only.{category}: write NAME=VALUE, not '{stratum}'")


def _labels_only(suite: Suite) -> bool:
    """Whether whoever judges goes by labels that were recorded with answers."""
    if suite.file.environment is not None:  # which gives them
        return False
    return not suite.file.rated and all(recorded_columns((one,)) for one in suite.file.scorers)


def _scorers(file: PipelineFile, suite: Suite) -> tuple[AnyScorer, ...]:
    """The suite's own that know the pipeline's embedding."""
    fitting = (one for one in suite.file.scorers if one.fits(file.embed.model))
    return tuple(one.rooted(suite.folder) for one in fitting)


def _unfit(file: PipelineFile, suite: Suite) -> Iterator[str]:
    """Scorers that the suite's file names and that cannot judge here."""
    if "scorers" in suite.file.model_fields_set:
        for one in suite.file.scorers:
            if not one.fits(file.embed.model):
                yield f"{one.name} does not judge here: it does not know the vectors of embed.model '{file.embed.model}'"


def _unrated(file: PipelineFile, suite: Suite, own: PipelineFile) -> Iterator[str]:
    """That what autoraters are to rate is left to weaker scorers, where the pipeline has none and no label was recorded."""
    if _raters(file, suite):
        return
    labelled = {taken[1] for one in own.judge.scorers if (taken := one.takes_labels)}
    left = [category for category in suite.file.rated if category not in labelled]
    if not left:
        return
    taxonomy = suite.taxonomy()
    judging = [
        one.name
        for one in own.judge.scorers
        if any(category.id in left for category in one.categories(taxonomy))
    ]
    is_ = "are" if len(left) > 1 else "is"
    yield (
        f"no autorater is declared under judge.scorers, so {', '.join(left)} {is_}"
        f" judged by {', '.join(judging) or 'nobody'} alone;"
        f" what that is worth: logminer suite show {suite.name}"
    )


def _raters(file: PipelineFile, suite: Suite) -> tuple[AnyScorer, ...]:
    """The pipeline's autoraters, put to the categories that the suite has rated."""
    if not suite.file.rated:
        return ()
    facts = suite.file.facts and suite.file.facts.rooted(suite.folder)
    raters = (one.asked_of(suite.file.rated, facts) for one in file.judge.scorers)
    return tuple(one for one in raters if one is not None)
