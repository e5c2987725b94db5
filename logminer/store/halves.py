"""Which half of the study each user is on: kept with the study in `halves.parquet`, and never changed once given.

A *unit* is a pseudonymous user, or the conversation where the user is unknown. The half that a run gave a unit is the one
that holds, in the database too; the `split` of parts is no more than a coin, which decides where nothing else does. A
study from before halves were kept has no such file: there the coin is the half, until a run writes it down.

To make a study anew that is equal to another, hand over its `halves.parquet`: copied into the new study's folder before
the first run, it gives everybody the same half again (key and project must agree, or the pseudonyms do not).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logminer.errors import StoreError
from logminer.files.atomic import write_parquet
from logminer.files.places import matching
from logminer.schemas import HALVES
from logminer.store.layout import StudyFolder
from logminer.store.parts import PartFile
from logminer.store.session import open_session

__all__ = ["DISCOVERY", "UNIT", "Halves", "as_units", "given_halves", "kept_halves", "units_of"]

DISCOVERY, INFERENCE = "discovery", "inference"
WIDTH = 32  # hex characters of a pseudonym
UNIT = f"S{WIDTH}"
PUBLISHED = """
SELECT DISTINCT coalesce(user_id, conversation_id) AS unit, split FROM prompts WHERE split IS NOT NULL
"""


class Halves(NamedTuple):
    """Units and their halves, columns of equal length.

    `units` are pseudonyms as bytes (32 hex characters), in their order, none twice; `discovery` says who is on that half
    and not on 'inference'. A million of them take 33 MB.
    """

    units: NDArray[np.bytes_]
    discovery: NDArray[np.bool_]

    @classmethod
    def of(cls, units: NDArray[np.bytes_], discovery: NDArray[np.bool_]) -> Self:
        """Of units in any order; where one comes twice, its first half counts."""
        found, first = np.unique(units, return_index=True)
        return cls(found, discovery[first])

    @classmethod
    def none(cls) -> Self:
        """Nobody has a half yet."""
        return cls(np.zeros(0, UNIT), np.zeros(0, bool))

    def __len__(self) -> int:
        return len(self.units)

    def places(self, units: NDArray[np.bytes_]) -> NDArray[np.int64]:
        """Where each of `units` stands here, −1 where it has no half."""
        if not len(self):
            return np.full(len(units), -1, np.int64)
        at = np.minimum(np.searchsorted(self.units, units), len(self) - 1)
        return np.where(self.units[at] == units, at, -1)

    def split(self, prompts: pa.Table) -> pa.Array:
        """'discovery', 'inference' or null (no half yet) for each row.

        Args:
            prompts: columns user_id, conversation_id.
        """
        at = self.places(as_units(units_of(prompts)))
        half = np.append(self.discovery, False)[at].astype(np.int64)
        return pa.array([INFERENCE, DISCOVERY]).take(pa.array(half, mask=at < 0))

    def only(self, units: NDArray[np.bytes_]) -> Halves:
        """Those of `units` that have one here."""
        at = self.places(units)
        found = at[at >= 0]
        return Halves.of(self.units[found], self.discovery[found])

    def joined(self, others: Halves) -> Halves:
        """These, and those of `others` that have none here."""
        new = self.places(others.units) < 0
        units = np.concatenate([self.units, others.units[new]])
        return Halves.of(units, np.concatenate([self.discovery, others.discovery[new]]))

    def table(self) -> pa.Table:
        """Columns unit and split, in the order of the units."""
        raw = pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(WIDTH), len(self), [None, pa.py_buffer(np.ascontiguousarray(self.units))]
        )
        halves = pc.if_else(pa.array(self.discovery), DISCOVERY, INFERENCE)
        return pa.table([raw.cast(pa.binary()).cast(pa.string()), halves], HALVES.schema)

    def keep(self, folder: StudyFolder) -> None:
        """Write them down, whole or not at all; equal halves give equal bytes.

        Raises:
            StoreError: the disk is full, or may not be written.
        """
        write_parquet(self.table(), folder.halves)


def units_of(prompts: pa.Table) -> pa.ChunkedArray:
    """Of each row the unit whose half it is on.

    Args:
        prompts: columns user_id, conversation_id.
    """
    return pc.coalesce(prompts["user_id"], prompts["conversation_id"])


def as_units(column: pa.ChunkedArray | pa.Array) -> NDArray[np.bytes_]:
    """Pseudonyms as bytes; none may be null.

    Raises:
        StoreError: one is no pseudonym.
    """
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    try:
        raw = whole.cast(pa.binary(WIDTH))
    except pa.ArrowInvalid:
        raise StoreError("a user's or conversation's id is no pseudonym of 32 characters") from None
    return np.frombuffer(raw.buffers()[1], UNIT)[raw.offset : raw.offset + len(raw)]


def kept_halves(folder: StudyFolder) -> Halves | None:
    """What the study's `halves.parquet` says; None where there is no such file.

    Raises:
        StoreError: it is damaged.
    """
    if not folder.halves.exists():
        return None
    table = PartFile(folder.halves).read(HALVES.schema.names)
    return _halves(table)


def given_halves(folder: StudyFolder) -> Halves:
    """The same; of a study from before halves were kept, those that its database and then its parts give.

    Nobody's where there is none of it. Where no more than a map is left of a study, nobody can tell on whom it was found.

    Raises:
        StoreError: the file is damaged.
    """
    kept = kept_halves(folder)
    if kept is not None:
        return kept
    published = Halves.none()
    with contextlib.suppress(StoreError), open_session(folder.root) as session:
        published = _halves(session.columns(PUBLISHED))
    return published.joined(_halves(pa.concat_tables(_coins(folder))))


def _coins(folder: StudyFolder) -> Iterator[pa.Table]:
    """Of all parts of prompts, whatever their options were: the pseudonyms are the same, and so is the coin."""
    yield HALVES.schema.empty_table()
    for file in matching(folder.parts, "prompts-*/[!.]*.parquet"):
        with contextlib.suppress(
            StoreError
        ):  # a damaged part is computed anew: the coin will be the same
            part = PartFile(file).read(["user_id", "conversation_id", "split"])
            columns = pa.table([units_of(part), part["split"]], HALVES.schema)
            yield columns.group_by(HALVES.schema.names).aggregate([]).cast(HALVES.schema)


def _halves(table: pa.Table) -> Halves:
    return Halves.of(as_units(table["unit"]), np.asarray(pc.equal(table["split"], DISCOVERY)))
