"""A log of Inspect as a table, a sample a row: an `.eval` file, or a `.json` one. Reading needs no inspect_ai.

Of an `.eval` the header and the summaries are read first, then one sample at a time, whatever its layout; of a `.json` one
sample at a time, twice, for nothing there says which columns there are.

Source: log/_recorders/eval.py, log/_recorders/json.py and log/_recorders/chunked/format.py of inspect_ai 0.3.285. Its
`read_eval_log` does not open chunked samples; they are read here as that format describes them.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from logminer.errors import SourceError
from logminer.files.jsonread import DEEPEST, TooDeep, read_json
from logminer.files.jsonspans import elements, members
from logminer.files.objects import AnyPath
from logminer.files.records import RecordRows
from logminer.files.rows import Constants, Record, Rows
from logminer.files.zipped import Zipped
from logminer.sources.inspect_chunks import Chunks
from logminer.sources.inspect_samples import (
    FIXED,
    IN_SUMMARY,
    Header,
    LoggedSample,
    named_columns,
    read_header,
    row,
    small_row,
)

__all__ = ["EvalRows", "JsonLogRows", "is_json_log", "open_log", "samples_in"]

T = TypeVar("T")

WHAT = "an Inspect log"
HEADER, START = "header.json", "_journal/start.json"
SUMMARIES, JOURNAL = "summaries.json", re.compile(r"_journal/summaries/(\d+)\.json")
WHOLE = re.compile(r"samples/(.+)_epoch_(\d+)\.json", re.DOTALL)
CHUNKED = re.compile(r"(samples/(.+)_epoch_(\d+))/sample\.json", re.DOTALL)
HEAD_BYTES = 1 << 12
BEFORE_SAMPLES = ("version", "status", "eval", "results")


def open_log(path: AnyPath, constants: Constants = ()) -> Rows:
    """A reader for a log, by its name.

    Args:
        path: the log.
        constants: columns to add; one that the log has itself holds instead.

    Raises:
        SourceError: missing, cut off, or no log of Inspect.
    """
    return (
        EvalRows(path, constants)
        if path.suffix.lower() == ".eval"
        else JsonLogRows(path, constants)
    )


def samples_in(path: AnyPath, look: Callable[[Header, LoggedSample], T]) -> Iterator[T]:
    """What `look` makes of each sample of a log and what the log says of all.

    Raises:
        SourceError: as `open_log`; or a sample is damaged, or not as Inspect writes it.
    """
    log = EvalRows(path) if path.suffix.lower() == ".eval" else JsonLogRows(path)
    for number, sample in enumerate(log.samples(), 1):
        with _as_inspect_writes(path, f"sample {number}"):
            seen = look(log.header, sample)
        yield seen


def is_json_log(path: AnyPath) -> bool:
    """Whether a file of JSON is a log of Inspect, by how it begins.

    Raises:
        SourceError: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
        found = members(io.BytesIO(head), ("version", "status"), until="eval")
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror})") from None
    except ValueError:
        return False
    return {"version", "status"} <= found.keys()


class _Place(NamedTuple):
    """Where in the archive a sample is."""

    name: str  # of the member, or of the folder where it is chunked
    sample_id: str
    epoch: int
    is_chunked: bool

    @property
    def order(self) -> tuple[int, str]:
        """Inspect's own."""
        return self.epoch, self.sample_id.zfill(20) if self.sample_id.isdigit() else self.sample_id


class EvalRows(RecordRows):
    """An `.eval` file, each sample a group of its own: one is read without those before it.

    Of a log whose writer was stopped the samples that it wrote are there.

    Args:
        path: the file.
        constants: see `open_log`.

    Raises:
        SourceError: missing, cut off, or no log of Inspect; where it is read: a member of it is damaged.
    """

    def __init__(self, path: AnyPath, constants: Constants = ()) -> None:
        super().__init__(path, constants)
        with Zipped(path, WHAT) as archive:
            self.header = self._read_header(archive)
            self._places = sorted(_places(archive.names), key=lambda place: place.order)
            self._small = self._summarised(archive)

    @cached_property
    def own_names(self) -> tuple[str, ...]:
        return named_columns(self._small)

    @property
    def group_rows(self) -> tuple[int, ...]:
        return (1,) * len(self._places)

    def _records(self, columns: Sequence[str], group: int) -> Iterator[Record]:
        if IN_SUMMARY.issuperset(name for name in columns if name in FIXED):
            yield from self._small[group:]
            return
        with Zipped(self.path, WHAT) as archive:
            for place in self._places[group:]:
                with _as_inspect_writes(self.path, f"'{place.name}'"):
                    made = row(self.header, self._read(archive, place))
                yield made

    def samples(self) -> Iterator[LoggedSample]:
        """Each of its samples, in order."""
        with Zipped(self.path, WHAT) as archive:
            for place in self._places:
                yield self._read(archive, place)

    def _read_header(self, archive: Zipped) -> Header:
        name = HEADER if HEADER in archive else START
        if name not in archive:
            raise SourceError(
                f"{self.path}: not {WHAT}: a zip archive without '{HEADER}'; check the file"
            )
        return read_header(self._json(archive, name))

    def _summarised(self, archive: Zipped) -> list[Record]:
        """What is known of each sample beside its dialogue; one without a summary is read."""
        known: dict[tuple[str, str], Mapping[str, Any]] = {}
        for name in _summaries(archive.names):
            told = self._json(archive, name)
            for summary in told if isinstance(told, list) else ():
                if isinstance(summary, dict) and "metadata" in summary:  # not so in old ones
                    known[str(summary.get("id")), str(summary.get("epoch"))] = summary
        small = []
        for place in self._places:
            found = known.get((place.sample_id, str(place.epoch)))
            if found is None:
                found = self._read(archive, place).told
            with _as_inspect_writes(self.path, f"what is told of '{place.name}'"):
                small.append(small_row(self.header, found))
        return small

    def _read(self, archive: Zipped, place: _Place) -> LoggedSample:
        if place.is_chunked:
            return Chunks(archive, place.name, self._json).sample()
        told = self._json(archive, place.name)
        if not isinstance(told, dict):
            raise SourceError(f"{self.path}: '{place.name}' is no sample; copy the file again")
        return whole_sample(told)

    def _json(self, archive: Zipped, name: str) -> Any:
        try:
            return read_json(archive.read(name))
        except TooDeep:
            raise SourceError(
                f"{self.path}: '{name}' is nested more than {DEEPEST} deep; leave that sample out"
            ) from None
        except ValueError:
            raise SourceError(f"{self.path}: '{name}' is not JSON; copy the file again") from None


