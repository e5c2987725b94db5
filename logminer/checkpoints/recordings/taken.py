"""What recorded rows say of prompts, as one keyed hash: whether they say it still is known without keeping a word."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from logminer.files.rows import Record
from logminer.ids import Pseudonyms

__all__ = ["Findable", "RowAt", "Taken"]

DIGEST_BYTES = 16


class RowAt(NamedTuple):
    """Where a row is: number of the file, row in it."""

    file: int
    row: int


class Findable(Protocol):
    """Rows that are found by the prompts that they answer."""

    def find(self, source_key: str | None, content_key: str) -> Sequence[RowAt]: ...

    def read(self, places: Sequence[RowAt], columns: Sequence[str]) -> dict[RowAt, Record]: ...

    def scan(self, columns: Sequence[str]) -> Iterator[tuple[RowAt, Record]]: ...


class Taken:
    """Hashes of what rows say in `columns`."""

    def __init__(self, rows: Findable, columns: Sequence[str], pseudonyms: Pseudonyms) -> None:
        self._rows, self._columns, self._pseudonyms = rows, columns, pseudonyms
        self._known: dict[int, bytearray] | None = None  # of each file its rows' digests in order

    def scan(self) -> None:
        """Read every row once, in the order of the files, and keep 16 bytes of each: parts may then come in any order."""
        self._known = {}
        for place, row in self._rows.scan(self._columns):
            self._known.setdefault(place.file, bytearray()).extend(_digest(row))

    def of(self, prompts: Sequence[tuple[str | None, str]]) -> str:
        """32 hex characters; others where any of these prompts (source key, content key) has other rows, or other samples.

        Where rows lie plays no part, nor what they answer beside.
        """
        found = [self._rows.find(*keys) for keys in prompts]
        known = self._digests([place for places in found for place in places])
        said = [b"".join(known[place] for place in places).hex() for places in found]
        return self._pseudonyms.id("recorded rows", *said)

    def _digests(self, places: Sequence[RowAt]) -> dict[RowAt, bytes]:
        if self._known is None:
            read = self._rows.read(places, self._columns)
            return {place: _digest(row) for place, row in read.items()}
        starts = ((place, place.row * DIGEST_BYTES) for place in places)
        return {p: bytes(self._known[p.file][at : at + DIGEST_BYTES]) for p, at in starts}


def _digest(record: Record) -> bytes:
    said = repr(sorted(record.items())).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(said, digest_size=DIGEST_BYTES).digest()
