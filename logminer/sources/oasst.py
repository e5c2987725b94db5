"""`oasst`: trees of messages, as OpenAssistant has them; each way from the root to a leaf is a conversation.

A row is a message with its `parent_id` (`oasst`), or a whole tree with `replies` inside (`oasst_trees`). With `paths: best` a
tree is one conversation: at each message the reply that people ranked first goes on; one without a rank comes after those
with one, and of equals the first in the file. Conversations have the id of their leaf; those that begin alike are
conversations of their own.

The user is the author of the last message of a user on the way, and the time that message's. A way with a deleted message, or
whose beginning is missing, has no dialogue, and is rejected. So rows in are leaves: rows out = leaves less rejected ones.

Source: the dataset cards of OpenAssistant/oasst1 and oasst2; LAION-AI/Open-Assistant, oasst-data.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import pyarrow as pa

from logminer.messages.calls import parsed
from logminer.messages.roles import role_of
from logminer.messages.text import text_of
from logminer.sources.base import Format, RawConversation, columns_of
from logminer.sources.columns import RECORD, TEXT, TIME

__all__ = ["OASST", "OASST_TREES"]

FIELDS = {
    "conversation_id": "message_id",
    "user_id": "user_id",
    "model": "model_name",
    "created_at": "created_date",
    "language": "lang",
}


Message = Mapping[str, Any]


class _Row(NamedTuple):
    """A message, and the row of the table where it stands."""

    place: int
    message: Message


def _rank(message: Message) -> float:
    """Less is better."""
    try:
        told = float(text_of(message.get("rank")) or "inf")
    except ValueError:
        return math.inf
    return told if math.isfinite(told) else math.inf


def _is_deleted(message: Message) -> bool:
    """CSV says it in text, as `True`."""
    return (text_of(message.get("deleted")) or "").strip().lower() in ("true", "1")


def _told(
    place: int, way: Sequence[Message], whole: bool, roles: Mapping[str, str]
) -> RawConversation:
    """The conversation that a way is; `whole`: it begins at a root; `roles`: see `role_of`."""
    leaf = way[-1]
    usable = whole and not any(map(_is_deleted, way))
    asking = [one for one in way if role_of({"role": one.get("role")}, roles) == "user"]
    last = asking[-1] if asking else leaf
    models = [one.get("model_name") for one in way if one.get("model_name")]
    return RawConversation(
        place,
        [{"role": one.get("role"), "content": one.get("text")} for one in way] if usable else None,
        conversation_id=leaf.get("message_id"),
        user_id=last.get("user_id"),
        model=models[-1] if models else None,
        created_at=last.get("created_date"),
        language=last.get("lang"),
    )


@dataclass(frozen=True, kw_only=True)
class _Flat(Format):
    best: bool = False

    def rows(self, table: pa.Table) -> Iterator[RawConversation]:
        column = columns_of(table)
        for run in self.runs(table):
            yield from self._tree(
                [_Row(i, {n: cells[i] for n, cells in column.items()}) for i in run]
            )

    def _tree(self, rows: Sequence[_Row]) -> Iterator[RawConversation]:
        """The ways of a tree: down from its root, and from each message whose parent is missing."""
        own: dict[str | int, _Row] = {}  # a message that stands there twice is one
        for row in rows:
            own.setdefault(text_of(row.message.get("message_id")) or row.place, row)
        below: dict[str | int | None, list[_Row]] = {}
        for row in own.values():
            parent = text_of(row.message.get("parent_id"))
            below.setdefault(parent if parent in own else None, []).append(row)
        reached = set[int]()
        for root in below.get(None, []):
            whole = not text_of(root.message.get("parent_id"))
            for way in self._ways(root, below):
                reached.update(row.place for row in way)
                yield _told(way[-1].place, [row.message for row in way], whole, self.roles)
        if not self.best or not reached:  # messages that are each other's parents
            lost = [row for row in own.values() if row.place not in reached]
            yield from (_told(row.place, [row.message], False, self.roles) for row in lost)

    def _ways(
        self, root: _Row, below: Mapping[str | int | None, list[_Row]]
    ) -> Iterator[tuple[_Row, ...]]:
        stack: list[tuple[_Row, ...]] = [(root,)]
        while stack:
            way = stack.pop()
            replies = below.get(text_of(way[-1].message.get("message_id")), [])
            if self.best:
                replies = sorted(replies, key=lambda row: _rank(row.message))[:1]
            stack += [(*way, reply) for reply in reversed(replies)]
            if not replies:
                yield way


@dataclass(frozen=True, kw_only=True)
class _Nested(Format):
    best: bool = False

    def rows(self, table: pa.Table) -> Iterator[RawConversation]:
        for place, cell in enumerate(columns_of(table)["prompt"]):
            root = parsed(cell)
            if not isinstance(root, dict):
                yield RawConversation(place, None)
                continue
            stack: list[tuple[Message, ...]] = [(root,)]
            while stack:
                way = stack.pop()
                told = way[-1].get("replies")
                replies: list[Message] = [
                    one for one in (told if isinstance(told, list) else []) if isinstance(one, dict)
                ]
                if self.best:
                    replies = sorted(replies, key=_rank)[:1]
                stack += [(*way, one) for one in reversed(replies)]
                if not replies:
                    yield _told(place, way, True, self.roles)


_TREES = _Nested(
    name="oasst_trees",
    messages="prompt",
    key="message_tree_id",
    required=("message_tree_id", "tree_state", "prompt"),
    fields={},
    kinds={"prompt": RECORD},
    row="piece",
)
OASST_TREES = replace(_TREES, paths={"best": replace(_TREES, name="oasst_trees_best", best=True)})

_MESSAGES = _Flat(
    name="oasst",
    messages="text",
    key="message_tree_id",
    required=("message_tree_id", "message_id", "text", "role"),
    fields=FIELDS,
    others=("parent_id", "role", "rank", "deleted"),
    kinds={"text": TEXT, "role": TEXT, "created_date": TIME},
    row="piece",
    variants=(OASST_TREES,),
)
OASST = replace(
    _MESSAGES,
    paths={"best": replace(_MESSAGES, name="oasst_best", best=True)},
)