class JsonLogRows(RecordRows):
    """A `.json` log; its rows are one group.

    Args:
        path: the file.
        constants: see `open_log`.

    Raises:
        SourceError: missing, cut off, or no log of Inspect.
    """

    def __init__(self, path: AnyPath, constants: Constants = ()) -> None:
        super().__init__(path, constants)
        self.header = self._read_header()
        self._small: list[Record] = []
        for sample in self.samples():
            with _as_inspect_writes(path, f"sample {len(self._small) + 1}"):
                self._small.append(small_row(self.header, sample.told))

    @cached_property
    def own_names(self) -> tuple[str, ...]:
        return named_columns(self._small)

    @property
    def group_rows(self) -> tuple[int, ...]:
        return (len(self._small),)

    def _records(self, columns: Sequence[str], group: int) -> Iterator[Record]:
        if IN_SUMMARY.issuperset(name for name in columns if name in FIXED):
            yield from self._small
            return
        for number, sample in enumerate(self.samples(), 1):
            with _as_inspect_writes(self.path, f"sample {number}"):
                made = row(self.header, sample)
            yield made

    def _read_header(self) -> Header:
        try:
            with self.path.open("rb") as stream:
                found = members(stream, BEFORE_SAMPLES, until="samples")
            told = {name: json.loads(raw) for name, raw in found.items()}
        except FileNotFoundError:
            raise SourceError(f"{self.path}: no such file; check the path") from None
        except OSError as error:
            raise SourceError(f"{self.path}: cannot be read ({error.strerror})") from None
        except (ValueError, RecursionError):
            raise SourceError(f"{self.path}: {self._cut()}") from None
        if not isinstance(told.get("eval"), dict):
            raise SourceError(f"{self.path}: not {WHAT}: it has no 'eval'; check the file")
        return read_header(told)

    def samples(self) -> Iterator[LoggedSample]:
        """Each of its samples, in the order of the file."""
        number = 0
        try:
            with self.path.open("rb") as stream:
                for raw in elements(stream, "samples"):
                    number += 1
                    told = read_json(raw)
                    if not isinstance(told, dict):
                        raise ValueError("no record")
                    yield whole_sample(told)
        except OSError as error:
            raise SourceError(f"{self.path}: cannot be read ({error.strerror})") from None
        except TooDeep:
            raise SourceError(
                f"{self.path}: sample {number} is nested more than {DEEPEST} deep; leave it out"
            ) from None
        except ValueError:
            raise SourceError(f"{self.path}: {self._cut(number)}") from None

    def _cut(self, number: int = 0) -> str:
        behind = f" behind its sample {number}" if number else ""
        return f"{WHAT} that is no JSON, or ends too early,{behind}; copy it again".replace(
            ",;", ";"
        )


@contextlib.contextmanager
def _as_inspect_writes(path: AnyPath, what: str) -> Iterator[None]:
    """Tells of a sample whose fields are not of the kinds that they ought to be, without a word of it."""
    try:
        yield
    except (TypeError, ValueError, KeyError, IndexError, AttributeError):
        raise SourceError(f"{path}: {what} is not as Inspect writes it; leave it out") from None


def whole_sample(told: Mapping[str, Any]) -> LoggedSample:
    """A sample that is one record."""
    transcript = told.get("transcript")  # of logs before 2025
    transcript = transcript if isinstance(transcript, dict) else {}
    attachments = told.get("attachments") or transcript.get("content")
    attachments = attachments if isinstance(attachments, dict) else {}
    events = told.get("events") or transcript.get("events")
    data = told.get("events_data")
    pool = data.get("messages") if isinstance(data, dict) else None
    messages = told.get("messages")
    return LoggedSample(
        told=told,
        messages=messages if isinstance(messages, list) else [],
        attachment=attachments.get,
        called=lambda: (
            event
            for event in reversed(events if isinstance(events, list) else [])
            if isinstance(event, dict) and event.get("event") == "model"
        ),
        pool=lambda start, stop: pool[start:stop] if isinstance(pool, list) else [],
    )


def _places(names: Sequence[str]) -> Iterator[_Place]:
    chunked = [found for name in names if (found := CHUNKED.fullmatch(name))]
    folders = tuple(f"{found[1]}/" for found in chunked)
    for found in chunked:
        yield _Place(found[1], found[2], int(found[3]), True)
    for name in names:
        if (found := WHOLE.fullmatch(name)) and not name.startswith(folders):
            yield _Place(name, found[1], int(found[2]), False)


def _summaries(names: Sequence[str]) -> list[str]:
    """The members with summaries, a later one of a sample behind the earlier."""
    if SUMMARIES in names:
        return [SUMMARIES]
    numbered = [(int(found[1]), name) for name in names if (found := JOURNAL.fullmatch(name))]
    return [name for _, name in sorted(numbered)]
