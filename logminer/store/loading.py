"""Loading parts into a database: each is read once, and nothing but what is new."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import duckdb
import pyarrow as pa

from logminer.errors import StoreError
from logminer.schemas import (
    CONVERSATIONS,
    LOADED_PARTS,
    PART_DIGESTS,
    REJECTIONS,
    VECTOR_PARTS,
)
from logminer.store.ddl import destinations
from logminer.store.parts import PartFile, PartFolder
from logminer.store.session import Session
from logminer.store.twice import DUPLICATE, LeftOut, Loadable
from logminer.store.vectors import SegmentFolder, VectorPart, merged
from logminer.store.writable import Writable, found_no_space, names_of

__all__ = [
    "Key",
    "KnownPart",
    "KnownVectors",
    "Loader",
    "held_vectors",
    "is_as_known",
]

LOT_BYTES, LOT_PARTS = 64_000_000, 128  # that are loaded together
FOLD_BYTES = 256_000_000  # after which the database is written

Key = tuple[str, str, str]  # stage, fingerprint, part


class KnownPart(NamedTuple):
    """What is known of a loaded part: its rows, its digest, and the stamp of its file then."""

    rows: int
    digest: str
    stamp: str


class KnownVectors(NamedTuple):
    """Vectors that lie in segments already, and what is known of the parts that they are of."""

    vectors: Sequence[VectorPart] = ()
    parts: Mapping[Key, KnownPart] = {}


class _Read(NamedTuple):
    """A part that vouched for itself, and what of it is to be loaded."""

    key: Key
    known: KnownPart
    data: pa.Table

    @property
    def part(self) -> str:
        """Its name, which other stages' parts of the same rows share."""
        return self.key[2]


