"""`csv`: one message a row, in any kind of table; `source.group_by` names the column of the chat, `order_by` that of the order.

Rows of a chat follow each other by numbers where all are numbers, by times where all are times, else as text; of equals the
first in the file comes first, and rows without a value come last. A row without a chat is a conversation of its own. So rows in
are chats: rows out = chats less rejected ones.

The user is the first that a row of no assistant, system or tool names, and the time is that of the first message: of the
column `created_at`, else of the order where that is a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

from logminer.messages.roles import role_of
from logminer.messages.text import text_of
from logminer.sources.base import Format, RawConversation, columns_of
from logminer.sources.columns import TEXT, TIME
from logminer.sources.completions import COMPLETIONS
from logminer.sources.conversations import CONVERSATIONS, FIELDS
from logminer.sources.paired import PAIRED
from logminer.sources.preference import PREFERENCE
from logminer.sources.sharegpt import SHAREGPT
from logminer.sources.times import read_time

__all__ = ["CSV"]

MESSAGE = ("role", "content", "thoughts", "name", "tool_calls", "tool_call_id")
NOTHING = ("", "na", "nan", "nat", "null", "none", "\\n")
TOLD_ONCE = ("prompt_id", "model", "language")  # by the first row that says so


class _ChatLines(Format):
    def rows(self, table: pa.Table) -> Iterator[RawConversation]:
        column = columns_of(table)
        nothing = [None] * table.num_rows
        order = column.get("order", nothing)
        for run in self.runs(table):
            rows, are_times = _ordered(run, order)
            messages = [{n: column[n][i] for n in MESSAGE if n in column} for i in rows]
            once = {n: _first(column.get(n, nothing), rows) for n in TOLD_ONCE}
            told = _first(column.get("created_at", nothing), rows)
            if told is None and are_times:
                told = order[rows[0]]
            yield RawConversation(
                run[0],
                messages,
                conversation_id=column["group"][run[0]],
                user_id=_first(column.get("user_id", nothing), self._asking(rows, column)),
                created_at=told,
                **once,
            )

    def _asking(self, rows: Sequence[int], column: Mapping[str, Sequence[Any]]) -> list[int]:
        """Those of a user, or of somebody who is not known to be none."""
        others = ("assistant", "system", "tool")
        told = column["role"]
        return [i for i in rows if role_of({"role": told[i]}, self.roles) not in others]


def _ordered(run: Sequence[int], order: Sequence[Any]) -> tuple[list[int], bool]:
    """The rows of a chat as they follow each other; and whether that is by time."""
    told = {i: order[i] for i in run if _is_said(order[i])}
    ways: tuple[Callable[[Any], Any], ...] = (_number, read_time, text_of)
    for way in ways:
        values = {i: way(cell) for i, cell in told.items()}
        if all(value is not None for value in values.values()):
            break
    rows = sorted(values, key=lambda i: values[i])
    return [*rows, *(i for i in run if i not in values)], bool(values) and way is read_time


def _is_said(cell: Any) -> bool:
    """Whether a cell holds something, and not a word that tools write for nothing."""
    text = text_of(cell)
    return bool(text) and str(text).strip().lower() not in NOTHING


def _number(cell: Any) -> Decimal | None:
    if isinstance(cell, bool) or not isinstance(cell, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(cell).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _first(cells: Sequence[Any], rows: Sequence[int]) -> Any:
    return next((cells[i] for i in rows if text_of(cells[i])), None)


CSV = _ChatLines(
    name="csv",
    messages="content",
    key="group",
    required=("group", "role", "content"),
    fields={**FIELDS, "conversation_id": "group"},
    others=("role", "order", "thoughts", "name", "tool_calls", "tool_call_id"),
    kinds={"role": TEXT, "created_at": TIME},
    row="piece",
    variants=(PAIRED, PREFERENCE, CONVERSATIONS, SHAREGPT, COMPLETIONS),
)
