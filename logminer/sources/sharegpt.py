"""`sharegpt`: `conversations`, a list of `{from, value}` (or the same as JSON text), one dialogue a row.

The column `system`, where a dump has one, is the first message. What tools there are (`tools`) is not read.

Source: FastChat's data format; LLaMA-Factory, "Data Preparation" (sharegpt); Axolotl, "Conversation".
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from logminer.sources.base import Format, RawConversation, columns_of
from logminer.sources.columns import DIALOGUE, TEXT, TIME
from logminer.sources.completions import ALIASES, SYSTEM
from logminer.sources.conversations import FIELDS
from logminer.sources.speeches import with_system

__all__ = ["SHAREGPT"]


class _ShareGpt(Format):
    def rows(self, table: pa.Table) -> Iterator[RawConversation]:
        column = columns_of(table)
        systems = column.get("system", [None] * table.num_rows)
        for told in self.told(column, table.num_rows):
            yield told._replace(messages=with_system(told.messages, systems[told.place]))


SHAREGPT = _ShareGpt(
    name="sharegpt",
    messages="conversations",
    key="conversation_id",
    required=("conversations",),
    fields=FIELDS,
    aliases={**ALIASES, **SYSTEM},
    others=("system",),
    kinds={"conversations": DIALOGUE, "system": TEXT, "created_at": TIME},
)
