"""`completions`: `prompt` and `completion`, one dialogue a row, whose answer is the logged one.

Either is text or a list of messages. So are fine-tuning files of prompts and completions, TRL's sets of that kind, and
tables with `prompt` and `response`.

Source: TRL, "Dataset formats and types".
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from logminer.sources.base import Format, RawConversation, columns_of
from logminer.sources.columns import SAID, TIME
from logminer.sources.speeches import spoken

__all__ = ["ALIASES", "COMPLETIONS", "FIELDS"]

FIELDS = {
    "conversation_id": "conversation_id",
    "user_id": "user_id",
    "prompt_id": "prompt_id",
    "model": "model",
    "created_at": "created_at",
    "language": "language",
}
# What files of OpenAI's API call them.
ALIASES = {
    "conversation_id": ("id",),
    "user_id": ("user", "safety_identifier"),
    "created_at": ("created",),
}


class _Completions(Format):
    def rows(self, table: pa.Table) -> Iterator[RawConversation]:
        column = columns_of(table)
        for told in self.told(column, table.num_rows):
            asked = spoken(told.messages, "user")
            answered = spoken(column["completion"][told.place], "assistant") or []
            yield told._replace(messages=asked and [*asked, *answered])


COMPLETIONS = _Completions(
    name="completions",
    messages="prompt",
    key="conversation_id",
    required=("prompt", "completion"),
    fields=FIELDS,
    aliases={**ALIASES, "completion": ("response",)},
    kinds={"prompt": SAID, "completion": SAID, "created_at": TIME},
)
