"""Files of JSON: a record a line, an array of records, or one record; packed or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import IO, NamedTuple

from logminer.errors import SourceError
from logminer.files.foreign import mend_lines
from logminer.files.growing import changed
from logminer.files.identity import GroupContent, Stamp, content, stamp
from logminer.files.jsonread import DEEPEST, TooDeep, read_json
from logminer.files.jsonspans import elements, tables
from logminer.files.lines import blocks
from logminer.files.objects import AnyPath
from logminer.files.packed import is_packed, unpacked
from logminer.files.records import RecordRows
from logminer.files.rows import Constants, Record

__all__ = ["JsonArrayRows", "JsonLinesRows"]

_WRAPPED = ("data", "rows", "items")  # under which a single record may keep the table
_HEAD = 1 << 16


class _Facts(NamedTuple):
    """What only a walk over a whole file tells."""

    names: tuple[str, ...]
    rows: int


# By stamp: a file is opened many times in a run.
_FACTS: dict[Stamp, _Facts] = {}
_MOST_FACTS = 1000


def _facts(path: AnyPath, records: Callable[[], Iterable[Record]]) -> _Facts:
    """Of the file as it is now."""
    before = stamp(path)
    if before not in _FACTS:
        names: dict[str, None] = {}
        rows = 0
        for record in records():
            rows += 1
            names.update(dict.fromkeys(record))
        if len(_FACTS) >= _MOST_FACTS:
            _FACTS.clear()
        _FACTS[before] = _Facts(tuple(names), rows)
    return _FACTS[before]


class JsonLinesRows(RecordRows):
    """A file of one JSON object a line; blank lines are not counted. Its groups are blocks of lines.

    A block is read as it was when this was opened, or not at all.

    Raises:
        SourceError: where it is opened or read: missing, damaged, or a line is no JSON object; or it has changed meanwhile.
    """

    def __init__(self, path: AnyPath, constants: Constants = ()) -> None:
        super().__init__(path, constants)
        if not self.group_rows:
            raise SourceError(f"{path}: {_told(path) or 'an empty file; remove it'}")

    @cached_property
    def own_names(self) -> tuple[str, ...]:
        return _facts(self.path, lambda: self._records((), 0)).names

    @cached_property
    def group_rows(self) -> tuple[int, ...]:
        return tuple(piece.rows for piece in self._pieces)

    @cached_property
    def _pieces(self) -> tuple[GroupContent, ...]:
        return content(self.path).pieces

    def _records(self, columns: Sequence[str], group: int) -> Iterator[Record]:
        pieces = self._pieces[group:]
        start, number = pieces[0].start if pieces else 0, 0
        with unpacked(self.path) as stream:
            stream.seek(start)
            for block, piece in zip(blocks(stream), pieces, strict=False):
                if block.name != piece.name:
                    told = _told(self.path)
                    raise SourceError(f"{self.path}: {told}") if told else changed(self.path)
                for raw in block.raw:
                    number += 1
                    if raw.strip():
                        yield self._read(raw, number, start)

    def _read(self, raw: bytes, number: int, start: int) -> Record:
        try:
            record = read_json(raw)
        except ValueError as error:
            number += _lines_before(self.path, start)
            raise SourceError(f"{self.path}: {self._fault(number, error)}") from None
        if not isinstance(record, dict):
            number += _lines_before(self.path, start)
            raise SourceError(f"{self.path}: line {number} is not a JSON object")
        return record

    def _fault(self, number: int, error: ValueError) -> str:
        if isinstance(error, TooDeep):
            return f"line {number} is nested more than {DEEPEST} deep; flatten or remove it"
        told = _told(self.path) if number == 1 else None
        return told or f"line {number} is not JSON; mend or remove it"


class JsonArrayRows(RecordRows):
    """A file that is one JSON document: an array of records; or a record, which may keep an array of them as `data`.

    Raises:
        SourceError: where it is opened or read: missing, damaged, or an element is no JSON object.
    """

    def __init__(self, path: AnyPath, constants: Constants = ()) -> None:
        super().__init__(path, constants)
        with unpacked(path) as stream:
            self._is_array = stream.read(_HEAD).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"["
        self._facts = _facts(path, lambda: self._records((), 0))

    @property
    def own_names(self) -> tuple[str, ...]:
        return self._facts.names

    @property
    def group_rows(self) -> tuple[int, ...]:
        return (self._facts.rows,)

    def _records(self, columns: Sequence[str], group: int) -> Iterator[Record]:
        with unpacked(self.path) as stream:
            number = 0
            try:
                for raw in self._values(stream):
                    number += 1
                    record = read_json(raw)
                    if not isinstance(record, dict):
                        raise SourceError(f"{self.path}: element {number} is not a JSON object")
                    yield record
            except TooDeep:
                raise SourceError(
                    f"{self.path}: element {number} is nested more than {DEEPEST} deep; flatten or remove it"
                ) from None
            except ValueError:
                told = _told(self.path) if number <= 1 else None
                what = f"behind element {number} it is no JSON, or cut off"
                raise SourceError(f"{self.path}: {told or f'{what}; copy it again'}") from None

    def _values(self, stream: IO[bytes]) -> Iterator[bytes]:
        if self._is_array:
            yield from elements(stream)
            return
        found = tables(stream, _WRAPPED)
        stream.seek(0)
        if found:
            yield from elements(stream, min(found, key=_WRAPPED.index))
        else:
            yield stream.read()


def _lines_before(path: AnyPath, start: int) -> int:
    """How many lines stand before a byte of the stream."""
    if not start:
        return 0
    with unpacked(path) as stream:
        return stream.read(start).count(b"\n")


def _told(path: AnyPath) -> str | None:
    """What the file is, where it is known to be something else than packed or plain JSON."""
    return None if is_packed(path) else mend_lines(path)
