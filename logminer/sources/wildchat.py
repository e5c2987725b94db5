"""`wildchat`: WildChat (1M and 4.8M, and the first one, which names no users), one dialogue a row.

The user is `hashed_ip`: whoever shares an address is one user. With `columns: {user_header: header}` it is the address
together with what the browser says of itself, which tells more people apart and takes one who changes browsers for two.

A conversation is known by the `turn_identifier` of its first turn: `conversation_hash` is a hash of what is said, which
conversations that say the same have in common. It is the id of the prompt, by which recorded answers are found.

Source: the dataset cards of allenai/WildChat, allenai/WildChat-1M and allenai/WildChat-4.8M.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from logminer.files.cells import cells
from logminer.files.objects import AnyPath
from logminer.files.parquet import ParquetRows
from logminer.files.rows import Constants, Rows
from logminer.messages.calls import parsed
from logminer.messages.text import text_of
from logminer.sources.base import Format, RawConversation, columns_of
from logminer.sources.columns import DIALOGUE, TIME
from logminer.sources.moderation import DETOXIFY, MODERATION

__all__ = ["WILDCHAT"]

TURN = "turn_identifier"
MESSAGE = (
    "role",
    "content",
    TURN,
)  # of some twenty fields; the others are told of the conversation too
HEADER = ("user-agent", "accept-language")


class _WildChat(Format):
    def open(self, path: AnyPath, constants: Constants = ()) -> Rows:
        rows = super().open(path, constants)
        if isinstance(rows, ParquetRows):
            rows.narrow("conversation", MESSAGE)
        return rows

    @property
    def key_columns(self) -> tuple[str, ...]:
        return self.key, self.messages

    def keys(self, table: pa.Table) -> list[str | None]:
        hashes = cells(table.column(self.key))
        return [
            text_of(hashed if turn is None else turn)
            for hashed, turn in zip(hashes, _turns(table.column(self.messages)), strict=True)
        ]

    def rows(self, table: pa.Table) -> Iterator[RawConversation]:
        column = columns_of(table)
        headers = column.get("user_header")
        keys = self.keys(table) if self.key in column else [None] * table.num_rows
        for told in self.told(column, table.num_rows):
            told = told._replace(conversation_id=keys[told.place])
            if headers is not None:
                told = told._replace(user_id=_person(told.user_id, headers[told.place]))
            yield told


def _turns(talks: pa.ChunkedArray) -> list[Any]:
    """The identifier of the first turn of each dialogue, or None."""
    found: list[Any] = []
    for chunk in talks.chunks:
        if pa.types.is_list(chunk.type) and pa.types.is_struct(chunk.type.value_type):
            if chunk.type.value_type.get_field_index(TURN) < 0:
                found += [None] * len(chunk)
                continue
            sizes = pc.fill_null(pc.list_value_length(chunk), 0)
            firsts = pc.if_else(pc.greater(sizes, 0), chunk.offsets.slice(0, len(chunk)), None)
            found += chunk.values.field(TURN).take(firsts).to_pylist()
        else:
            found += [_first_turn(talk) for talk in cells(chunk)]
    return found


def _first_turn(talk: Any) -> Any:
    talk = parsed(talk)
    first = talk[0] if isinstance(talk, list) and talk else None
    return first.get(TURN) if isinstance(first, dict) else None


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
        "prompt_id": "conversation_hash",
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
