"""Files of recorded answers, opened, their columns checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from logminer.checkpoints.recordings.dialogues import AnswerRows
from logminer.errors import ConfigError, SourceError, did_you_mean, listed
from logminer.files.finding import DumpFile
from logminer.files.kinds import TABLES, folder_kind, kind_of
from logminer.files.objects import AnyPath
from logminer.files.opening import open_table
from logminer.files.rows import Rows
from logminer.sources.spec import SourceSpec

__all__ = ["FOUND_BY", "KEYS", "RecordedFile", "Recordings", "open_files", "require_columns"]

FOUND_BY = ("prompt_id", "prompt_messages", "prompt")
KEYS = (
    "prompt_id",
    "prompt_messages",
    "prompt",
    "system_prompt",
    "model",
)  # what rows are found by
COLUMNS = (*KEYS, "response", "thoughts", "finish_reason", "error")  # that may have another name


class Recordings(NamedTuple):
    """Which rows of which files are a checkpoint's answers, and how they are read; see `Recorded`."""

    checkpoint: str
    dump: SourceSpec  # the files, which may be a dump of dialogues
    model: str | None
    where: Mapping[str, Any]
    several: bool  # whether rows that answer one prompt are samples

    @property
    def path(self) -> str:
        """As the pipeline file says."""
        return self.dump.path

    @property
    def columns(self) -> Mapping[str, str]:
        """Our names → the file's; of a dump the format's."""
        return self.dump.columns

    @property
    def roles(self) -> Mapping[str, str]:
        """Of the prompts that stand beside the answers."""
        return self.dump.roles


class RecordedFile(NamedTuple):
    """One opened file; `names` maps our columns to those that it has, `labels` says whose labels are in its columns."""

    path: AnyPath
    rows: Rows
    names: dict[str, str]
    labels: str = "people"
    sparse: bool = False  # whether a column that it lacks is null in all its rows

    @property
    def comparable(self) -> list[str]:
        """The file's columns by which rows can be told apart: all but those whose name is taken twice."""
        return [name for name in self.rows.names if name not in self.rows.repeated]


def open_files(recorded: Recordings) -> list[RecordedFile]:
    """Every file of the answers: a table of them, or a dump of dialogues in any format that a source may have.

    A dump without rows, as the log of a run that failed at its start, is left out.

    Raises:
        SourceError: nothing there, no rows, a column is missing, or a format is not known.
        ConfigError: `columns` names a column that is none of ours.
    """
    opened = [
        _open_answers(recorded, file)
        if _has_answers(recorded, file)
        else _open_dump(recorded, file)
        for file in recorded.dump.files(mixed=True)
    ]
    files = [file for file in opened if file is not None]
    if not files:
        raise SourceError(f"{recorded.path}: it has no rows")
    require_columns(files, list(recorded.where))
    return files


def require_columns(files: Sequence[RecordedFile], columns: Sequence[str]) -> None:
    """Every file has them, or is sparse and another has.

    Raises:
        SourceError: it is not so.
    """
    for column in columns:
        lacking = [file for file in files if column not in file.rows.names]
        if wrong := lacking if len(lacking) == len(files) else [f for f in lacking if not f.sparse]:
            raise SourceError(lacks(wrong[0].path, column, wrong[0].rows.names))


def _has_answers(recorded: Recordings, file: DumpFile) -> bool:
    """Whether a row is an answer, or means to be one; else it is a dump of a known format."""
    kind = folder_kind(file.path) or kind_of(file.path.name)
    if recorded.dump.format != "auto" or kind not in (*TABLES, None):
        return False
    if recorded.dump.is_told(file):
        return False
    names = {*open_table(file.path, file.hive).names}
    response, *keys = (recorded.columns.get(ours, ours) for ours in ("response", *FOUND_BY))
    if response in names and not names.isdisjoint(keys):
        return True
    return not recorded.dump.is_known(file)


def _open_dump(recorded: Recordings, file: DumpFile) -> RecordedFile | None:
    """A dump of dialogues; None where there are none in it."""
    form, slices, names = recorded.dump.read(file)
    if not slices:
        return None
    given = (ours for ours in COLUMNS if ours != "system_prompt")  # it is in the prompt already
    rows, names_of = AnswerRows(form, slices, names), {ours: ours for ours in given}
    return RecordedFile(file.path, rows, names_of, form.labels, form.sparse)


def _open_answers(recorded: Recordings, file: DumpFile) -> RecordedFile:
    """A table of answers."""
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
    if lacking:
        raise SourceError(lacks(path, lacking[0], rows.names))
    if not present.keys() & {*FOUND_BY}:
        raise SourceError(lacks(path, "prompt_id' or 'prompt_messages' or 'prompt", rows.names))
    rows.require_single([*present.values(), *recorded.where])
    return RecordedFile(path, rows, present)


def lacks(path: AnyPath, column: str, names: Collection[str]) -> str:
    """What is said of a column that a file has not."""
    there = listed(names)
    hint = did_you_mean(column, names, "")
    return (
        f"{path}: no column '{column}'; {hint}{' ' if hint else ''}it has {there}; "
        "name the right one under the checkpoint's columns"
    )
