"""`wildchat`: WildChat (1M and 4.8M, and the first one, which names no users), one dialogue a row.

The user is `hashed_ip`: whoever shares an address is one user. With `columns: {user_header: header}` it is the address
together with what the browser says of itself, which tells more people apart and takes one who changes browsers for two.

Source: the dataset cards of allenai/WildChat, allenai/WildChat-1M and allenai/WildChat-4.8M.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from logminer.files.parquet import ParquetRows
from logminer.files.rows import Constants, Rows
from logminer.messages.calls import parsed
from logminer.messages.text import text_of
from logminer.sources.base import Format, RawConversation, columns_of
from logminer.sources.columns import DIALOGUE, TIME
from logminer.sources.moderation import DETOXIFY, MODERATION

__all__ = ["WILDCHAT"]

MESSAGE = ("role", "content")  # of some twenty fields; the others are told of the conversation too
HEADER = ("user-agent", "accept-language")


class _WildChat(Format):
    def open(self, path: Path, constants: Constants = ()) -> Rows:
        rows = super().open(path, constants)
        if isinstance(rows, ParquetRows):
            rows.narrow("conversation", MESSAGE)
        return rows

    def rows(self, table: pa.Table) -> Iterator[RawConversation]:
        column = columns_of(table)
        headers = column.get("user_header")
        for told in self.told(column, table.num_rows):
            if headers is not None:
                told = told._replace(user_id=_person(told.user_id, headers[told.place]))
            yield told


def _person(address: Any, header: Any) -> str | None:
    """Address and browser; None where the address is not known."""
    told = parsed(header)
    told = told if isinstance(told, dict) else {}
    names = [text_of(address), *(text_of(told.get(name)) for name in HEADER)]
    return " ".join(name or "" for name in names) if names[0] else None


WILDCHAT = _WildChat(
    name="wildchat",
    messages="conversation",
    key="conversation_hash",
    required=("conversation_hash", "conversation", "timestamp"),
    fields={
        "conversation_id": "conversation_hash",
        "user_id": "hashed_ip",
        "model": "model",
        "created_at": "timestamp",
        "language": "language",
    },
    aliases={"conversation_hash": ("conversation_id",)},
    others=("user_header",),
    kinds={"conversation": DIALOGUE, "timestamp": TIME},
    attributes={**MODERATION, **DETOXIFY},
)
