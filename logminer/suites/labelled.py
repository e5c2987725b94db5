"""Suites of prompts that are labelled safe or harmful: which column says what, by preset or as the pipeline says."""

from __future__ import annotations

import glob
from collections.abc import Iterable
from typing import Any

from logminer.checkpoints.kinds import AnyCheckpoint
from logminer.errors import ConfigError, SourceError, did_you_mean, listed, require_known
from logminer.files.finding import find_files
from logminer.pipeline.file import SuiteEntry
from logminer.scorers.kinds import AnyScorer
from logminer.sources.choosing import recognised
from logminer.sources.formats import FORMATS
from logminer.sources.prompts import PROMPTS
from logminer.sources.promptsets import PROMPT_SETS, SAFE, PromptSet, prompt_sets_of
from logminer.sources.spec import SourceSpec

__all__ = ["labelled_source", "recorded_labels"]


def labelled_source(name: str, entry: SuiteEntry, said: dict[str, Any]) -> dict[str, Any]:
    """A suite's `source:` with what makes `prompt_is_safe` of its file; unchanged where that cannot be read.

    Args:
        name: of the suite.
        entry: what the pipeline says of it.
        said: `source:` so far; its `path` is absolute.

    Raises:
        ConfigError: a column or preset that is not there, or nothing says what the prompts are, or which are safe.
    """
    where = f"suites.{name}"
    source = SourceSpec(path=said["path"], format=said.get("format", "auto"))
    try:
        there = source.names()
    except SourceError:  # whoever reads the prompts says so
        return said
    for key in ("prompt", "label"):
        column = getattr(entry, key)
        if column is not None and column not in there:
            hint = did_you_mean(column, there, f"it has {listed(there)}")
            raise ConfigError(f"{where}.{key}: {said['path']} has no column '{column}'; {hint}")
    preset = _preset(where, entry, said["path"], there)
    made = _safe(where, entry, said["path"], there, preset)
    columns = dict(said.get("columns", {}))
    if entry.prompt is not None and not _is_dialogue(source, entry.prompt):
        found = {"format": PROMPTS.name, "columns": {**columns, PROMPTS.messages: entry.prompt}}
    elif "format" in said:
        found = {}
    elif preset is not None and preset.format is not None:
        found = {"format": preset.format}
    elif _known(source):
        found = {}
    elif PROMPTS.messages in PROMPTS.found(there, columns):
        found = {"format": PROMPTS.name}
    else:
        raise ConfigError(
            f"{where}: say which column of {said['path']} has the prompts, as in {{prompt: COLUMN}}; it has {listed(there)}"
        )
    keep = tuple(dict.fromkeys((*said.get("keep", ()), SAFE)))
    derive = {**said.get("derive", {}), SAFE: made}
    return {**said, **found, "keep": keep, "derive": derive}


def recorded_labels(
    scorers: Iterable[AnyScorer], arms: Iterable[AnyCheckpoint]
) -> tuple[AnyScorer, ...]:
    """Scorers of recorded labels that all arms have; of one name and category the first.

    An arm that answers now, or whose file lacks the column, has no labels, and the others would be compared with nothing.
    """
    beside = [_columns(arm) for arm in arms]
    there = frozenset.intersection(*beside) if beside else frozenset[str]()
    found: dict[tuple[str, str], AnyScorer] = {}
    for scorer in scorers:
        if (labels := scorer.takes_labels) and labels[0] in there:
            found.setdefault((scorer.name, labels[1]), scorer)
    return tuple(found.values())


def _columns(arm: AnyCheckpoint) -> frozenset[str]:
    try:
        return arm.columns_there()
    except SourceError:  # the run says it
        return frozenset()


def _preset(where: str, entry: SuiteEntry, path: str, there: tuple[str, ...]) -> PromptSet | None:
    """How a known set is read; None: the set is not known, and none was named."""
    if entry.preset is None:
        return next(iter(prompt_sets_of(there)), None)
    known = dict.fromkeys(one.name for one in PROMPT_SETS)
    require_known(entry.preset, known, f"{where}.preset: no set of prompts is called")
    named = [one for one in PROMPT_SETS if one.name == entry.preset]
    fitting = [one for one in named if {*one.columns} <= {*there}]
    if not fitting:
        nearest = max(named, key=lambda one: len({*one.columns} & {*there}) / len(one.columns))
        lacking = [column for column in nearest.columns if column not in there]
        raise ConfigError(
            f"{where}.preset: {path} is not {entry.preset} as its makers publish it: it has no column {', '.join(lacking)};"
            f" it has {listed(there)}; name `prompt` and `label`"
        )
    return fitting[0]


def _safe(
    where: str, entry: SuiteEntry, path: str, there: tuple[str, ...], preset: PromptSet | None
) -> dict[str, Any]:
    """What `prompt_is_safe` is made of, as `source.derive` says it."""
    if entry.label is not None:
        values = {glob.escape(_text(value)): True for value in entry.safe}
        return {"column": entry.label, "values": values, "otherwise": False}
    if preset is not None:
        return preset.safe.options()
    if SAFE in there:
        return {"column": SAFE, "values": {"true": True, "false": False}}
    names = dict.fromkeys(one.name for one in PROMPT_SETS)
    raise ConfigError(
        f"{where}: nothing says which prompts of {path} are safe: name the column and its values, as in {{label: COLUMN,"
        f" safe: [VALUE]}}; it has {listed(there)}; sets that are known by their columns: {', '.join(names)}"
    )


def _text(value: str | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _known(source: SourceSpec) -> bool:
    return any(source.is_known(file) for file in find_files(source.path, source.kinds)[:1])


def _is_dialogue(source: SourceSpec, column: str) -> bool:
    """Whether the file is of a format of ours that reads its prompts, and nobody's answer, from this column."""
    file = find_files(source.path, source.kinds)[0]
    form = FORMATS.get(source.format) or recognised(file, {})
    return form is not None and not form.has_answers and form.messages == column
