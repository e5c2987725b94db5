"""A dump of dialogues as a table of recorded answers: one row an answer, whatever the format of the dump."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from logminer.files.records import RecordRows
from logminer.files.rows import Record
from logminer.sources.answers import DumpAnswer
from logminer.sources.base import DumpSlice, Format

__all__ = ["AnswerRows"]

OURS = ("prompt_id", "model", "response", "thoughts", "finish_reason", "error", "tool_calls")
TOLD_BESIDE = ("finish_reason", "error")  # in columns of their own too


class AnswerRows(RecordRows):
    """The answers in a file of a dump, with the columns of the file; its groups are the slices of the dump.

    Args:
        form: the format of the file.
        slices: of the file, at least one.
        names: the file's columns.
    """

    def __init__(self, form: Format, slices: Sequence[DumpSlice], names: Sequence[str]) -> None:
        super().__init__(slices[0].file.path)
        self._form, self._slices, self._theirs = form, slices, tuple(names)

    @cached_property
    def own_names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*OURS, "prompt_messages", "reasoning_details", *self._theirs]))

    @cached_property
    def group_rows(self) -> tuple[int, ...]:
        if self._form.row != "piece":
            return tuple(len(piece.rows) * max(1, len(self._form.arms)) for piece in self._slices)
        return tuple(sum(1 for _ in piece.answers(())) for piece in self._slices)

    def _records(self, columns: Sequence[str], group: int) -> Iterator[Record]:
        beside = [name for name in columns if name in self._theirs]
        for piece in self._slices[group:]:
            for told, cells in piece.answers(beside):
                yield cells | _as_row(told, cells)


def _as_row(told: DumpAnswer, cells: Record) -> dict[str, Any]:
    row = {name: getattr(told, name) for name in (*OURS, "reasoning_details")}
    for name in TOLD_BESIDE:
        row[name] = row[name] if row[name] is not None else cells.get(name)
    return row | {"prompt_messages": told.prompt}
