"""Taking people out of the parts of a study. Every other row stays as it is, and no part is computed anew.

Rows hang on each other within a slice: a conversation, its prompts, their responses, what was made of these. Whose a row
is says the part above it, so the parts of a slice are written from the last to the first: whoever is stopped on the way
finds all that is left when he begins again. What each new part will be vouched for by is known before it is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logminer.checkpoints.base import RowsSay
from logminer.errors import StoreError
from logminer.files.objects import AnyPath
from logminer.ids import Pseudonyms, person
from logminer.schemas import (
    ASSIGNMENTS,
    CONVERSATIONS,
    EMBEDDINGS,
    EPISODES,
    JUDGEMENTS,
    LABELS,
    PROMPTS,
    RESPONSES,
    Table,
)
from logminer.stages.base import prompt_keys
from logminer.store import parts
from logminer.store.forgotten import REASON, Forgotten
from logminer.store.parts import CHUNKS, KIN, TAKEN, Footer, PartFile, files_of_stages, open_part

__all__ = ["Eraser", "Held"]

# Each is made of those before it.
TABLES = (
    CONVERSATIONS,
    PROMPTS,
    EPISODES,
    RESPONSES,
    LABELS,
    EMBEDDINGS,
    JUDGEMENTS,
    ASSIGNMENTS,
)
IDS = ("conversation_id", "user_id", "created_at", "rejected", "prompt_id", "response_id")
DIALOGUE, ASKED, SAID, MADE = range(4)  # what the rows of a part are of
_UNREADABLE = (OSError, KeyError, ValueError, pa.ArrowException)

Mask = NDArray[np.bool_]


class Held(NamedTuple):
    """What parts hold of those who are to go.

    Attributes:
        rows: by what they are of: `conversations`, `prompts`, `responses` …
        files: that have to be written anew or removed.
        marks: of users who were found, and of conversations that are too old.
        undated: conversations of whom nobody knows how old they are; they stay.
        units: users behind them, or conversations of unknown ones.
        staying: of these, those that others of their conversations keep in the study.
        prompts: ids.
        responses: ids of those among them that were asked for.
    """

    rows: Counter[str]
    files: int
    marks: frozenset[str]
    undated: int
    units: frozenset[str]
    staying: frozenset[str]
    prompts: frozenset[str]
    responses: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.marks or self.rows)


class _Part(NamedTuple):
    path: AnyPath
    table: Table | None  # None: damaged, or of another version: no run uses it
    ids: pa.Table | None  # None: damaged

    @property
    def level(self) -> int:
        """What its rows are of; those of a damaged one may be of anything."""
        names = self.ids.column_names if self.ids is not None else ()
        if "conversation_id" in names:
            return ASKED if "prompt_id" in names else DIALOGUE
        return SAID if "prompt_id" in names else MADE

    @property
    def order(self) -> int:
        """Its place among those of its slice, from the first to the last."""
        return TABLES.index(self.table) if self.table else len(TABLES)


class _Rewritten(NamedTuple):
    """A part as it is to be; without `data` it goes."""

    path: AnyPath
    data: pa.Table | None = None
    table: Table = CONVERSATIONS
    footer: Footer = Footer(0, 0, 0, "", ())


class Eraser:
    """Finds and takes out what a study's parts hold of people.

    Args:
        parts: their place.
        people: who is to go.
        projects: of the pseudonyms that the study has or had; the first is that of today.
        responses: ids of whom it is to be said which of them go.
    """

    def __init__(
        self,
        parts: AnyPath,
        people: Forgotten,
        projects: Sequence[Pseudonyms],
        responses: Collection[str],
    ) -> None:
        self._root, self._people, self._projects = parts, people, projects
        self._taken: Mapping[AnyPath, RowsSay] = {}
        self._prompts_folder: AnyPath | None = None
        self._asked_for = frozenset(responses)
        self._mark = lru_cache(1 << 16)(self._marked)
        self._conversations, self._prompts = set[str](), set[str]()

    # ---- finding

    def find(self) -> Held:
        """What there is; nothing is changed.

        Raises:
            ObjectStoreError: the store of the parts cannot be asked.
        """
        rows, files = Counter[str](), 0
        marks, units, stay, responses = set[str](), set[str](), set[str](), set[str]()
        undated = 0
        for slice_ in self._slices(first_whole=True):
            masks = self._masks(slice_)
            for part, mask in zip(slice_, masks, strict=True):
                gone = int(mask.sum()) if mask is not None else 0
                files += bool(gone) or mask is None
                if part.ids is None or part.table is None:
                    continue
                rows[part.table.name] += gone
                if part.level == DIALOGUE and mask is not None:
                    undated += self._undated(part.ids.filter(pa.array(~mask)))
                    found = part.ids.filter(pa.array(mask))
                    marks.update(self._marks_of(found))
                    units.update(_units(found))
                    stay.update(_units(part.ids.filter(pa.array(~mask))))
                if part.level == SAID and mask is not None and self._asked_for:
                    responses.update(self._asked_for & _of(part.ids, "response_id", mask))
        return Held(
            +rows,
            files,
            frozenset(marks),
            undated,
            frozenset(units),
            frozenset(units & stay),
            frozenset(self._prompts),
            frozenset(responses),
        )

    def _slices(self, *, first_whole: bool) -> Iterator[list[_Part]]:
        """The parts of each slice; those that lack one that says whose they are come last, or first."""
        slices: dict[str, list[AnyPath]] = {}
        for file in files_of_stages(self._root):
            if not file.name.startswith("."):
                slices.setdefault(file.name.split(".")[0], []).append(file)
        late = []
        for files in slices.values():
            read = sorted(map(_read, files), key=lambda part: part.order)
            levels = {part.level for part in read if part.ids is not None}
            if set(range(max(levels, default=0))) <= levels:
                if first_whole:
                    yield read
                else:
                    late.append(files)
            elif first_whole:
                late.append(files)
            else:
                yield read
        for files in late:
            yield sorted(map(_read, files), key=lambda part: part.order)

    def _masks(self, slice_: Sequence[_Part]) -> list[Mask | None]:
        """Of each part the rows that go; None: nobody can tell."""
        masks: dict[AnyPath, Mask | None] = {}
        there = {part.level for part in slice_ if part.ids is not None}
        talks, prompts, responses = set[str](), set[str](), set[str]()
        for part in sorted(slice_, key=lambda part: part.level):
            ids = part.ids
            if ids is None:
                masks[part.path] = None
            elif part.level == DIALOGUE:
                masks[part.path] = mask = self._dialogues(ids)
                talks.update(_of(ids, "conversation_id", mask))
            elif part.level == ASKED:
                known = talks if DIALOGUE in there else self._conversations
                mask = _among(ids["conversation_id"], known) | self._users(ids)
                masks[part.path] = mask
                prompts.update(_of(ids, "prompt_id", mask))
            elif part.level == SAID:
                known = prompts if ASKED in there else self._prompts
                masks[part.path] = mask = _among(ids["prompt_id"], known)
                responses.update(_of(ids, "response_id", mask))
            else:  # without the responses nobody can tell, and it is made again of them
                masks[part.path] = _among(ids["response_id"], responses) if SAID in there else None
        self._conversations |= talks
        self._prompts |= prompts
        return [masks[part.path] for part in slice_]

    def _marked(self, pseudonym: str) -> str | None:
        """The mark of a user or conversation who is to go; None: of anybody else."""
        each = (one.forgotten(pseudonym) for one in self._projects)
        return next((mark for mark in each if mark in self._people.marks), None)

    def _users(self, ids: pa.Table) -> Mask:
        users = ids["user_id"].to_pylist()
        return np.array([user is not None and self._mark(user) is not None for user in users], bool)

    def _dialogues(self, ids: pa.Table) -> Mask:
        talks, times = ids["conversation_id"].to_pylist(), ids["created_at"].to_pylist()
        old = [self._people.is_before(time) for time in times]
        marked = [self._mark(talk) is not None for talk in talks]
        mask: Mask = self._users(ids) | np.array(marked, bool) | np.array(old, bool)
        return mask

    def _marks_of(self, gone: pa.Table) -> Iterator[str]:
        """Of those who go: by whom it was said, else by what is to be known again."""
        columns = (gone[name].to_pylist() for name in ("user_id", "conversation_id"))
        for user, talk in zip(*columns, strict=True):
            by = self._mark(user) if user else None
            yield by or self._mark(talk) or self._projects[0].forgotten(talk)

    def _undated(self, ids: pa.Table) -> int:
        if self._people.before is None:
            return 0
        undated = pc.and_(pc.is_null(ids["created_at"]), pc.is_null(ids["rejected"]))
        return int(pc.sum(undated).as_py() or 0)

    # ---- erasing

    def erase(self, taken: Mapping[AnyPath, RowsSay], prompts: AnyPath | None) -> None:
        """Take it out; `find` was called.

        Args:
            taken: of folders whose parts took recorded answers, what the files say.
            prompts: the folder in which the prompts of those lie.

        Raises:
            StoreError: the disk is full, or may not be written.
        """
        self._taken, self._prompts_folder = taken, prompts
        for slice_ in self._slices(first_whole=False):
            masks = self._masks(slice_)
            touched = any(mask is None or mask.any() for mask in masks)
            for one in reversed(list(self._rewritten(slice_, masks)) if touched else []):
                _write(one)

    def _rewritten(
        self, slice_: Sequence[_Part], masks: Sequence[Mask | None]
    ) -> Iterator[_Rewritten]:
        """The parts of a slice that change, from the first to the last."""
        digests, shorter = dict[str, str](), Counter[str]()
        for part, mask in zip(slice_, masks, strict=True):
            gone = mask is None or bool(mask.any())
            if mask is None or part.table is None:
                if gone:
                    yield _Rewritten(part.path)
                continue
            try:
                before = PartFile(part.path).footer()
                if not gone and not digests.keys() & set(before.inputs):
                    continue
                data, before = PartFile(part.path).verified()
            except StoreError:  # nobody vouches for it, so no run uses it
                yield _Rewritten(part.path)
                continue
            kept = self._without(part.table, data, mask)
            is_lot = part.path.parent.name == CHUNKS
            if is_lot and not len(kept):
                yield _Rewritten(part.path)
                continue
            rows_in = len(kept) if is_lot else before.rows_in
            rows_in -= shorter[before.inputs[0]] if before.inputs else 0
            after = before._replace(
                rows_in=rows_in,
                rejected=_rejected(kept),
                inputs=tuple(digests.get(one, one) for one in before.inputs),
                taken=self._taken_anew(part.path, before.taken),
            )
            digest = parts.vouched(
                part.path, kept, rows_in=rows_in, rejected=after.rejected, inputs=after.inputs
            )
            if before.digest:
                digests[before.digest] = digest
                shorter[before.digest] = len(data) - len(kept)
            yield _Rewritten(part.path, kept, part.table, after)

    def _without(self, table: Table, data: pa.Table, gone: Mask) -> pa.Table:
        """The other rows; of a conversation that goes an empty one in its place."""
        data = data.cast(table.schema)
        rest = data.filter(pa.array(~gone))
        if table is not CONVERSATIONS or not gone.any():
            return rest
        own = self._projects[0].forgotten
        found = data.select(["conversation_id", "row"]).filter(pa.array(gone)).to_pylist()
        empty = [
            {"conversation_id": own(one["conversation_id"]), "row": one["row"], "rejected": REASON}
            for one in found
        ]
        both = pa.concat_tables([rest, pa.Table.from_pylist(empty, table.schema)])
        places = np.concatenate([np.flatnonzero(~gone), np.flatnonzero(gone)])
        return both.take(pa.array(np.argsort(places)))

    def _taken_anew(self, path: AnyPath, taken: str | None) -> str | None:
        """What a part took of recorded answers, without those to prompts that go; where they say otherwise by now, as it was."""
        saying = self._taken.get(path.parent)
        if taken is None or saying is None or self._prompts_folder is None:
            return taken
        file = self._prompts_folder / path.name
        if not file.exists():
            return taken
        asked = PartFile(file).read(["prompt_id", "source_key", "content_key"])
        if saying.of(prompt_keys(asked)) != taken:
            return taken
        return saying.of(
            prompt_keys(asked.filter(pa.array(~_among(asked["prompt_id"], self._prompts))))
        )


def _read(path: AnyPath) -> _Part:
    """A part with the ids in it."""
    try:
        with open_part(path) as file:
            schema = file.schema_arrow
            ids = file.read(columns=[name for name in IDS if name in schema.names])
    except _UNREADABLE:
        return _Part(path, None, None)
    named = (schema.metadata or {}).get(b"table", b"").decode()
    table = next((one for one in TABLES if one.name == named), None)
    current = table is not None and table.schema.names == schema.names
    for name in ("created_at", "rejected"):
        if name not in ids.column_names:
            ids = ids.append_column(name, pa.nulls(len(ids)))
    return _Part(path, table if current else None, ids)


def _among(column: pa.ChunkedArray, ids: Collection[str]) -> Mask:
    """Which of them are."""
    found: Mask = np.asarray(pc.is_in(column, value_set=pa.array(list(ids), pa.string())), bool)
    return found


def _of(ids: pa.Table, name: str, mask: Mask) -> set[str]:
    """The ids of one kind in these rows."""
    return set(ids[name].filter(pa.array(mask)).to_pylist())


def _units(dialogues: pa.Table) -> set[str]:
    """The users of conversations that were taken in, or these themselves where the user is unknown."""
    taken_in = dialogues.filter(pc.is_null(dialogues["rejected"]))
    columns = (taken_in[name].to_pylist() for name in ("user_id", "conversation_id"))
    return {person(user, talk) for user, talk in zip(*columns, strict=True)}


def _rejected(data: pa.Table) -> int:
    return len(data) - data["rejected"].null_count if "rejected" in data.column_names else 0


def _write(one: _Rewritten) -> None:
    if one.data is None:
        one.path.unlink(missing_ok=True)
        return
    footer = one.footer
    said = ((KIN, footer.kin), (TAKEN, footer.taken))
    parts.write(
        one.path,
        one.data,
        one.table,
        rows_in=footer.rows_in,
        rejected=footer.rejected,
        inputs=footer.inputs,
        extra=tuple((name, value) for name, value in said if value),
        over=True,
    )