class Loader:
    """Loads the parts of a study into one database.

    Args:
        database: to load into.
        loadables: folders, and the tables that they go to; see `publish`.
        segments: where vectors lie.
        known: vectors that need not be written again, if they still are what they were.
    """

    def __init__(
        self,
        database: Writable,
        loadables: Sequence[Loadable],
        segments: SegmentFolder,
        known: KnownVectors,
    ) -> None:
        self._database, self._loadables = database, loadables
        self._segments, self._known = segments, known
        self._stamps = {one.folder: one.folder.stamps() for one in loadables}
        self._unwritten = 0  # bytes

    def load(self, parts: Sequence[str] | None) -> list[str]:
        """Load what is not in yet; names of the parts of conversations among it.

        Args:
            parts: names in the order of the dump; None: whatever lies in the folders, by name.
        """
        loaded = set(self._database.rows("SELECT stage, fingerprint, part FROM loaded_parts"))
        missing = {
            one: [part for part in self._there(one, parts) if one.key(part) not in loaded]
            for one in self._loadables
        }
        kinds = [one for one in self._loadables if one.table is CONVERSATIONS]
        for one in kinds:
            for lot in self._lots(one, missing[one]):
                self._load_conversations(one, lot)
        left_out = LeftOut.of(self._database, self._loadables)
        for one in self._loadables:
            if one.table is not CONVERSATIONS and not one.table.beside:
                for lot in self._lots(one, missing[one]):
                    self._load(one, lot, left_out)
        self._load_vectors(left_out, {o: p for o, p in missing.items() if o.table.beside})
        return [part for one in kinds for part in missing[one]]

    def _there(self, one: Loadable, parts: Sequence[str] | None) -> list[str]:
        there = self._stamps[one.folder]
        return sorted(there) if parts is None else [part for part in parts if part in there]

    def _lots(self, one: Loadable, parts: Iterable[str]) -> Iterator[list[_Read]]:
        """Some parts at a time, as many as may be in memory together."""
        lot: list[_Read] = []
        size = 0
        for part in parts:
            lot.append(self._read(one, part))
            size += lot[-1].data.nbytes
            if size >= LOT_BYTES or len(lot) >= LOT_PARTS:
                yield lot
                self._written(size)
                lot, size = [], 0
        if lot:
            yield lot
            self._written(size)

    def _written(self, size: int) -> None:
        self._unwritten += size
        if self._unwritten >= FOLD_BYTES:  # else all that is loaded stays in memory until the end
            self._database.fold()
            self._unwritten = 0

    def _read(self, one: Loadable, part: str) -> _Read:
        """
        Raises:
            StoreError: it is damaged, or was altered since.
        """
        file = PartFile(one.folder.file(part))
        data, footer = file.verified()
        wanted = [c.name for c in one.table.loaded]
        wanted += ["rejected"] if one.table is CONVERSATIONS else []
        try:
            data = data.select(wanted).replace_schema_metadata(None)
        except KeyError:
            raise _unloadable(file.path, "a column is not there") from None
        stamp = self._stamps[one.folder][part]  # from before it was read
        return _Read(one.key(part), KnownPart(footer.rows_out, footer.digest, stamp), data)

    def _load_conversations(self, one: Loadable, lot: Sequence[_Read]) -> None:
        """Those that no part brought before; the others, and those that were rejected, go to `rejections`."""
        lengths = [len(read.data) for read in lot]
        places = pa.array(
            [n for n, length in enumerate(lengths) for _ in range(length)], pa.int32()
        )
        parts = pa.array([read.part for read in lot], pa.string()).take(places)
        data = pa.concat_tables([read.data for read in lot])
        names = names_of(CONVERSATIONS.loaded)
        with self._incoming(data.append_column("part", parts).append_column("place", places), lot):
            self._database.run(
                f"INSERT INTO {REJECTIONS.name}"
                f" SELECT part, row, conversation_id, coalesce(rejected, '{DUPLICATE}'), language FROM ("
                "SELECT part, row, conversation_id, rejected, language, place,"
                " min(place) FILTER (rejected IS NULL) OVER (PARTITION BY conversation_id) AS first FROM incoming)"
                " WHERE rejected IS NOT NULL OR first < place"
                " OR conversation_id IN (SELECT conversation_id FROM conversations)"
            )
            self._database.run(
                f"INSERT INTO {CONVERSATIONS.name} ({names}) SELECT {names} FROM incoming"
                " ANTI JOIN rejections USING (part, row, conversation_id) WHERE rejected IS NULL"
            )
        self._note(lot)

    def _load(self, one: Loadable, lot: Sequence[_Read], left_out: LeftOut) -> None:
        rest = [left_out.without(one.table, read.part, read.data) for read in lot]
        with self._incoming(pa.concat_tables(rest), lot):
            for target, condition, selected in destinations(one.table):
                self._database.run(
                    f"INSERT INTO {target.name} ({names_of(target.loaded)})"
                    f" SELECT {selected} FROM incoming WHERE {condition}"
                )
        self._note(lot)

    @contextlib.contextmanager
    def _incoming(self, data: pa.Table, lot: Sequence[_Read]) -> Iterator[None]:
        try:
            with self._database.incoming(data):
                yield
        except duckdb.Error as error:
            if found_no_space(error):
                raise
            stage, fingerprint, part = lot[0].key
            where = f"{stage}-{fingerprint}/{part}.parquet, or one of the {len(lot)} that follow it"
            raise _unloadable(where, type(error).__name__) from None

    def _note(self, lot: Iterable[_Read]) -> None:
        """Say that they are loaded."""
        self._note_known({read.key: read.known for read in lot})

    def _note_known(self, parts: Mapping[Key, KnownPart]) -> None:
        rows = [dict(zip(FACTS, (*key, *known), strict=True)) for key, known in parts.items()]
        said = pa.Table.from_pylist(rows, FACTS_SCHEMA)
        for table in (LOADED_PARTS, PART_DIGESTS):
            self._database.add(table, said)

    def _load_vectors(self, left_out: LeftOut, missing: Mapping[Loadable, Sequence[str]]) -> None:
        """Into segments; one that has nothing but what is to be loaded is taken as it is."""
        wanted = {one.key(part): one for one, parts in missing.items() for part in parts}
        kept = self._kept(wanted, left_out)
        held = [*held_vectors(self._database), *kept.vectors]
        new = dict(kept.parts)
        rest = [key for key in wanted if key not in new]
        with self._segments.writer() if rest else contextlib.nullcontext() as writer:
            for key in rest:
                read = self._read(wanted[key], key[2])
                new[key] = read.known
                data = left_out.without(wanted[key].table, read.part, read.data)
                if writer and len(data):
                    out = left_out.hash(read.part)
                    held.append(VectorPart(*key, writer.add(data), len(data), out))
        if new:
            self._note_known(new)
            rows = [one._asdict() for one in self._segments.weighed(merged(self._segments, held))]
            self._database.replace(VECTOR_PARTS, pa.Table.from_pylist(rows, VECTOR_PARTS.schema))

    def _kept(self, wanted: Mapping[Key, Loadable], left_out: LeftOut) -> KnownVectors:
        """Of the known vectors those that are to be loaded, as they are in their segment."""
        segments: defaultdict[str, list[VectorPart]] = defaultdict(list)
        for one in self._known.vectors:
            segments[one.segment].append(one)
        whole = self._segments.whole(self._known.vectors)
        vectors = [
            one
            for segment, members in segments.items()
            if segment in whole
            and all(
                m.key in wanted
                and m.left_out == left_out.hash(m.part)
                and self._is_as_known(wanted[m.key], m.part)
                for m in members
            )
            for one in members
        ]
        now = {one.key: self._stamps[wanted[one.key].folder][one.part] for one in vectors}
        parts = {key: self._known.parts[key]._replace(stamp=stamp) for key, stamp in now.items()}
        return KnownVectors(vectors, parts)

    def _is_as_known(self, one: Loadable, part: str) -> bool:
        known = self._known.parts.get(one.key(part))
        return known is not None and is_as_known(one.folder, part, self._stamps[one.folder], known)


FACTS = ("stage", "fingerprint", "part", *KnownPart._fields)
FACTS_SCHEMA = pa.schema(
    [pa.field(name, pa.int64() if name == "rows" else pa.string()) for name in FACTS]
)


def is_as_known(folder: PartFolder, part: str, stamps: Mapping[str, str], known: KnownPart) -> bool:
    """Whether a part is there and says what it said; its file is opened only where it may be another one."""
    if part not in stamps:
        return False
    if stamps[part] == known.stamp:
        return True
    try:
        return PartFile(folder.file(part)).footer().digest == known.digest
    except StoreError:
        return False


def held_vectors(database: Session) -> list[VectorPart]:
    """Where a database says that its vectors are."""
    columns = ", ".join(VectorPart._fields)
    return [VectorPart(*row) for row in database.rows(f"SELECT {columns} FROM vector_parts")]


def _unloadable(where: object, why: str) -> StoreError:
    return StoreError(
        f"{where}: cannot be loaded ({why}); delete the file and run again to compute it anew"
    )
