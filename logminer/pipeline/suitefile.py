"""Suites: the file that describes one, where such files lie, and which of them a pipeline declares.

A suite's name is that of its file. Those of the package lie in `pipelines/suites/`; one's own beside the pipeline file, in
`suites/`, or wherever its entry in the pipeline says.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from logminer.errors import ConfigError, did_you_mean
from logminer.files.finding import rooted
from logminer.pipeline.file import PipelineFile
from logminer.scorers.facts import Facts
from logminer.scorers.kinds import AnyScorer
from logminer.spec import Spec, load_yaml, parse
from logminer.stages.judge import JudgeOptions
from logminer.stages.prompts import PromptsOptions
from logminer.taxonomy.tree import Channel, Taxonomy, load_taxonomy

__all__ = [
    "LOGS",
    "BoardRow",
    "Suite",
    "SuiteFile",
    "categories_elsewhere",
    "declared_suites",
    "find_suite",
    "suite_called",
    "suites_there",
]

LOGS = "logs"  # the pipeline's own dump, as a suite
SUFFIX = ".yaml"


class BoardRow(Spec):
    """A behaviour that the board shows of a suite.

    Attributes:
        category: of the suite's taxonomy.
        channel: null: each in which it is judged.
        stratum: of the prompts: `all`, or `name=value`.
    """

    category: str
    channel: Channel | None = None
    stratum: str = "all"


class SuiteFile(Spec):
    """What a suite asks, and what is looked for in the answers. Data and checkpoints are the pipeline's.

    Attributes:
        title: left out: its name.
        like: another suite, by name or file: what is not said here is as there. Its taxonomy must be one that goes by name.
        about: what it measures, who made it, and what its figures do not say.
        data: which data it needs, where they are had and under which licence; '' where they ship with it.
        source: as in a pipeline. A `path` is relative to this file; without one the pipeline says where the data is.
        columns: short for `source.columns`.
        taxonomy: a shipped name, or a path relative to this file.
        scorers: as in a pipeline's `judge:`.
        primary: category → the scorer that has its verdict.
        rated: categories that the pipeline's autoraters, where it has any, rate here.
        facts: what these are told of each prompt. A path is relative to this file.
        strata, only, secondary, cluster_by: as in a pipeline's `compare:`.
        shows: what the board shows; none: every category that is judged, on all prompts.
        recorded: scorers of labels that were recorded with answers, each taken where those of every arm have its column, of
            one name and category the first. Being people's words or a judge's they come before the others.
        kind: `pipeline`: the pipeline's own dump. `prompts`: a set of prompts, of which the attribute `prompt_is_safe` is made:
            see `suites.labelled`. `environment`: tasks in which the checkpoints act.
        environment: of that kind, the world.
    """

    title: str
    like: str | None = None
    about: str = ""
    data: str = ""
    source: dict[str, Any] = {}
    columns: dict[str, str] = {}
    prompts: PromptsOptions = PromptsOptions()
    taxonomy: str = "safety"
    scorers: tuple[AnyScorer, ...] = JudgeOptions().scorers
    primary: dict[str, str] = {}
    recorded: tuple[AnyScorer, ...] = ()
    rated: tuple[str, ...] = ()
    facts: Facts | None = None
    strata: tuple[str, ...] = ()
    only: dict[str, str] = {}
    secondary: tuple[str, ...] = ()
    cluster_by: str | None = None
    shows: tuple[BoardRow, ...] = ()
    kind: Literal["data", "pipeline", "prompts", "environment"] = "data"
    environment: str | None = None

    @model_validator(mode="after")
    def _in_a_world(self) -> SuiteFile:
        if (self.kind == "environment") != (self.environment is not None):
            raise PydanticCustomError(
                "suite_world", "`kind: environment` and `environment: NAME` go together"
            )
        return self

    def rooted(self, base: Path) -> SuiteFile:
        """The same with relative paths of data, facts and scorers taken from `base`; the taxonomy stays as it is named."""
        said = {name: getattr(self, name) for name in self.model_fields_set}
        if path := self.source.get("path"):
            said["source"] = {**self.source, "path": rooted(path, base)}
        if self.facts is not None:
            said["facts"] = self.facts.rooted(base)
        for name in ("scorers", "recorded"):
            if name in said:
                said[name] = tuple(one.rooted(base) for one in said[name])
        return self.model_copy(update=said)


class Suite(NamedTuple):
    """A suite that was found."""

    name: str
    path: Path
    file: SuiteFile

    @property
    def folder(self) -> Path:
        """Where what it names by a relative path is looked for."""
        return self.path.absolute().parent

    def taxonomy(self) -> Taxonomy:
        """What it looks for.

        Raises:
            ConfigError: it is missing or wrong.
        """
        return load_taxonomy(self.file.taxonomy, self.folder)


def suites_there(base: Path | None = None) -> dict[str, Path]:
    """Name → file of the suites that go by name: those in `suites/` below `base` before the package's own."""
    folders = [_shipped_folder(), *([base / "suites"] if base else [])]
    return {path.stem: path for folder in folders for path in sorted(folder.glob(f"*{SUFFIX}"))}


