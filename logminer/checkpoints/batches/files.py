"""Files of a batch: requests split as servers take them, results found by id without being held.

A file of results may be larger than memory. It is read once to learn what each line is worth, and then line by line
where a part wants it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self

import numpy as np

from logminer.checkpoints.batches.lines import Outcome, Result, read_result
from logminer.errors import SourceError, StoreError
from logminer.files.atomic import writing

__all__ = ["BatchFile", "RequestFiles", "ResultAt", "ResultFiles"]

MOST_REQUESTS = 50_000  # OpenAI's limits for one file
MOST_BYTES = 200_000_000
LONGEST_LINE = 64 << 20  # bytes; what is longer is no result


class BatchFile(NamedTuple):
    """One file of requests."""

    path: Path
    requests: int
    size_bytes: int


class RequestFiles:
    """Writes `batch.jsonl`; where one file may not hold them all, `batch-001.jsonl`, `batch-002.jsonl` and so on.

    Under these names nothing is to be seen until everything is written; then they replace what an earlier export left
    under them. Only the owner may read them.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._files: list[BatchFile] = []  # under temporary names
        self._open: BinaryIO | None = None

    def add(self, line: bytes) -> None:
        """Write one request."""
        last = self._files[-1] if self._files else None
        if (
            last is None
            or last.requests == MOST_REQUESTS
            or last.size_bytes + len(line) > MOST_BYTES
        ):
            last = self._begin()
        assert self._open
        with writing(self._out):
            self._open.write(line)
        self._files[-1] = last._replace(
            requests=last.requests + 1, size_bytes=last.size_bytes + len(line)
        )

    def finish(self) -> tuple[BatchFile, ...]:
        """Give the files their names."""
        self._close()
        names = [self._out]
        if len(self._files) > 1:
            names = [self._numbered(n) for n in range(1, len(self._files) + 1)]
        done = tuple(f._replace(path=name) for f, name in zip(self._files, names, strict=False))
        with writing(self._out):
            for written, named in zip(self._files, done, strict=True):
                os.replace(written.path, named.path)
        for path in self._family() - {named.path for named in done}:
            path.unlink()  # of an earlier export, and sent once more it would cost once more
        self._files = []
        return done

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        for left in self._files:
            left.path.unlink(missing_ok=True)

    def _begin(self) -> BatchFile:
        self._close()
        try:
            self._out.parent.mkdir(parents=True, exist_ok=True)
            if self._out.is_dir():
                raise IsADirectoryError(None, "it is a folder")
            handle, name = tempfile.mkstemp(".tmp", f".{self._out.stem}.", self._out.parent)
        except OSError as error:
            raise StoreError(f"{self._out}: cannot be written ({error.strerror})") from None
        self._open = os.fdopen(handle, "wb")
        self._files.append(BatchFile(Path(name), 0, 0))
        return self._files[-1]

    def _close(self) -> None:
        if self._open:
            file, self._open = self._open, None
            with writing(self._out):
                file.close()

    def _numbered(self, number: int) -> Path:
        return self._out.with_name(f"{self._out.stem}-{number:03d}{self._out.suffix}")

    def _family(self) -> set[Path]:
        name = rf"{re.escape(self._out.stem)}(-\d{{3,}})?{re.escape(self._out.suffix)}"
        folder = self._out.parent
        there = folder.iterdir() if folder.is_dir() else ()
        return {path for path in there if re.fullmatch(name, path.name) and path.is_file()}


class ResultAt(NamedTuple):
    """Where a result stands, and what it is worth."""

    file: int
    offset: int
    outcome: Outcome
    error: str | None


class ResultFiles:
    """Results of a batch, from its output and error files, in any order.

    Attributes:
        malformed: lines that are no results.

    Raises:
        SourceError: a file is missing or cannot be read.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.malformed = 0
        self._kinds: dict[tuple[Outcome, str | None], int] = {}
        # Of each result: short hash of its id, file, offset, kind.
        keys, files, offsets, kinds = array("Q"), array("L"), array("Q"), array("H")
        with contextlib.ExitStack() as opened:
            self._files = [_open(path, opened) for path in paths]
            for number, file in enumerate(self._files):
                for offset, line in _lines(file):
                    result = read_result(line) if line else None
                    if result is None:
                        self.malformed += 1
                        continue
                    kind = (result.outcome, result.answer.error)
                    keys.append(_short(result.custom_id))
                    files.append(number)
                    offsets.append(offset)
                    kinds.append(self._kinds.setdefault(kind, len(self._kinds)))
            self._opened = opened.pop_all()
        self._keys = np.array(keys, np.uint64)
        self._order = np.argsort(self._keys, kind="stable")
        self._places = (files, offsets, kinds)

    @property
    def results(self) -> int:
        """Lines that are results."""
        return len(self._keys)

    @property
    def answered(self) -> bool:
        """Whether any request was answered."""
        return any(outcome == "answered" for outcome, _ in self._kinds)

    def find(self, custom_id: str) -> list[ResultAt]:
        """Every result of a request, in the order of the files."""
        key = np.uint64(_short(custom_id))
        low = np.searchsorted(self._keys, key, "left", sorter=self._order)
        high = np.searchsorted(self._keys, key, "right", sorter=self._order)
        kinds = list(self._kinds)
        files, offsets, codes = self._places
        return [
            ResultAt(files[i], offsets[i], *kinds[codes[i]]) for i in self._order[low:high].tolist()
        ]

    def read(self, place: ResultAt) -> Result | None:
        """A result; None where the file has changed meanwhile."""
        file = self._files[place.file]
        file.seek(place.offset)
        return read_result(file.readline(LONGEST_LINE))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()


def _open(path: Path, opened: contextlib.ExitStack) -> BinaryIO:
    try:
        return opened.enter_context(path.open("rb"))
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror})") from None


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Each line that is not blank, with its offset; None for one that is too long to be held."""
    while True:
        offset = file.tell()
        line: bytes | None = file.readline(LONGEST_LINE)
        if not line:
            return
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
            line = None
        if line is None or line.strip():
            yield offset, line


def _short(custom_id: str) -> int:
    """64 bits of a hash: among a million results, two agree once in 40 million batches."""
    raw = custom_id.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest(), "big")
