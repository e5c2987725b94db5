"""What a dump format is, and a slice of a dump: the unit of work that a worker turns into raw conversations."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from logminer.errors import SourceError
from logminer.files.rows import DumpFile, ParquetRows, Record, cells, identity
from logminer.messages import read_messages, text_of
from logminer.schemas import RAW_CONVERSATIONS

__all__ = ["DumpSlice", "Format"]


class Format(NamedTuple):
    """How one kind of dump says what a raw conversation is. Column names are the format's own."""

    name: str
    messages: str  # the column with the dialogue
    key: str  # the column whose values ought to differ from conversation to conversation
    required: tuple[str, ...]
    fields: Mapping[str, str]  # column of RAW_CONVERSATIONS → column of the format
    one_row_per_answer: bool = False  # many rows share a prompt; each distinct prompt is read once

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that the format knows."""
        return tuple(
            dict.fromkeys((self.messages, self.key, *self.required, *self.fields.values()))
        )


class DumpSlice(NamedTuple):
    """At most 512 rows and 8 MB of one file, described; small to pickle."""

    part: str  # hash of the source and first row: the name of every part made from it
    file: DumpFile
    file_id: str  # its identity when the run was planned
    format: Format
    columns: tuple[tuple[str, str], ...]  # (format's name, dump's name) of those in the file
    keep: tuple[str, ...]
    rows: range | tuple[int, ...]
    repeats: tuple[int, ...]  # rows among them whose key an earlier row of the dump has

    def read(self) -> pa.Table:
        """Raw conversations: exactly one row for each of `rows`, unusable ones with `problem` set.

        Raises:
            SourceError: the file is gone, damaged, or not the one that was planned.
        """
        wanted = tuple(dict.fromkeys([dump for _, dump in self.columns] + list(self.keep)))
        # Taken out while in use: no two readings ever share a reader.
        reader = _readers.pop(self.file_id, None) or self._reader()
        table = reader.table(self.rows, wanted)
        _readers.clear()
        _readers[self.file_id] = reader
        return _raw_table(self, table)

    def _reader(self) -> ParquetRows:
        if identity(self.file) != self.file_id:
            raise SourceError(f"{self.file.path}: changed since the run began; run again")
        return ParquetRows(self.file.path)


# The file read last, positioned behind the last slice: reading slice after slice decodes each page once.
_readers: dict[str, ParquetRows] = {}


def _raw_table(piece: DumpSlice, table: pa.Table) -> pa.Table:
    """The rows of a slice as raw conversations."""
    values = {name: cells(table.column(dump)) for name, dump in piece.columns}
    kept = {name: cells(table.column(name)) for name in piece.keep}
    repeats = set(piece.repeats)
    rows = [
        _raw_row(
            piece,
            row,
            {name: column[i] for name, column in values.items()},
            {name: column[i] for name, column in kept.items()},
            repeated=row in repeats,
        )
        for i, row in enumerate(piece.rows)
    ]
    return pa.Table.from_pylist(rows, schema=RAW_CONVERSATIONS.schema)


def _raw_row(piece: DumpSlice, row: int, cell: Record, kept: Record, *, repeated: bool) -> Record:
    form = piece.format
    field = {ours: cell.get(theirs) for ours, theirs in form.fields.items()}
    messages, problem = read_messages(cell.get(form.messages))
    key = text_of(field["conversation_id"]) or f"{piece.file_id}:{row}"
    if repeated and form.one_row_per_answer:
        # Another prompt under a prompt id that is taken: a conversation of its own.
        key = f"{key}#{piece.file_id}:{row}"
    elif repeated:
        messages, problem = None, problem or "duplicate_conversation_id"
    return {
        "row": row,
        "problem": problem,
        "conversation_id": key,
        "user_id": text_of(field.get("user_id")),
        "prompt_id": text_of(field.get("prompt_id")),
        "messages": messages,
        "model": text_of(field.get("model")),
        "created_at": _time(field.get("created_at")),
        "language": text_of(field.get("language")),
        "attributes": None if problem else list(_attributes(kept).items()),
    }


def _attributes(kept: Mapping[str, Any]) -> dict[str, str]:
    texts = {name: text_of(value) for name, value in kept.items()}
    return {name: text.lower() for name, text in texts.items() if text is not None}


def _time(value: Any) -> datetime.datetime | None:
    """UTC where the dump names no zone; None for text that is no time."""
    if isinstance(value, str):
        try:
            value = datetime.datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime.datetime):
        return None
    return value.replace(tzinfo=datetime.UTC) if value.tzinfo is None else value
