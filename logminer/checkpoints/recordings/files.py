"""Files of recorded answers, opened, their columns checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from logminer.errors import ConfigError, SourceError, did_you_mean
from logminer.files.finding import DumpFile
from logminer.files.opening import open_table
from logminer.files.rows import Rows

__all__ = ["KEYS", "RecordedFile", "Recordings", "lacks", "open_file"]

KEYS = ("prompt_id", "prompt_messages", "prompt", "model")  # what rows are found by
COLUMNS = (*KEYS, "response", "thoughts", "finish_reason", "error")  # that may have another name


class Recordings(NamedTuple):
    """Which rows of which files are a checkpoint's answers, and how they are read; see `Recorded`."""

    checkpoint: str
    path: str
    model: str | None
    where: Mapping[str, Any]
    columns: Mapping[str, str]
    roles: Mapping[str, str]
    several: bool  # whether rows that answer one prompt are samples


class RecordedFile(NamedTuple):
    """One opened file; `names` maps our columns to those that it has."""

    path: Path
    rows: Rows
    names: dict[str, str]

    @property
    def comparable(self) -> list[str]:
        """The file's columns by which rows can be told apart: all but those whose name is taken twice."""
        return [name for name in self.rows.names if name not in self.rows.repeated]


def open_file(recorded: Recordings, file: DumpFile) -> RecordedFile:
    """Open one of the files.

    Raises:
        SourceError: a column is missing.
        ConfigError: `columns` names a column that is none of ours.
    """
    path = file.path
    if unknown := sorted(set(recorded.columns) - set(COLUMNS)):
        hint = did_you_mean(unknown[0], COLUMNS, "")
        raise ConfigError(
            f"checkpoint {recorded.checkpoint}: columns: '{unknown[0]}' is none of {', '.join(COLUMNS)}"
            + (f"; {hint}" if hint else "")
        )
    rows = open_table(path, file.hive)
    names = {ours: recorded.columns.get(ours, ours) for ours in COLUMNS}
    present = {ours: name for ours, name in names.items() if name in rows.names}
    needed = [*recorded.columns, "response", *(["model"] if recorded.model is not None else [])]
    lacking = [names[ours] for ours in needed if ours not in present]
    lacking += [column for column in recorded.where if column not in rows.names]
    if lacking:
        raise SourceError(lacks(path, lacking[0], rows.names))
    if not present.keys() & {"prompt_id", "prompt_messages", "prompt"}:
        raise SourceError(lacks(path, "prompt_id' or 'prompt_messages' or 'prompt", rows.names))
    rows.require_single([*present.values(), *recorded.where])
    return RecordedFile(path, rows, present)


def lacks(path: Path, column: str, names: Iterable[str]) -> str:
    """What is said of a column that a file has not."""
    there = sorted(names)
    hint = did_you_mean(column, there, "")
    return (
        f"{path}: no column '{column}'; {hint}{' ' if hint else ''}it has {', '.join(there)}; "
        "name the right one under the checkpoint's columns"
    )
