"""`scout`: a transcript database of Inspect Scout, one transcript a row.

Source: `TRANSCRIPT_SCHEMA_FIELDS` of inspect_scout 0.6.2 (_transcript/database/schema.py).
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from logminer.files.cells import cells
from logminer.messages.calls import parsed
from logminer.messages.text import text_of
from logminer.sources.base import Judging, RawConversation
from logminer.sources.columns import DIALOGUE, TEXT, TIME
from logminer.sources.inspect_messages import (
    end_of,
    limit_of,
    mark_end,
    nothing_attached,
    read_message,
)
from logminer.sources.samples import SampleFormat

__all__ = ["SCOUT"]


class _Scout(SampleFormat):
    def rows(self, table: pa.Table) -> Iterator[RawConversation]:
        nothing = [None] * table.num_rows
        column = {name: cells(table.column(name)) for name in table.column_names}
        told = {name: column.get(name, nothing) for name in self.columns}
        for place, messages in enumerate(told["messages"]):
            messages = parsed(messages)
            if isinstance(messages, list):
                messages = [read_message(one, nothing_attached) for one in messages]
                failed = bool(told["error"][place])
                mark_end(messages, end_of(failed, limit_of(told["limit"][place])))
            asked = [text_of(told[name][place]) for name in ("task_set", "task_id")]
            yield RawConversation(
                place,
                messages,
                conversation_id=told["transcript_id"][place],
                prompt_id="/".join(filter(None, asked)) if asked[1] else None,
                model=told["model"][place],
                created_at=told["date"][place],
            )


SCOUT = _Scout(
    name="scout",
    messages="messages",
    key="transcript_id",
    required=("transcript_id", "messages"),
    fields={"conversation_id": "transcript_id", "model": "model", "created_at": "date"},
    others=("task_set", "task_id", "error", "limit"),
    kinds={"transcript_id": TEXT, "messages": DIALOGUE, "date": TIME},
    labels="judge",
    judging=Judging(answers=("score", "success", "limit", "error", "total_", "message_count")),
    repeat="task_repeat",
)
