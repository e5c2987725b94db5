"""Answers that exist already, in a table: matched by the dump's prompt id, else by the prompt itself.

Matching works on keyed hashes, since the prompts that come in are anonymised. The index holds 48 bytes a row; texts
are read when asked for and kept no longer.
"""

from __future__ import annotations

import os
import re
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from logminer.checkpoints.asking import faults
from logminer.checkpoints.asking.chat import read_completion
from logminer.checkpoints.base import (
    ERRORS,
    Answer,
    Checkpoint,
    Given,
    Prompt,
    Sampling,
    answer_of,
)
from logminer.errors import ConfigError, SourceError, did_you_mean
from logminer.files.finding import DumpFile, Skipped, find_files, rooted, survey
from logminer.files.identity import identity
from logminer.files.rows import Record, Rows, open_rows
from logminer.ids import Pseudonyms
from logminer.messages.dialogue import Message, Roles, read_messages, turns_of
from logminer.messages.message import THOUGHTS, read_answer
from logminer.messages.states import read_finish
from logminer.messages.text import text_of
from logminer.spec import content_hash

__all__ = ["NO_ANSWER", "Recorded", "RecordedRows"]

NO_ANSWER = "no_recorded_answer"
SUFFIXES = (".parquet", ".jsonl", ".ndjson")
COLUMNS = (
    *("prompt_id", "prompt_messages", "prompt", "model"),
    *("response", "thoughts", "finish_reason", "error"),
)
KEYS = ("prompt_id", "prompt_messages", "prompt", "model")
TEXTS = ("response", "thoughts")
# What an answer is made of, and the fields of a message that may stand in columns of their own.
BESIDE = (*THOUGHTS[1:], "refusal", "tool_calls", "stop_reason")
ANSWER = (*TEXTS, "finish_reason", "error", *BESIDE)
CHUNK_ROWS = 32  # read at once, to compare them; rows may be large
MOST_NAMES = 50  # in a message

ENDS = ("finish_reason", "stop_reason")
_CODE = re.compile(r"[a-z_]+(:[a-z0-9_]{1,32})?")
_MODEL_NAME = re.compile(r"[\w./:+@()-]{1,100}")

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]


class Recorded(Checkpoint):
    """A file, glob or folder (Parquet or JSON lines) of answers, one a row.

    `model` and `where` pick rows by equality. Several different rows for one prompt are an error unless
    `samples: all` makes each a sample, in file order.
    """

    kind: Literal["recorded"] = "recorded"
    path: str
    model: str | None = None
    where: dict[str, str | int | float | bool] = {}
    samples: Literal["one", "all"] = "one"
    columns: dict[str, str] = {}  # our name → the file's
    roles: Roles = {}  # as in `source:`, of the prompts that stand beside the answers

    @property
    def own_process(self) -> bool:
        """It only reads."""
        return False

    @property
    def has_labels(self) -> bool:
        return True

    @property
    def is_recorded(self) -> bool:
        return True

    def gives_several(self, sampling: Sampling) -> bool:
        return self.samples == "all"

    def rooted(self, base: Path) -> Recorded:
        """The same with `path` taken from `base` where it is relative."""
        return self.model_copy(update={"path": rooted(self.path, base)})

    def options(self) -> dict[str, Any]:
        """As ever, but the files count by what is in them: moving them changes no answer, mending them does."""
        files = [
            (identity(file), file.hive) if file.hive else identity(file)
            for file in find_files(self.path, SUFFIXES)
        ]
        return {**super().options(), "path": content_hash(files)}

    def skipped(self) -> tuple[Skipped, ...]:
        return tuple(survey(self.path, SUFFIXES).skipped)

    def check(self) -> None:
        """Read the columns that rows are matched by, and rows that answer one prompt several times.

        Raises:
            SourceError: nothing there, a column or model is missing, or rows differ that answer one prompt.
            ConfigError: `columns` names a column that is none of ours.
        """
        RecordedRows(self, Pseudonyms(os.urandom(32), "check"))

    def open(self, sampling: Sampling, pseudonyms: Pseudonyms) -> RecordedRows:
        """Index the rows; as `check`, raises SourceError or ConfigError."""
        return RecordedRows(self, pseudonyms)

    def matching(self, pseudonyms: Pseudonyms) -> RecordedRows:
        return RecordedRows(self, pseudonyms)

    def labels(self, columns: Sequence[str], pseudonyms: Pseudonyms) -> _LabelColumns:
        rows = RecordedRows(self, pseudonyms)
        rows.require(columns)
        return _LabelColumns(rows, tuple(columns))


