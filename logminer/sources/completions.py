"""`completions`: `prompt` and `completion`, one dialogue a row, whose answer is the logged one.

Either is text or a list of messages; the column `system_prompt`, where there is one, is the
first message. So are fine-tuning files of prompts and completions, TRL's sets of that kind, and
tables with `prompt` and `response`.

Source: TRL, "Dataset formats and types".
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from logminer.sources.base import Format, RawConversation, columns_of
from logminer.sources.columns import SAID, TIME
from logminer.sources.conversations import FIELDS
from logminer.sources.speeches import spoken, with_system

__all__ = ["ALIASES", "COMPLETIONS", "FIELDS", "SYSTEM"]

# What files of OpenAI's API call them.
ALIASES = {
    "conversation_id": ("id",),
    "user_id": ("user", "safety_identifier"),
    "created_at": ("created",),
}
SYSTEM = {"system": ("system_prompt",)}  # what is said beforehand, in a column of its own


class _Completions(Format):
    def rows(self, table: pa.Table) -> Iterator[RawConversation]:
        column = columns_of(table)
        systems = column.get("system_prompt", [None] * table.num_rows)
        for told in self.told(column, table.num_rows):
            asked = spoken(told.messages, "user")
            answered = spoken(column["completion"][told.place], "assistant") or []
            said = asked and with_system([*asked, *answered], systems[told.place])
            yield told._replace(messages=said)


COMPLETIONS = _Completions(
    name="completions",
    messages="prompt",
    key="conversation_id",
    required=("prompt", "completion"),
    fields=FIELDS,
    aliases={**ALIASES, "completion": ("response",)},
    others=("system_prompt",),
    kinds={"prompt": SAID, "completion": SAID, "created_at": TIME},
)