def find_suite(name_or_path: str, base: Path | None = None, declared: Iterable[str] = ()) -> Suite:
    """The suite of a name, or in a file.

    Args:
        name_or_path: a path, relative to `base`, where it holds a `/` or ends in .yaml.
        base: the folder of the pipeline file; None: the working folder, and only shipped suites have names.
        declared: other names that may have been meant.

    Raises:
        ConfigError: there is none, or its file is wrong; names file and path inside it.
    """
    return _read(_place(name_or_path, base, declared), base, ())


def _place(name_or_path: str, base: Path | None, declared: Iterable[str] = ()) -> Path:
    """The file that is meant; see `find_suite`."""
    if "/" in name_or_path or name_or_path.endswith((SUFFIX, ".yml")):
        return (base or Path.cwd()) / Path(name_or_path).expanduser()
    there = suites_there(base)
    if name_or_path not in there:
        known = dict.fromkeys((*declared, *there))
        hint = did_you_mean(name_or_path, known, f"there are {', '.join(known)}")
        raise ConfigError(
            f"no suite is called '{name_or_path}'; {hint} (or give the path of a {SUFFIX} file)"
        )
    return there[name_or_path]


def _read(path: Path, base: Path | None, before: tuple[Path, ...]) -> Suite:
    """The suite in a file, with what the one that it is like says.

    Args:
        path: the file.
        base: as in `find_suite`.
        before: files that are like it, or like one that is.
    """
    said = load_yaml(path)
    if isinstance(like := said.get("like"), str):
        told = (*before, path)
        other = _place(like, base)
        if other in told:  # one's own of a shipped one's name
            other = suites_there().get(like, other)
        if other in told:
            raise ConfigError(f"{path}: like: it is like itself, or like one that is like it")
        found = _read(other, base, told)
        said = found.file.rooted(found.folder).model_dump(exclude_unset=True, by_alias=True) | said
    said.setdefault("title", path.stem)
    return Suite(path.stem, path, parse(SuiteFile, said, str(path)))


def declared_suites(file: PipelineFile, base: Path) -> dict[str, Suite]:
    """The suites under `suites:` of a pipeline file, by the names that they have there.

    Raises:
        ConfigError: as `find_suite`; says which entry.
    """
    found = {}
    for name, entry in file.suites.items():
        try:
            suite = find_suite(entry.suite or name, base)
        except ConfigError as error:
            raise ConfigError(f"suites.{name}: {error}") from None
        found[name] = suite._replace(name=name)
    return found


def suite_called(name_or_path: str, file: PipelineFile, base: Path) -> Suite:
    """The suite that is meant beside a pipeline: one that it declares, by its name there or its file, before any other.

    Raises:
        ConfigError: there is none, or its file is wrong; or it would have the study of another that is declared.
    """
    declared = declared_suites(file, base)
    if name_or_path in declared:
        return declared[name_or_path]
    found = find_suite(name_or_path, base, declared)
    same = {name: one for name, one in declared.items() if one.path.samefile(found.path)}
    if len(same) > 1:
        raise ConfigError(f"{found.path}: the pipeline declares it as {', '.join(same)}; name one")
    if found.name in declared and not same:
        raise ConfigError(
            f"{found.path}: the pipeline declares another suite as '{found.name}' ({declared[found.name].path});"
            " rename this file, or declare it under another name"
        )
    return next(iter(same.values()), found)


def categories_elsewhere(file: PipelineFile, base: Path) -> frozenset[str]:
    """The categories that the declared suites of a pipeline look for.

    Raises:
        ConfigError: as `declared_suites`, or a suite's taxonomy is missing or wrong.
    """
    suites = declared_suites(file, base).values()
    taxonomies = (suite.taxonomy() for suite in suites if suite.file.kind != "pipeline")
    return frozenset(node.category.id for taxonomy in taxonomies for node in taxonomy.nodes())


def _shipped_folder() -> Path:
    package = Path(str(files("logminer")))
    installed = package / "pipelines" / "suites"
    if installed.is_dir():
        return installed
    return package.parent / "pipelines" / "suites"  # a source checkout
