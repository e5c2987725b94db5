"""Where a dump is cut into slices: the same rows give the same slices, whatever small row groups they are stored in.

A row group that alone would fill a slice is cut by itself, so that what changes in it moves no other cut.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from logminer.errors import SourceError
from logminer.files.cells import cells
from logminer.files.finding import DumpFile
from logminer.files.identity import HEX, content
from logminer.files.rows import Rows as Table
from logminer.files.sizes import text_bytes
from logminer.messages.dialogue import before_answer, read_messages, turns_of
from logminer.messages.text import text_of
from logminer.sources.base import Format, RowGroup, guarded
from logminer.sources.kept import Kept

__all__ = [
    "FLIGHT_BYTES",
    "MAX_BYTES",
    "MAX_ROWS",
    "Cut",
    "Memory",
    "Opened",
    "Seen",
    "Sized",
    "cut",
    "every",
    "flights",
    "prompts",
    "row_groups",
    "superseded",
]

MAX_ROWS = 512
FLIGHT_BYTES = 32_000_000  # of text that is held at once where rows lie scattered
MAX_BYTES = 8_000_000  # of UTF-8 text in the dialogues; a longer dialogue is a slice of its own

Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]


class Cut(NamedTuple):
    """Rows that become one slice, ascending; of pieces with others between them."""

    rows: tuple[int, ...]
    repeats: tuple[int, ...] = ()  # those of them whose key was seen before
    superseded: tuple[int, ...] = ()  # those whose key a later file has
    text_bytes: int = 0


class Sized(NamedTuple):
    """One row on its way into a slice."""

    row: int
    text_bytes: int
    repeated: bool
    joined: bool = False  # with the row before it: never cut apart
    superseded: bool = False
    first: bool = False  # of a row group that is not cut together with the one before


def cut(rows: Iterable[Sized]) -> Iterator[Cut]:
    """Slices of at most MAX_ROWS rows and MAX_BYTES of text, as soon as each is full; more only where rows are joined.

    A slice begins anew where a row says so, so that what changed before it does not move the cuts behind it.
    """
    pending: list[Sized] = []
    total = 0
    for unit in _units(rows):
        size = sum(sized.text_bytes for sized in unit)
        full = len(pending) + len(unit) > MAX_ROWS or total + size > MAX_BYTES
        if pending and (full or unit[0].first):
            yield _cut(pending)
            pending, total = [], 0
        pending += unit
        total += size
    if pending:
        yield _cut(pending)


def flights(cuts: Iterable[Cut]) -> Iterator[tuple[list[Cut], tuple[int, ...]]]:
    """Slices that are read in one pass over the file, and the rows of all of them; () where each can be read by itself.

    Slices of rows that are scattered would each read the file anew; so FLIGHT_BYTES of text are taken out at once.
    """
    pending: list[Cut] = []
    size = 0
    for one in cuts:
        if pending and size + one.text_bytes > FLIGHT_BYTES:
            yield pending, _scattered(pending)
            pending, size = [], 0
        pending.append(one)
        size += one.text_bytes
    if pending:
        yield pending, _scattered(pending)


def _scattered(cuts: Sequence[Cut]) -> tuple[int, ...]:
    if all(before.rows[-1] < after.rows[0] for before, after in pairwise(cuts)):
        return ()
    return tuple(sorted(row for one in cuts for row in one.rows))


def _units(rows: Iterable[Sized]) -> Iterator[list[Sized]]:
    """Rows that stay together."""
    unit: list[Sized] = []
    for sized in rows:
        if unit and not sized.joined:
            yield unit
            unit = []
        unit.append(sized)
    if unit:
        yield unit


def _cut(pending: list[Sized]) -> Cut:
    pending = sorted(pending)  # by row
    return Cut(
        tuple(p.row for p in pending),
        tuple(p.row for p in pending if p.repeated),
        tuple(p.row for p in pending if p.superseded),
        sum(p.text_bytes for p in pending),
    )


class Opened(NamedTuple):
    """A file of a dump whose columns were checked."""

    file: DumpFile
    rows: Table
    form: Format
    columns: tuple[tuple[str, str], ...]  # (format's name, dump's name) of those in the file
    roles: Mapping[str, str]  # the dump's, in small letters → ours
    keep: tuple[Kept, ...]
    picked: npt.NDArray[np.bool_] | None  # the rows that are read, shape [rows]; None: every one

    @property
    def num_rows(self) -> int:
        """How many rows are read."""
        return self.rows.num_rows if self.picked is None else int(self.picked.sum())

    def reads(self, rows: slice) -> npt.NDArray[np.bool_]:
        """Which of these rows are read; shape [rows]."""
        return np.ones(rows.stop - rows.start, bool) if self.picked is None else self.picked[rows]

    def name(self, column: str) -> str | None:
        """The dump's name of one of the format's columns; None where the file lacks it."""
        return dict(self.columns).get(column)

    def apart(self) -> frozenset[int]:
        """Rows that begin a slice: those between two row groups of which one alone would fill a slice."""
        sizes = self.rows.group_rows
        starts = np.cumsum(sizes).tolist()
        return frozenset(
            start
            for start, pair in zip(starts, pairwise(sizes), strict=False)
            if max(pair) >= MAX_ROWS
        )


def row_groups(opened: Opened, alike: Counter[str]) -> Iterator[RowGroup]:
    """The row groups of a file, those without rows left out; one where it has no parts that are known by themselves.

    Args:
        opened: the file.
        alike: how many of each content there were before; equal ones get names of their own, for their rows are others.
    """
    found = content(opened.file.path)
    pieces = [(piece.rows, piece.name) for piece in found.pieces]
    if tuple(rows for rows, _ in pieces) != opened.rows.group_rows:
        pieces = [(opened.rows.num_rows, found.digest[:HEX])]
    start = 0
    for rows, name in pieces:
        if rows:
            again = alike[name]
            yield RowGroup(start, f"{name}.{again}" if again else name)
            alike[name] += 1
        start += rows


class Seen:
    """A growing set of 64-bit hashes in 8 bytes each: sorted runs, merged when they reach the same size."""

    def __init__(self) -> None:
        self._runs: list[Keys] = []

    def add(self, keys: Iterable[int]) -> npt.NDArray[np.bool_]:
        """Which of `keys` are new, the first of equal ones only; shape [keys]."""
        asked = np.fromiter(keys, np.uint64)
        fresh = np.zeros(len(asked), bool)
        unique, first = np.unique(asked, return_index=True)
        known = self.has(unique)
        fresh[first[~known]] = True
        self._push(unique[~known])
        return fresh

    def has(self, keys: Keys) -> npt.NDArray[np.bool_]:
        """Which of `keys` are there; shape [keys]."""
        known = np.zeros(len(keys), bool)
        for run in self._runs:
            at = np.minimum(np.searchsorted(run, keys), len(run) - 1)
            known |= run[at] == keys
        return known

    def merge(self, other: Seen) -> None:
        """Take in what another has."""
        for run in other._runs:
            self.add(run)

    def _push(self, run: Keys) -> None:
        if len(run):
            self._runs.append(run)
        while len(self._runs) > 1 and len(self._runs[-2]) <= 2 * len(self._runs[-1]):
            last = self._runs.pop()
            self._runs[-1] = np.union1d(self._runs[-1], last)


class Memory:
    """What was seen in the dump so far."""

    def __init__(self) -> None:
        self.keys = Seen()  # ids
        self.prompts = Seen()  # ids with their text
        self.kept = Seen()  # those with the value of a kept column


def superseded(opened: Opened, later: Seen) -> Rows:
    """Rows whose key a later file has, ascending; then what this file has is among the later ones.

    Args:
        opened: a file.
        later: keys of the files after it.
    """
    names = [name for ours in opened.form.key_columns if (name := opened.name(ours))]
    rows, own, start = [np.zeros(0, np.int64)], Seen(), 0
    for batch in opened.rows.batches(names) if opened.name(opened.form.key) else ():
        ids = _ids(opened, batch)
        read = opened.reads(slice(start, start + len(ids)))
        named = np.flatnonzero(read & np.array([bool(value) for value in ids], bool))
        hashes = np.fromiter((key_hash(ids[i] or "") for i in named), np.uint64)
        rows.append(start + named[later.has(hashes)])
        own.add(hashes)
        start += len(ids)
    later.merge(own)
    return np.concatenate(rows)


def every(opened: Opened, memory: Memory, gone: Rows | None = None) -> Iterator[Sized]:
    """Every row; repeated where an earlier one has the same id, unless the two are joined.

    Args:
        opened: a file.
        memory: what earlier rows had; superseded ones are forgotten.
        gone: the superseded rows, see `superseded`.
    """
    if opened.form.row == "piece":
        yield from _units_of(opened, memory, gone)
        return
    apart = opened.apart()
    lost = frozenset(() if gone is None else gone.tolist())
    row, begins = 0, False
    for batch in _batches(opened):
        sizes, ids = _sizes(opened, batch), _ids(opened, batch)
        read = opened.reads(slice(row, row + len(ids))).tolist()
        named = [i for i, value in enumerate(ids) if value and read[i] and row + i not in lost]
        repeated = np.zeros(len(sizes), bool)
        repeated[named] = ~memory.keys.add(key_hash(ids[i] or "") for i in named)
        for i in range(len(ids)):
            begins |= row in apart
            if read[i]:
                yield Sized(row, int(sizes[i]), bool(repeated[i]), False, row in lost, begins)
                begins = False
            row += 1


def _units_of(opened: Opened, memory: Memory, gone: Rows | None) -> Iterator[Sized]:
    """Rows that belong together one after another, by the first of them, wherever they stand."""
    apart = opened.apart()
    sizes_of, keys, bonds = array("q"), array("Q"), array("Q")
    for batch in _batches(opened, opened.form.together):
        sizes_of.extend(_sizes(opened, batch).tolist())
        keys.extend(key_hash(value) if value else 0 for value in _ids(opened, batch))
        bonds.extend(key_hash(value) if value else 0 for value in _bonds(opened, batch))
    hashes, bound = np.array(keys, np.uint64), np.array(bonds, np.uint64)
    begins = _firsts(bound)
    order = np.lexsort((np.arange(len(begins)), begins))
    order = order[opened.reads(slice(0, len(begins)))[order]]
    lost = np.zeros(len(begins), bool)
    lost[gone if gone is not None else []] = True
    # Of those of one key that belong together the first counts for all.
    first = _firsts_of(begins[order], hashes[order])
    asked = np.flatnonzero((first == np.arange(len(order))) & ((hashes != 0) & ~lost)[order])
    again = np.zeros(len(order), bool)
    again[asked] = ~memory.keys.add(hashes[order][asked].tolist())
    before = None
    for row, repeated in zip(order.tolist(), again[first].tolist(), strict=True):
        begin = begins[row]
        joined = begin == before
        yield Sized(row, sizes_of[row], repeated, joined, bool(lost[row]), row in apart)
        before = begin


def _firsts(bonds: Keys) -> Rows:
    """Of each row the first that it belongs to: itself where it has no bond."""
    rows = np.arange(len(bonds))
    return np.where(bonds == 0, rows, _firsts_of(bonds))


def _firsts_of(*columns: npt.NDArray[Any]) -> Rows:
    """Of each row the first that has the same values."""
    rows = np.arange(len(columns[0]))
    order = np.lexsort((rows, *columns))
    sorted_columns = [column[order] for column in columns]
    new = np.ones(len(rows), bool)
    new[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in sorted_columns])
    firsts = np.empty(len(rows), np.int64)
    firsts[order] = order[np.maximum.accumulate(np.where(new, rows, 0))]
    return firsts


def _batches(opened: Opened, beside: Iterable[str] = ()) -> Iterator[pa.RecordBatch]:
    """Batches with the texts, the key, and columns of the format beside them."""
    form = opened.form
    wanted = (*form.key_columns, form.messages, *form.others, *beside)
    names = dict.fromkeys(name for ours in wanted if (name := opened.name(ours)))
    yield from opened.rows.batches(list(names))


def _sizes(opened: Opened, batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
    """How much text each row has."""
    form = opened.form
    texts = [name for ours in (form.messages, *form.others) if (name := opened.name(ours))]
    sizes = (text_bytes(batch.column(name)) for name in texts)
    return np.asarray(sum(sizes, np.zeros(batch.num_rows, int)), np.int64)


def _ids(opened: Opened, batch: pa.RecordBatch) -> list[str | None]:
    form = opened.form
    if not opened.name(form.key):
        return [None] * batch.num_rows
    return form.keys(_columns(opened, batch, form.key_columns))


def _columns(opened: Opened, batch: pa.RecordBatch, wanted: Sequence[str]) -> pa.Table:
    """Those columns of the format that are there, under its names."""
    there = {ours: name for ours in wanted if (name := opened.name(ours))}
    return pa.table([batch.column(name) for name in there.values()], names=list(there))


def _bonds(opened: Opened, batch: pa.RecordBatch) -> list[str | None]:
    form = opened.form
    wanted = form.together or form.key_columns
    if not any(opened.name(ours) for ours in wanted):
        return [None] * batch.num_rows
    return form.bonds(_columns(opened, batch, wanted))


def _differs(kept: Kept) -> str:
    if kept.meant is None:
        return f"source.keep: column '{kept.name}' differs between rows of one prompt; keep only what belongs to the prompt"
    return (
        f"source.derive.{kept.name}: rows of one prompt have several values of it by what column '{kept.column}' says;"
        " leave each prompt one"
    )


def prompts(opened: Opened, memory: Memory, keep: Sequence[Kept] = ()) -> Iterator[Sized]:
    """The first row of each distinct prompt: id and text. Repeated: its id is that of another text.

    Raises:
        SourceError: a column of `keep` has several values in the rows of one prompt.
    """
    start, apart = 0, _Crossed(opened.apart())
    form = replace(opened.form, roles=opened.roles)
    there = [name for ours in form.asked_in if (name := opened.name(ours))]
    kept = [one.column for one in keep]
    for batch in opened.rows.batches(list(dict.fromkeys((*there, *kept)))):
        table = _columns(opened, batch, form.asked_in)
        asked = list(guarded(opened.file, form, partial(form.asked, table)))
        ids = [key for key, _ in asked]
        texts = [_asked_hash(said, opened) for _, said in asked]
        both = [key_hash(i, str(text)) for i, text in zip(ids, texts, strict=True)]
        read = opened.reads(slice(start, start + len(ids)))
        new = np.zeros(len(ids), bool)
        new[read] = memory.prompts.add(key for key, one in zip(both, read, strict=True) if one)
        for one in keep:
            values = [text_of(value) or "" for value in one.of(cells(batch.column(one.column)))]
            pairs = [key_hash(one.name, str(p), v) for p, v in zip(both, values, strict=True)]
            if (memory.kept.add(pairs) & ~new & read).any():
                raise SourceError(f"{opened.file.path}: {_differs(one)}")
        first = np.flatnonzero(new)
        named = [i for i in first.tolist() if ids[i]]
        repeated = np.zeros(len(ids), bool)
        repeated[named] = ~memory.keys.add(key_hash(ids[i]) for i in named)
        sizes = _sizes(opened, batch)
        for i in first.tolist():
            first_there = apart.crossed(start + i)
            yield Sized(start + i, int(sizes[i]), bool(repeated[i]), first=first_there)
        start += len(ids)


class _Crossed:
    """Tells the first row behind each of some places, where not every row comes by."""

    def __init__(self, places: Iterable[int]) -> None:
        self._ahead = sorted(places, reverse=True)

    def crossed(self, row: int) -> bool:
        """Whether a place lies at `row` or before it, and behind the row that was asked for last."""
        found = False
        while self._ahead and self._ahead[-1] <= row:
            self._ahead.pop()
            found = True
        return found


def _asked_hash(value: Any, opened: Opened) -> int:
    """Equal for prompts that recorded answers do not tell apart either."""
    if value is None and opened.form.answered:
        return 0
    messages = read_messages(value, opened.roles).messages
    if messages is None:
        return key_hash(repr(value))
    if opened.form.answered:
        messages = before_answer(messages)
    return key_hash(*(part.strip() for turn in turns_of(messages) for part in turn))


def key_hash(*values: str) -> int:
    """64 bits that stand for `values` in memory; never stored."""
    packed = "\0".join(values).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(packed, digest_size=8).digest(), "little")