class RowAt(NamedTuple):
    """Where a row is: number of the file, row in it."""

    file: int
    row: int


class RecordedFile(NamedTuple):
    """One opened file; `names` maps our columns to those that it has."""

    path: Path
    rows: Rows
    names: dict[str, str]

    @property
    def comparable(self) -> list[str]:
        """The file's columns by which rows can be told apart: all but those whose name is taken twice."""
        return [name for name in self.rows.names if name not in self.rows.repeated]


class RecordedRows:
    """An opened recorded checkpoint: finds the rows that answer prompts, and reads them."""

    def __init__(self, recorded: Recorded, pseudonyms: Pseudonyms) -> None:
        self._recorded = recorded
        files = find_files(recorded.path, SUFFIXES)
        self._tables = [_open(recorded, file) for file in files]
        self._index = _index(recorded, self._tables, pseudonyms)
        if recorded.samples == "one":
            self._drop_repeats()
        self._by_id = np.argsort(self._index.ids, kind="stable")
        self._by_content = np.argsort(self._index.contents, kind="stable")

    def answer(self, prompts: Sequence[Prompt]) -> Iterator[Given]:
        """For each prompt the recorded samples in file order, or one `no_recorded_answer`."""
        found = [self.find(prompt.source_key, prompt.content_key) for prompt in prompts]
        records = self.read([place for places in found for place in places], ANSWER)
        for number, places in enumerate(found):
            for sample, place in enumerate(places):
                yield Given(number, sample, _answer(records[place]))
            if not places:
                yield Given(number, 0, Answer(None, error=NO_ANSWER))

    def find(self, source_key: str | None, content_key: str) -> list[RowAt]:
        """The rows that answer a prompt, in file order: its samples. Empty where none does."""
        index, content = self._index, _short(content_key)
        if source_key is not None:
            source = _short(source_key)
            at = _equal(index.ids, self._by_id, source)
            if source in index.ambiguous:
                at = at[index.contents[at] == content]
            if len(at):
                return self._places(at)
        at = _equal(index.contents, self._by_content, content)
        # The same words asked under several ids: one asking is enough, and the first is as good as any.
        return self._places(at[index.ids[at] == index.ids[at[:1]]])

    def is_ambiguous(self, source_key: str) -> bool:
        """Whether the file answers several prompts under this id."""
        return _short(source_key) in self._index.ambiguous

    def asked(self) -> Iterator[tuple[str | None, list[Message] | None]]:
        """What each row says that it answers: the prompt's id and its messages, where it has them."""
        for number, table in enumerate(self._tables):
            own = set(self._index.rows[self._index.files == number].tolist())
            names = {ours: name for ours, name in table.names.items() if ours in KEYS}
            batches = table.rows.scan(list(dict.fromkeys(names.values())))
            for row, record in enumerate(record for batch in batches for record in batch):
                if row in own:
                    cell = {ours: record[name] for ours, name in names.items()}
                    yield text_of(cell.get("prompt_id")), _messages(cell, self._recorded.roles)

    def read(self, places: Sequence[RowAt], columns: Sequence[str]) -> dict[RowAt, Record]:
        """Rows by place. `columns` are ours or the file's own; one that a file lacks is null there."""
        wanted: dict[int, set[int]] = defaultdict(set)
        for place in places:
            wanted[place.file].add(place.row)
        records: dict[RowAt, Record] = {}
        for number in sorted(wanted):
            table, rows = self._tables[number], sorted(wanted[number])
            names = {column: table.names.get(column, column) for column in columns}
            present = [name for name in dict.fromkeys(names.values()) if name in table.rows.names]
            for row, record in zip(rows, table.rows.take(rows, present), strict=True):
                records[RowAt(number, row)] = {c: record.get(name) for c, name in names.items()}
        return records

    def require(self, columns: Sequence[str]) -> None:
        """Raises SourceError where a file lacks one of its own columns named here."""
        for table in self._tables:
            for column in columns:
                if column not in table.rows.names:
                    raise SourceError(_lacks(table.path, column, table.rows.names))
            table.rows.require_single(columns)

    def _places(self, at: Numbers) -> list[RowAt]:
        files, rows = self._index.files[at].tolist(), self._index.rows[at].tolist()
        return [RowAt(file, row) for file, row in zip(files, rows, strict=True)]

    def _drop_repeats(self) -> None:
        """Count rows that are alike in every column once.

        Raises:
            SourceError: rows that answer one prompt differ.
        """
        index = self._index
        by_id = (index.ids != 0) & ~np.isin(index.ids, list(index.ambiguous))
        contents = np.where(by_id, 0, index.contents)
        order = np.lexsort((contents, index.ids))  # stable: file order inside a group
        ids, contents = index.ids[order], contents[order]
        same = (
            (ids[1:] == ids[:-1])
            & (contents[1:] == contents[:-1])
            & ((ids[1:] | contents[1:]) != 0)
        )
        later = np.flatnonzero(same) + 1  # positions in `order` that continue a group
        if not len(later):
            return
        firsts = np.arange(len(order))
        firsts[later] = 0
        firsts = np.maximum.accumulate(firsts)[later]
        names = tuple(dict.fromkeys(name for table in self._tables for name in table.comparable))
        members = np.unique(np.concatenate([order[later], order[firsts]]))
        hashes = self._hashes(members, names)
        one = hashes[np.searchsorted(members, order[firsts])]
        other = hashes[np.searchsorted(members, order[later])]
        if differing := np.flatnonzero((one != other).any(axis=0)).tolist():
            pairs = np.stack([order[firsts], order[later]], axis=1)[(one != other).any(axis=1)]
            self._refuse(
                self._places(pairs[pairs[:, 1].argmin()]),  # the first in the file
                # Those with few values first: they tell the rows apart, the answers merely differ.
                sorted(
                    (names[i] for i in differing),
                    key=lambda n: len(np.unique(hashes[:, names.index(n)])),
                ),
            )
        self._index = index.without(order[later])

    def _hashes(self, members: Numbers, names: Sequence[str]) -> npt.NDArray[np.int64]:
        """A hash of each cell, shape [members, names]."""
        hashes = np.zeros((len(members), len(names)), np.int64)
        for start in range(0, len(members), CHUNK_ROWS):
            places = self._places(members[start : start + CHUNK_ROWS])
            for number in {place.file for place in places}:
                table = self._tables[number]
                here = [i for i, place in enumerate(places) if place.file == number]
                rows = [places[i].row for i in here]
                for i, record in zip(here, table.rows.take(rows, table.comparable), strict=True):
                    hashes[start + i] = [hash(repr(record.get(name))) for name in names]
        return hashes

    def _refuse(self, places: Sequence[RowAt], differing: Sequence[str]) -> None:
        one, other = places
        texts = {
            name for table in self._tables for ours in TEXTS if (name := table.names.get(ours))
        }
        told = [name for name in differing if name not in texts] or list(differing)
        model = self._tables[one.file].names.get("model")
        mend = "name one model" if model in told else f"pick rows, as in where: {{{told[0]}: ...}}"
        raise SourceError(
            f"checkpoint {self._recorded.name}: several rows answer one prompt "
            f"({self._tables[one.file].path} row {one.row}, {self._tables[other.file].path} row {other.row}); "
            f"they differ in {', '.join(told)}; {mend}, or set samples: all"
        )


