"""Conversations that came in two parts: the first part in the order of the dump has them, and nothing of the other one is loaded.

Parts are loaded as they come, and files of a dump may be renamed. Which of two was kept is right as long as the order of
loaded parts is that of the dump; where it is not, and some conversation came twice, the database is built anew.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from logminer.schemas import CONVERSATIONS, PART_ORDER, PROMPTS, RESPONSES, Table
from logminer.store.parts import PartFile, PartFolder
from logminer.store.session import Session
from logminer.store.writable import Writable

__all__ = ["DUPLICATE", "LeftOut", "Loadable", "conversation_parts", "is_in_order", "note_order"]

DUPLICATE = "duplicate_of_another_part"


class Loadable(NamedTuple):
    """Finished parts of one stage and the table they belong to."""

    folder: PartFolder
    table: Table

    def key(self, part: str) -> tuple[str, str, str]:
        """Names a part in the database."""
        return self.folder.label, self.folder.fingerprint, part


class LeftOut(NamedTuple):
    """What does not go in, since it hangs on a conversation that another part brought."""

    twice: Mapping[str, Sequence[str]]  # part → conversations
    loadables: Sequence[Loadable]

    @classmethod
    def of(cls, database: Session, loadables: Sequence[Loadable]) -> LeftOut:
        """As the database's rejections say."""
        twice: defaultdict[str, list[str]] = defaultdict(list)
        query = "SELECT part, conversation_id FROM rejections WHERE reason = ? ORDER BY ALL"
        for part, conversation in database.rows(query, [DUPLICATE]):
            twice[part].append(conversation)
        return cls(twice, loadables)

    def hash(self, part: str) -> str | None:
        """Of the conversations that another part than this one brought; None: there are none."""
        return _hash(self.twice[part]) if part in self.twice else None

    def without(self, table: Table, part: str, data: pa.Table) -> pa.Table:
        """The rest of a part.

        A table's rows hang on the first of conversation, prompt and response whose id they bear.
        """
        if part not in self.twice:
            return data
        column, ids = "conversation_id", pa.array(self.twice[part], pa.string())
        for kind, below in ((PROMPTS, "prompt_id"), (RESPONSES, "response_id")):
            if column not in table.schema.names:
                ids = self._below(kind, part, column, ids, below)
                column = below
        return data.filter(pc.invert(pc.is_in(data[column], ids)))

    def _below(self, kind: Table, part: str, column: str, ids: pa.Array, below: str) -> pa.Array:
        """Of the rows of a kind whose `column` is one of `ids`, what they are called."""
        files = [one.folder.file(part) for one in self.loadables if one.table is kind]
        rows = [PartFile(file).read([below, column]) for file in files if file.exists()]
        found = [table.filter(pc.is_in(table[column], ids))[below] for table in rows]
        return pa.chunked_array([c for f in found for c in f.chunks], pa.string()).combine_chunks()


def conversation_parts(database: Session, loadables: Iterable[Loadable]) -> set[str]:
    """The parts of conversations that are loaded."""
    labels = [one.folder.label for one in loadables if one.table is CONVERSATIONS]
    rows = database.rows("SELECT part FROM loaded_parts WHERE list_contains(?, stage)", [labels])
    return {part for (part,) in rows}


def is_in_order(database: Session, loaded: Iterable[str], parts: Sequence[str] | None) -> bool:
    """Whether what came twice was kept from the first part that has it.

    Args:
        database: that says so.
        loaded: its parts of conversations.
        parts: in the order of the dump; None: by name.
    """
    if not database.rows("SELECT 1 FROM rejections WHERE reason = ? LIMIT 1", [DUPLICATE]):
        return True
    return database.rows("SELECT hash FROM part_order") == [(_order(loaded, parts),)]


def note_order(
    database: Writable,
    old: set[str],
    new: Sequence[str],
    parts: Sequence[str] | None,
    *,
    was_in_order: bool,
) -> None:
    """Note in which order parts of conversations are in, or that of some which came later a conversation should have been kept.

    Args:
        database: where it is noted.
        old: parts that were loaded before, in their order.
        new: that were loaded now, in theirs.
        parts: see `is_in_order`.
        was_in_order: before.
    """
    brought = set(LeftOut.of(database, ()).twice).intersection(new)
    places = {part: place for place, part in enumerate(sorted(old.union(new)) if parts is None else parts)}  # fmt: skip
    last = max((places.get(part, len(places)) for part in old), default=-1)
    late = any(places[part] < last for part in brought)
    said = _order(old.union(new), parts) if was_in_order and not late else None
    database.replace(PART_ORDER, pa.table({"hash": [said]}, PART_ORDER.schema))


def _order(loaded: Iterable[str], parts: Sequence[str] | None) -> str | None:
    """Tells one order of the loaded parts from another; None: the dump has some of them no more, or not yet."""
    there = set(loaded)
    ordered = sorted(there) if parts is None else [part for part in parts if part in there]
    return _hash(ordered) if len(ordered) == len(there) else None


def _hash(names: Sequence[str]) -> str:
    return hashlib.blake2b(" ".join(names).encode(), digest_size=16).hexdigest()
