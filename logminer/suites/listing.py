"""Which suites there are, what each asks, and what a pipeline has to say to run it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

from logminer.errors import ConfigError, LogminerError, SourceError
from logminer.pipeline.file import PipelineFile
from logminer.pipeline.journey import Journey, prepare
from logminer.pipeline.matched import match
from logminer.pipeline.suitefile import Suite, declared_suites, find_suite, suites_there
from logminer.sandbox.opening import open_sandbox
from logminer.stages.judge import JudgeOptions
from logminer.store.layout import StudyFolder
from logminer.suites.making import SuitePipeline, suite_pipeline
from logminer.taxonomy.tree import load_taxonomy

__all__ = [
    "ShownSuite",
    "SuiteState",
    "acting_notes",
    "describe",
    "list_suites",
    "suite_journeys",
    "wrong_suites",
]

Origin = Literal["shipped", "own"]


class SuiteState(NamedTuple):
    """A suite that goes by name, or is declared.

    Attributes:
        suite: its name.
        title: what its file calls it; '' where an undeclared one cannot be read, and `problem` says why.
        file: that file.
        origin: `shipped` with the package, or one's `own`.
        declared: whether the pipeline names it.
        study: where its study is, or would be; None without a pipeline.
        there: whether that study is published.
        problem: why it cannot be run on this pipeline, as far as is known without a look at its rows; None: nothing, or no pipeline.
    """

    suite: str
    title: str
    file: Path
    origin: Origin
    declared: bool
    study: Path | None
    there: bool
    problem: str | None

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        study = str(self.study) if self.study else None
        return {**self._asdict(), "file": str(self.file), "study": study}


class ShownSuite(NamedTuple):
    """What a suite is, for people.

    Attributes:
        suite, title, about, file: its name, and what its file says.
        data: which data it needs and where they are had; '' where that is not said.
        source: how they are read, as in a pipeline.
        ships: whether its data lie beside its file.
        taxonomy: its name; '' where the pipeline says which.
        categories: (id, title, channel, direction) of each that is looked for.
        scorers: their names, those of recorded labels first; of autoraters, those of the pipeline.
        rated: the categories that these rate.
        environment: the world in which checkpoints act; None: they answer.
        strata, cluster_by: as in a pipeline.
        lines: what to write into the pipeline file.
    """

    suite: str
    title: str
    about: str
    file: Path
    data: str
    source: dict[str, Any]
    ships: bool
    taxonomy: str
    categories: tuple[tuple[str, str, str, str], ...]
    scorers: tuple[str, ...]
    rated: tuple[str, ...]
    environment: str | None
    strata: tuple[str, ...]
    cluster_by: str | None
    lines: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        names = ("category_id", "title", "channel", "direction")
        categories = [dict(zip(names, one, strict=True)) for one in self.categories]
        return {**self._asdict(), "file": str(self.file), "categories": categories}


def list_suites(file: PipelineFile | None = None, base: Path | None = None) -> list[SuiteState]:
    """The suites that a pipeline declares, then the others that go by name; without a pipeline the shipped ones.

    Args:
        file: the pipeline.
        base: its folder.

    Raises:
        ConfigError: a declared one is not there, or its file is wrong.
    """
    found = declared_suites(file, base) if file and base else {}
    states = [_state(suite, file, base) for suite in found.values()]
    for name, path in suites_there(base).items():
        if name in found:
            continue
        try:
            states.append(_state(find_suite(name, base), file, base))
        except ConfigError as error:  # a taxonomy may lie there, or what is not finished
            states.append(SuiteState(name, "", path, "own", False, None, False, str(error)))
    return states


def _state(suite: Suite, file: PipelineFile | None, base: Path | None) -> SuiteState:
    shipped: Origin = "shipped" if suites_there().get(suite.path.stem) == suite.path else "own"
    study, problem, declared = None, None, False
    if file and base:
        declared = suite.name in file.suites
        own = suite.file.kind == "pipeline"
        study = file.study if own else StudyFolder(file.study).suites / suite.name
        try:
            suite_pipeline(file, base, suite)
        except LogminerError as error:
            problem = str(error)
    there = study is not None and StudyFolder(study).database.is_file()
    return SuiteState(
        suite.name, suite.file.title, suite.path, shipped, declared, study, there, problem
    )


def describe(
    suite: Suite, file: PipelineFile | None = None, base: Path | None = None
) -> ShownSuite:
    """What a suite asks and needs.

    Args:
        suite: see `suitefile.find_suite`.
        file: a pipeline, whose checkpoints the lines to write into it name; `logs` is what it says itself.
        base: its folder.

    Raises:
        ConfigError: its taxonomy is missing or wrong.
    """
    said, folder = suite.file, suite.folder
    if said.kind == "pipeline":
        judge, folder = (file.judge if file else JudgeOptions(scorers=())), base or folder
        scorers, asked = judge.scorers, judge.taxonomy
        strata, cluster_by = (file.compare.strata, file.compare.cluster_by) if file else ((), None)
    else:
        scorers, asked = (*said.recorded, *said.scorers), said.taxonomy
        strata, cluster_by = said.strata, said.cluster_by
    taxonomy = load_taxonomy(asked, folder)
    judged = {one.id for scorer in scorers for one in scorer.categories(taxonomy)}
    categories = [node.category for node in taxonomy.nodes()]
    wanted = [one for one in categories if one.id in judged or one.id in said.rated]
    first = [row.category for row in said.shows]
    first += [one.id for one in sorted(wanted, key=lambda one: one.direction != "worse")]
    return ShownSuite(
        suite.name,
        said.title,
        said.about.strip(),
        suite.path,
        said.data.strip(),
        said.source | ({"columns": said.columns} if said.columns else {}),
        "path" in said.source,
        taxonomy.name if wanted else "",
        tuple((one.id, one.title, one.channel, one.direction) for one in wanted),
        tuple(dict.fromkeys(scorer.name for scorer in scorers)),
        said.rated,
        said.environment,
        strata,
        cluster_by,
        tuple(_lines(suite, file, first[:1])),
    )


def _lines(suite: Suite, file: PipelineFile | None, categories: list[str]) -> Iterator[str]:
    """YAML."""
    if suite.file.kind == "pipeline":
        return
    ships = "path" in suite.file.source
    entry = [] if ships else [f"path: data/{suite.name}"]
    recorded = [c.name for c in file.checkpoints if c.is_recorded] if file else []
    asks = suite.file.kind == "prompts" or ships  # else its answers may well be recorded
    names = recorded or ([] if file or asks else ["sft", "prod"])
    answers = "{path: ANSWERS, model: MODEL}" if ships else "MODEL"
    if suite.file.environment is not None:
        answers = "{path: TRANSCRIPTS}"
    if names:
        entry.append(f"arms: {{{', '.join(f'{name}: {answers}' for name in names)}}}")
    yield "suites:"
    yield f"  {suite.name}: {{{', '.join(entry)}}}"
    if suite.file.kind == "prompts":
        yield "  # for a table of one's own also: prompt: COLUMN, label: COLUMN, safe: [VALUE]"
    for category in categories:
        yield f"compare: {{margins: {{{category}: 0.05}}}}   # without a margin nothing is called equivalent"


def suite_journeys(file: PipelineFile, base: Path) -> Iterator[tuple[str, Journey]]:
    """The declared suites that have a study, each with what a run of it would do.

    Raises:
        SourceError: one of them cannot be made, or its data is gone; says which.
        ConfigError: a declared one is not there, or its file is wrong.
    """
    for name, suite in declared_suites(file, base).items():
        if suite.file.kind == "pipeline" or not (StudyFolder(file.study).suites / name).is_dir():
            continue
        try:
            made = suite_pipeline(file, base, suite)
            journey = prepare(made.file, made.base)
        except LogminerError as error:
            told = str(error).removeprefix(f"suites.{name}: ")
            raise SourceError(f"suites.{name}: {told}") from None
        yield name, journey


def wrong_suites(file: PipelineFile, base: Path) -> list[str]:
    """What is wrong with the suites that a pipeline declares, and what each leaves out, a line each; nothing is run.

    Files are opened, and recorded answers matched with the first prompts; no server is asked.

    Raises:
        ConfigError: a declared one is not there, or its file is wrong.
    """
    found = []
    for name, suite in declared_suites(file, base).items():
        if suite.file.kind == "pipeline":
            continue
        try:
            made = suite_pipeline(file, base, suite)
            found += [f"suites.{name}: {note}" for note in (*made.notes, *_looked_into(made))]
        except LogminerError as error:
            told = str(error)
            found.append(told if told.startswith(f"suites.{name}") else f"suites.{name}: {told}")
    return found


def acting_notes(file: PipelineFile, base: Path) -> list[str]:
    """What the declared suites in which checkpoints act ask for, a line each; of what is wrong with one `wrong_suites` tells."""
    found = []
    for name, suite in declared_suites(file, base).items():
        if suite.file.environment is None:
            continue
        try:
            made = suite_pipeline(file, base, suite)
            journey = prepare(made.file, made.base)
        except LogminerError:
            continue
        asked = {one.name for one in journey.file.checkpoints if not one.is_recorded}
        acting = [arm for arm in journey.arms if arm.act and arm.name in asked]
        if acting and journey.file.acting:
            steps = journey.file.acting.max_steps
            episodes = {arm.name: journey.dump.rows * arm.samples for arm in acting}
            told = ", ".join(f"{arm} {n:,}" for arm, n in episodes.items())
            found.append(
                f"suites.{name}: checkpoints act: episodes of {told}; each takes up to {steps} requests (acting.max_steps),"
                f" so up to {steps * sum(episodes.values()):,} in all, which no figure here counts"
            )
    return found


def _looked_into(made: SuitePipeline) -> Iterator[str]:
    journey = prepare(made.file, made.base)
    matched = match(journey.file, [one for one in journey.file.checkpoints if one.is_recorded])
    for one in matched:
        yield from one.notes
    if journey.file.acting:
        open_sandbox(unsafe=journey.file.acting.unsafe_sandbox)
    if len(journey.names) < 2:
        yield f"only {', '.join(journey.names)} has answers here: nothing to compare"