class _LabelColumns(NamedTuple):
    """Columns that hold labels of the answers."""

    rows: RecordedRows
    columns: tuple[str, ...]

    def of(self, prompts: Sequence[tuple[str | None, str]]) -> list[list[Mapping[str, Any]]]:
        found = [self.rows.find(*keys) for keys in prompts]
        records = self.rows.read([place for places in found for place in places], self.columns)
        return [[records[place] for place in places] for places in found]


class Index(NamedTuple):
    """Of each row of the checkpoint, in file order: short hashes of prompt id and prompt (0: none), and its place."""

    ids: Hashes
    contents: Hashes
    files: Numbers
    rows: Numbers
    ambiguous: frozenset[int]  # ids that stand for several prompts, told apart by content

    def without(self, at: Numbers) -> Index:
        """Less the rows at these positions."""
        return self._replace(
            ids=np.delete(self.ids, at),
            contents=np.delete(self.contents, at),
            files=np.delete(self.files, at),
            rows=np.delete(self.rows, at),
        )


def _index(recorded: Recorded, tables: Sequence[RecordedFile], pseudonyms: Pseudonyms) -> Index:
    """Read what rows are matched by.

    Raises:
        SourceError: no row has the checkpoint's `model` and `where`.
    """
    ids, contents = array("Q"), array("Q")
    files, rows, picked = array("q"), array("q"), array("b")
    models: set[str] = set()
    for number, table in enumerate(tables):
        columns = [table.names[ours] for ours in KEYS if ours in table.names]
        batches = table.rows.scan(list(dict.fromkeys([*columns, *recorded.where])))
        for row, record in enumerate(record for batch in batches for record in batch):
            cell = {ours: record[name] for ours, name in table.names.items() if ours in KEYS}
            source, model = text_of(cell.get("prompt_id")), text_of(cell.get("model"))
            models.add(model or "null")
            ids.append(_short(pseudonyms.source_key(source)) if source else 0)
            contents.append(_content(cell, recorded.roles, pseudonyms))
            files.append(number)
            rows.append(row)
            picked.append(
                recorded.model in (None, model)
                and all(text_of(record[c]) == text_of(v) for c, v in recorded.where.items())
            )
    whole = Index(
        np.array(ids, np.uint64),
        np.array(contents, np.uint64),
        np.array(files, np.int64),
        np.array(rows, np.int64),
        frozenset(),
    )
    if not any(picked):
        raise SourceError(_nothing_picked(recorded, models))
    pairs = np.unique(np.stack([whole.ids, whole.contents], axis=1), axis=0)
    told = pairs[(pairs != 0).all(axis=1), 0]
    several = frozenset(np.unique(told[1:][told[1:] == told[:-1]]).tolist())
    return whole._replace(ambiguous=several).without(np.flatnonzero(np.array(picked, np.int8) == 0))


