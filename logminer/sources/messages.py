"""`messages`: a dialogue a record, as OpenAI's chat API takes it, and as fine-tuning files and TRL have it.

It reads what `conversations` reads, and knows the names that such files give a conversation, its user and its time, and
`system`, which requests to Anthropic's API keep beside the messages. `auto`
takes JSON with `messages` and without `conversation_id` for it, and what else has `messages` for `conversations`.

Source: OpenAI, "Chat Completions" and "Supervised fine-tuning" (API reference and guide); TRL, "Dataset formats and types".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import pyarrow as pa

from logminer.messages.calls import parsed
from logminer.sources.base import Format, RawConversation, columns_of
from logminer.sources.columns import DIALOGUE, TIME
from logminer.sources.completions import ALIASES, COMPLETIONS, SYSTEM
from logminer.sources.conversations import FIELDS
from logminer.sources.preference import PREFERENCE
from logminer.sources.speeches import with_system

__all__ = ["MESSAGES"]


class _Messages(Format):
    def fits(self, names: Collection[str], given: Mapping[str, str]) -> bool:
        return super().fits(names, given) and "conversation_id" not in {*names, *given}

    def rows(self, table: pa.Table) -> Iterator[RawConversation]:
        column = columns_of(table)
        beside = column.get("metadata", [None] * table.num_rows)
        systems = column.get("system", [None] * table.num_rows)
        for told in self.told(column, table.num_rows):
            if told.user_id is None:
                metadata = parsed(beside[told.place])
                if isinstance(metadata, dict):
                    told = told._replace(user_id=metadata.get("user_id"))
            yield told._replace(messages=with_system(told.messages, systems[told.place]))


MESSAGES = _Messages(
    name="messages",
    messages="messages",
    key="conversation_id",
    required=("messages",),
    fields=FIELDS,
    aliases={**ALIASES, **SYSTEM},
    others=("metadata", "system"),
    kinds={"messages": DIALOGUE, "created_at": TIME},
    guessed_in=("jsonl", "json"),
    variants=(PREFERENCE, COMPLETIONS),
)
