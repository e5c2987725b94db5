"""Logs of calls of models: a call a row, beside rows that are none; calls that go on with each other are one conversation."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from logminer.files.cells import cells
from logminer.messages.text import text_of
from logminer.sources.base import Format, RawConversation
from logminer.sources.exchanges import longest

__all__ = ["CallLog", "Columns"]

CONTINUED, OTHER = "calls that another goes on with", "rows that are no calls of a model"


class Columns:
    """Columns of a table as Python values, by name; one that the table lacks is null in every row."""

    def __init__(self, table: pa.Table) -> None:
        self._table, self._nothing = table, [None] * table.num_rows
        self._read: dict[str, list[Any]] = {}

    def __getitem__(self, name: str) -> list[Any]:
        if name not in self._read:
            there = name in self._table.column_names
            self._read[name] = cells(self._table.column(name)) if there else self._nothing
        return self._read[name]

    def first(self, *names: str) -> list[Any]:
        """Of each row the first of some columns that is neither null nor empty text; None where none is."""
        rows = zip(*(self[name] for name in names), strict=True)
        return [next((cell for cell in row if cell not in (None, "")), None) for row in rows]


@dataclass(frozen=True, kw_only=True)
class CallLog(Format):
    """A log with a row for each call of a model, and rows of other kinds.

    A call is what was sent and what came back: one dialogue. Calls of one session, or of one trace where there is no
    session, of which the later begins with the whole of the earlier are one conversation: the longest, under the id, the
    time and the attributes of its own row. Other calls are conversations of their own. Rows that are no calls of a model
    (tools, retrievers, chains, embeddings) are no conversations.

    So of the rows of a file: conversations + calls that another goes on with + rows of other kinds; and of the
    conversations each is read or rejected.

    Of the columns `together` the first with a value says which rows belong together.
    """

    @abstractmethod
    def calls(self, columns: Columns) -> list[RawConversation | None]:
        """Of each row its call; None where it is none."""

    def bonds(self, table: pa.Table) -> list[str | None]:
        columns = Columns(table).first(*self.together)
        return [text_of(value) or None for value in columns]

    def rows(self, table: pa.Table) -> Iterator[RawConversation]:
        """The conversations among the rows, in the order of the rows that have the whole of each."""
        told, found = self._told(table)
        for row in found:
            if (call := told[row]) is not None:
                yield call

    def beside(self, table: pa.Table) -> dict[str, int]:
        """How many rows are calls that another goes on with, and how many are no calls of a model."""
        told, found = self._told(table)
        calls = sum(call is not None for call in told)
        return {CONTINUED: calls - len(found), OTHER: len(told) - calls}

    def _told(self, table: pa.Table) -> tuple[list[RawConversation | None], list[int]]:
        """Of each row its call; and the rows that are conversations, in order."""
        told = self.calls(Columns(table))
        found: list[int] = []
        for run in self.runs(table):
            found += longest([(i, call.messages) for i in run if (call := told[i]) is not None])
        return told, sorted(found)