def _nothing_picked(recorded: Recorded, models: set[str]) -> str:
    if recorded.model is not None and recorded.model not in models:
        return (
            f"{recorded.path}: checkpoint {recorded.name}: no rows of model '{recorded.model}'; "
            + did_you_mean(
                recorded.model, filter(_MODEL_NAME.fullmatch, models), f"it has {_named(models)}"
            )
        )
    asked = ", ".join(f"{column}: {text_of(value)}" for column, value in recorded.where.items())
    return f"{recorded.path}: checkpoint {recorded.name}: no rows" + (
        f" have where: {{{asked}}}; check the values" if asked else ""
    )


def _named(models: set[str]) -> str:
    """Some of the models' names; the column that is meant to hold them may hold people's words."""
    names = sorted(name for name in models if _MODEL_NAME.fullmatch(name))
    shown = ", ".join(names[:MOST_NAMES]) + (", …" if len(names) > MOST_NAMES else "")
    others = len(models) - len(names)
    values = f"{others} values that look like no model's name" if others else ""
    return ", and ".join(part for part in (shown, values) if part) or "no rows"


def _open(recorded: Recorded, file: DumpFile) -> RecordedFile:
    path = file.path
    if unknown := sorted(set(recorded.columns) - set(COLUMNS)):
        hint = did_you_mean(unknown[0], COLUMNS, "")
        raise ConfigError(
            f"checkpoint {recorded.name}: columns: '{unknown[0]}' is none of {', '.join(COLUMNS)}"
            + (f"; {hint}" if hint else "")
        )
    rows = open_rows(path, file.hive)
    names = {ours: recorded.columns.get(ours, ours) for ours in COLUMNS}
    present = {ours: name for ours, name in names.items() if name in rows.names}
    needed = [*recorded.columns, "response", *(["model"] if recorded.model is not None else [])]
    lacking = [names[ours] for ours in needed if ours not in present]
    lacking += [column for column in recorded.where if column not in rows.names]
    if lacking:
        raise SourceError(_lacks(path, lacking[0], rows.names))
    if not present.keys() & {"prompt_id", "prompt_messages", "prompt"}:
        raise SourceError(_lacks(path, "prompt_id' or 'prompt_messages' or 'prompt", rows.names))
    rows.require_single([*present.values(), *recorded.where])
    return RecordedFile(path, rows, present)


