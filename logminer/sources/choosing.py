"""Which format a file of a dump has: as it was said, or as its columns tell."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache

from logminer.errors import ConfigError, SourceError, did_you_mean, listed
from logminer.files.finding import DumpFile
from logminer.files.identity import Stamp, stamp
from logminer.files.kinds import kind_of
from logminer.files.opening import open_table
from logminer.messages.roles import SPEAKERS
from logminer.sources.base import Format
from logminer.sources.formats import FORMATS

__all__ = ["choose", "fitting_in", "recognised", "told_by_itself"]

MOST_TOLD = 3
MOST_FILES = 10_000  # whose columns are remembered
# Columns of a table with a message a row, as others call them.
TEXTS = ("content", "text", "message", "body", "utterance", "value")
CHAT = re.compile(
    r"(?:chat|conversation|conv|dialog|dialogue|thread|session|ticket)(?:_?(?:id|key|uuid|hash))?",
    re.I,
)


def choose(file: DumpFile, name: str, given: Mapping[str, str]) -> Format:
    """The format of a file.

    Args:
        file: of the dump.
        name: of the format, or `auto`.
        given: the format's columns → the dump's, where it was said.

    Raises:
        SourceError: `auto`, and the file is of none.
        ConfigError: there is no format of that name, or it has no column of a name in `given`.
    """
    if name in FORMATS:
        form = _variant(FORMATS[name], file, given)
    elif name == "auto":
        form = recognised(file, given) or _refused(file, given)
    else:
        known = ["auto", *FORMATS]
        hint = did_you_mean(name, known, f"known: {', '.join(known)}")
        raise ConfigError(f"source.format: unknown format '{name}'; {hint}")
    if unknown := sorted(given.keys() - {*form.columns}):
        hint = did_you_mean(unknown[0], form.columns, f"it has {', '.join(form.columns)}")
        raise ConfigError(
            f"source.columns: format {form.name} has no column '{unknown[0]}'; {hint}"
        )
    return form


def recognised(file: DumpFile, given: Mapping[str, str]) -> Format | None:
    """The first format that the file may have; of several, one that knows every column in `given`. None: it has none."""
    if form := told_by_itself(file):
        return form
    names = _names(file, stamp(file.path))
    fitting = fitting_in(file, names, given)
    return min(fitting, key=lambda form: not given.keys() <= {*form.columns}, default=None)


def told_by_itself(file: DumpFile) -> Format | None:
    """The format of a file that can be told without its columns; None: it cannot."""
    return next((form for form in FORMATS.values() if form.recognises(file.path)), None)


def fitting_in(file: DumpFile, names: Collection[str], given: Mapping[str, str]) -> list[Format]:
    """Every format whose columns are among the file's `names`, in the order of `auto`; see `choose`.

    Of formats that are known by the same columns the first counts.
    """
    kind = kind_of(file.path.name) or "parquet"
    fitting = dict[tuple[str, ...], Format]()
    for form in FORMATS.values():
        if form.fits(names, given) and (not form.guessed_in or kind in form.guessed_in):
            fitting.setdefault(form.required, form)
    return list(fitting.values())


@lru_cache(maxsize=MOST_FILES)
def _names(file: DumpFile, now: Stamp) -> tuple[str, ...]:
    """The columns of a file as it is now: every pass over a dump asks for the format of each file."""
    return open_table(file.path, file.hive).names


def _variant(form: Format, file: DumpFile, given: Mapping[str, str]) -> Format:
    if not form.variants:
        return form
    names = form.open(file.path, file.hive).names
    if form.fits(names, given):
        return form
    return next((one for one in form.variants if one.fits(names, given)), form)


def _refused(file: DumpFile, given: Mapping[str, str]) -> Format:
    names = _names(file, stamp(file.path))
    if not names:
        raise SourceError(f"{file.path}: it has no columns, or no rows; remove it")
    raise SourceError(
        f"{file.path}: no known format: it has {listed(names)}. Name this dump's columns under source.columns, as in"
        f" {{messages: dialogue}},{_prompts_alone(names, given)} or where a row is one message the chat's under source.group_by; "
        + (
            _a_message_a_row(names)
            or _nearest(names, given)
            or f"formats are known by their columns; known: {', '.join(FORMATS)}"
        )
    )


def _nearest(names: Collection[str], given: Mapping[str, str]) -> str:
    """The formats of whose columns a file has at least half, those that lack fewest first."""
    lacking = dict[str, list[str]]()
    for form in FORMATS.values():
        there = {*form.found(names, given), *given}
        missing = [column for column in form.required if column not in there]
        if 0 < len(missing) <= len(form.required) / 2:
            lacking[form.name] = missing
    nearest = sorted(lacking.items(), key=lambda one: len(one[1]))[:MOST_TOLD]
    return "; ".join(f"for {name} it lacks {', '.join(columns)}" for name, columns in nearest)


def _prompts_alone(names: Collection[str], given: Mapping[str, str]) -> str:
    """A table of prompts is taken for one where that is said, for many a log has a column of them."""
    prompts = FORMATS["prompts"]
    if not {*prompts.required} <= prompts.found(names, given).keys():
        return ""
    return f" say format: {prompts.name} if it has no answers,"


def _a_message_a_row(names: Collection[str]) -> str:
    """What to say where the columns' names are those of a table of messages; empty where they are not."""
    role = next((name for name in SPEAKERS if name in names), None)
    text = next((name for name in TEXTS if name in names and name != role), None)
    chats = [name for name in sorted(names) if CHAT.fullmatch(name)]
    if not (role and text and chats):
        return ""
    columns = {"role": role, "content": text}
    said = {ours: theirs for ours, theirs in columns.items() if ours != theirs}
    columns_said = ", ".join(f"{ours}: {theirs}" for ours, theirs in said.items())
    source = f"group_by: {chats[0]}" + (f", columns: {{{columns_said}}}" if said else "")
    options = " ".join((f"--group-by {chats[0]}", *(f"--column {a}={b}" for a, b in said.items())))
    return f"it may be source: {{{source}}}, for peek {options}"
