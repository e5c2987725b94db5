"""The rows of recorded answers: found by the prompt that they answer, read when asked for, and kept no longer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from logminer.checkpoints.base import Answer, Given, Prompt
from logminer.checkpoints.recordings.answers import ANSWER, recorded_answer
from logminer.checkpoints.recordings.files import Recordings, open_files, require_columns
from logminer.checkpoints.recordings.index import Numbers, equal, make_index, prompts_in, short
from logminer.checkpoints.recordings.taken import RowAt, Taken
from logminer.errors import SourceError
from logminer.files.objects import AnyPath
from logminer.files.rows import Record
from logminer.ids import Pseudonyms
from logminer.messages.dialogue import Message

__all__ = ["NO_ANSWER", "LabelColumns", "RecordedRows", "RowAt"]

NO_ANSWER = "no_recorded_answer"
TEXTS = ("response", "thoughts")
# What rows are not to be picked by: how answers ended, and what is of one row alone.
LAST = ("finish_reason", "error", "limit", "tool_calls", "conversation_id", "messages")
CHUNK_ROWS = 32  # read at once, to compare them; rows may be large


class RecordedRows:
    """An opened recorded checkpoint: finds the rows that answer prompts, and reads them."""

    def __init__(self, recorded: Recordings, pseudonyms: Pseudonyms) -> None:
        self._recorded = recorded
        self._pseudonyms = pseudonyms
        self._tables = open_files(recorded)
        self._index = make_index(recorded, self._tables, pseudonyms)
        if not recorded.several:
            self._drop_repeats()
        self._by_id = np.argsort(self._index.ids, kind="stable")
        self._by_content = np.argsort(self._index.contents, kind="stable")

    def answer(self, prompts: Sequence[Prompt]) -> Iterator[Given]:
        """For each prompt the recorded samples in file order, or one `no_recorded_answer`."""
        found = [self.find(prompt.source_key, prompt.content_key) for prompt in prompts]
        records = self.read([place for places in found for place in places], ANSWER)
        for number, places in enumerate(found):
            for sample, place in enumerate(places):
                yield Given(number, sample, recorded_answer(records[place]))
            if not places:
                yield Given(number, 0, Answer(None, error=NO_ANSWER))

    def find(self, source_key: str | None, content_key: str) -> list[RowAt]:
        """The rows that answer a prompt, in file order: its samples. Empty where none does."""
        index, content = self._index, short(content_key)
        by_content = equal(index.contents, self._by_content, content)
        if source_key is not None:
            source = short(source_key)
            at = equal(index.ids, self._by_id, source)
            # Where its own words stand under another id, the file numbers its prompts otherwise than the dump does.
            if source in index.ambiguous or (len(by_content) and index.contents[at].all()):
                at = at[index.contents[at] == content]
            if len(at):
                return self._places(at)
        # The same words asked under several ids: one asking is enough, and the first is as good as any.
        return self._places(by_content[index.ids[by_content] == index.ids[by_content[:1]]])

    def is_ambiguous(self, source_key: str) -> bool:
        """Whether the file answers several prompts under this id."""
        return short(source_key) in self._index.ambiguous

    def asked(self) -> Iterator[tuple[str | None, list[Message] | None]]:
        """What each row says that it answers: the prompt's id and its messages, where it has them."""
        for number, table in enumerate(self._tables):
            own = set(self._index.rows[self._index.files == number].tolist())
            for row, asked in enumerate(prompts_in(table, self._recorded.roles)):
                if row in own:
                    yield asked

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

    def scan(self, columns: Sequence[str]) -> Iterator[tuple[RowAt, Record]]:
        """Every row in the order of the files, with `columns` as of `read`; those of other models too."""
        for number, table in enumerate(self._tables):
            names = {column: table.names.get(column, column) for column in columns}
            present = [name for name in dict.fromkeys(names.values()) if name in table.rows.names]
            rows = (record for batch in table.rows.scan(present) for record in batch)
            for row, record in enumerate(rows):
                yield RowAt(number, row), {c: record.get(name) for c, name in names.items()}

    def saying(self, columns: Sequence[str]) -> Taken:
        return Taken(self, tuple(columns) or ANSWER, self._pseudonyms)

    def taken(self, prompts: Sequence[tuple[str | None, str]]) -> str:
        return self.saying(()).of(prompts)

    def named(self, place: RowAt) -> str:
        """A row, for people."""
        return f"{self._tables[place.file].path} row {place.row}"

    def require(self, columns: Sequence[str]) -> None:
        """Raises SourceError where a file with rows of the checkpoint lacks one of its own columns named here."""
        tables = [self._tables[number] for number in np.unique(self._index.files).tolist()]
        require_columns(tables, columns)
        for table in tables:
            table.rows.require_single(columns)

    @property
    def judged(self) -> AnyPath | None:
        """The first file whose labels are a judge's, as its format has it."""
        return next((table.path for table in self._tables if table.labels == "judge"), None)

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
        told.sort(key=LAST.__contains__)
        model = self._tables[one.file].names.get("model")
        mend = "name one model" if model in told else f"pick rows, as in where: {{{told[0]}: ...}}"
        raise SourceError(
            f"checkpoint {self._recorded.checkpoint}: several rows answer one prompt "
            f"({self.named(one)}, {self.named(other)}); "
            f"they differ in {', '.join(told)}; {mend}, or set samples: all"
        )


class LabelColumns(NamedTuple):
    """Columns that hold labels of the answers."""

    rows: RecordedRows
    columns: tuple[str, ...]

    def taken(self, prompts: Sequence[tuple[str | None, str]]) -> str:
        return self.rows.saying(self.columns).of(prompts)

    def of(self, prompts: Sequence[tuple[str | None, str]]) -> list[list[Mapping[str, Any]]]:
        found = [self.rows.find(*keys) for keys in prompts]
        records = self.rows.read([place for places in found for place in places], self.columns)
        return [[records[place] for place in places] for places in found]