def _lacks(path: Path, column: str, names: Iterable[str]) -> str:
    there = sorted(names)
    hint = did_you_mean(column, there, "")
    return (
        f"{path}: no column '{column}'; {hint}{' ' if hint else ''}it has {', '.join(there)}; "
        "name the right one under the checkpoint's columns"
    )


def _content(cell: Record, roles: Mapping[str, str], pseudonyms: Pseudonyms) -> int:
    """Short hash of the row's prompt; 0 where it has none that can be read."""
    messages = _messages(cell, roles)
    return _short(pseudonyms.content_key(turns_of(messages))) if messages else 0


def _messages(cell: Record, roles: Mapping[str, str]) -> list[Message] | None:
    """The row's prompt; None where it has none that can be read."""
    value = cell.get("prompt_messages")
    if value is None and isinstance(prompt := cell.get("prompt"), str):
        value = [{"role": "user", "content": prompt}]
    elif value is None:
        value = prompt
    return read_messages(value, roles).messages


def _short(key: str) -> int:
    """The first 64 bits of a keyed hash in hex: among a million prompts, two agree once in 40 million dumps."""
    return int(key[:16], 16)


def _equal(hashes: Hashes, order: Numbers, wanted: int) -> Numbers:
    """Positions of `wanted`, ascending; `order` sorts `hashes`."""
    key = np.uint64(wanted)
    low = np.searchsorted(hashes, key, "left", sorter=order)
    high = np.searchsorted(hashes, key, "right", sorter=order)
    return order[low:high]


def _answer(record: Record) -> Answer:
    """A row as an answer: text, parts, a whole message, or a whole completion, with what stands in columns beside it."""
    said = record["response"]
    if isinstance(said, dict) and isinstance(said.get("choices"), list):
        fault = faults.told(said, {})
        return Answer(None, error=fault.error) if fault else read_completion(said, None)
    beside = {name: record[name] for name in ("thoughts", *BESIDE)}
    whole = said if isinstance(said, dict) and ("content" in said or "role" in said) else {}
    finish = next(
        (ends[key] for ends in (record, whole) for key in ENDS if ends.get(key) is not None), None
    )
    message = {**beside, **whole} if whole else {**beside, "content": said}
    answer = answer_of(read_answer(message), read_finish(finish))
    return answer._replace(error=_error(record["error"], answer) or answer.error)


def _error(told: Any, answer: Answer) -> str | None:
    """The code of a failure that the file tells: ours, or that there was one."""
    code = (text_of(told) or "").strip()
    if not code:
        return None
    if code.split(":")[0] in ERRORS and _CODE.fullmatch(code):
        return code
    return None if answer.response else "recorded_error"
