"""A look at a dump that nobody has described yet: what it is, and what can be had of it."""

from __future__ import annotations

import contextlib
import datetime
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from logminer.errors import SourceError, is_plain_name
from logminer.files.cells import cells
from logminer.files.finding import Skipped
from logminer.files.rows import Rows
from logminer.messages.calls import parsed
from logminer.messages.dialogue import Reading, read_messages, strange_roles
from logminer.messages.roles import tellable
from logminer.messages.text import text_of
from logminer.sources.base import DumpSlice, RawConversation
from logminer.sources.cutting import Opened
from logminer.sources.kept import MAX_VALUES, Kept, kept_in
from logminer.sources.profile import effective
from logminer.sources.spec import SourceSpec
from logminer.sources.times import read_time

__all__ = ["KeepAble", "Peek", "peek"]

LOOKED_AT = 20_000  # conversations, unless said otherwise
SAMPLED_ROWS = 512  # in which the fields inside records are looked for
MOST_INSIDE = 40  # fields of one record


class KeepAble(NamedTuple):
    """Something that `source.keep` may name."""

    name: str
    values: int  # that differ, in the rows looked at
    null: float  # share of these rows


class Peek(NamedTuple):
    """What a dump is. Counts are of the conversations looked at."""

    format: str
    sure: bool  # the file says so itself, or has columns that no other format has
    others: tuple[str, ...]  # formats whose columns are there too
    files: int
    rows: int  # of the files' tables
    looked_at: int  # conversations, the first ones
    whole: bool  # whether these are all
    columns: dict[str, str]  # the format's name → the dump's
    unread: tuple[str, ...]  # plain names of columns of the largest file that it does not know
    turns: int  # messages of users
    answers: int  # conversations in which a user's message is answered
    thoughts: int  # conversations with thoughts
    unreadable: dict[str, int]  # by reason
    roles: dict[str, int]  # that are none of ours
    users: int | None  # None: it names none
    users_effective: float | None  # Kish: (Σn)² / Σn² over the conversations n of each
    without_user: int
    languages: dict[str, int]  # as they stand there; '' where none is said
    models: dict[str, int]
    repeated_prompts: int  # conversations whose prompt id others have with another model
    again: int  # conversations whose prompt id another one before them has with the same model
    first: datetime.datetime | None
    last: datetime.datetime | None
    without_time: int
    attributes: tuple[KeepAble, ...]
    cluster_by: str | None  # the format's own unit
    arms: tuple[str, ...]  # models whose answers each row holds, where the format names them
    has_answers: bool  # whether they become the checkpoint `logged`
    skipped: tuple[Skipped, ...]
    beside: dict[str, int]  # rows that tell no conversation of their own, by what they are


def peek(
    source: SourceSpec, most: int | None = LOOKED_AT, tell: Callable[[int], None] | None = None
) -> Peek:
    """Look at a dump.

    Args:
        source: the dump; nothing but its path needs to be known.
        most: conversations to look at; None: all.
        tell: called with the number of conversations seen, now and then.

    Raises:
        SourceError, ConfigError: nothing is there, or it has no known format.
    """
    files = source.opened()
    form = files[0].form
    seen = _Seen()
    whole = True
    for piece in source.slices():
        seen.add(piece)
        if tell:
            tell(seen.looked_at)
        if most is not None and seen.looked_at >= most:
            whole = seen.rows >= sum(file.num_rows for file in files)
            break
    largest = max(files, key=lambda file: file.num_rows)  # the first may lack what others have
    known = {theirs for _, theirs in largest.columns}
    others = source.fitting(largest)
    return Peek(
        form.name,
        not others,
        others,
        len(files),
        sum(file.num_rows for file in files),
        seen.looked_at,
        whole,
        {ours: theirs for file in files for ours, theirs in file.columns},
        tuple(n for n in largest.rows.names if n not in known and is_plain_name(n)),
        seen.turns,
        seen.answers,
        seen.thoughts,
        dict(seen.unreadable.most_common()),
        dict(sorted(seen.roles.items(), key=lambda one: (-one[1], one[0]))),
        len(seen.users) or None,
        effective(list(seen.users.values())) if seen.users else None,
        seen.looked_at - seen.users.total(),
        dict(seen.languages.most_common()),
        dict(seen.models.most_common()),
        seen.repeated(),
        seen.again,
        seen.first,
        seen.last,
        seen.without_time,
        tuple(_attributes([largest, *(file for file in files if file is not largest)], most)),
        form.cluster_by,
        form.arms,
        form.has_answers,
        source.skipped(),
        dict(seen.beside),
    )


class _Seen:
    """What was seen so far; of ids and names no more than hashes."""

    def __init__(self) -> None:
        self.looked_at = self.rows = self.turns = self.answers = self.thoughts = 0
        self.without_time = 0
        self.beside: Counter[str] = Counter()
        self.unreadable: Counter[str] = Counter()
        self.roles: Counter[str] = Counter()
        self.users: Counter[int] = Counter()
        self.languages: Counter[str] = Counter()
        self.models: Counter[str] = Counter()
        self.first: datetime.datetime | None = None
        self.last: datetime.datetime | None = None
        self._asked: dict[int, set[str]] = {}  # models by prompt
        self._times: Counter[int] = Counter()
        self._pairs: dict[int, int] = {}  # of prompt and model → the conversation
        self.again = 0

    def add(self, piece: DumpSlice) -> None:
        self.rows += len(piece.rows)
        dialogues = piece.dialogues()
        if piece.format.row == "piece":
            self.beside.update(piece.counted(dialogues))
        for told in piece.conversations(dialogues):
            self.looked_at += 1
            self._dialogue(told, piece)
            self._facts(told)

    def repeated(self) -> int:
        """Conversations whose prompt another model answers too."""
        return sum(self._times[key] for key, models in self._asked.items() if len(models) > 1)

    def _dialogue(self, told: RawConversation, piece: DumpSlice) -> None:
        read = read_messages(told.messages, piece.roles)
        if read.problem:
            self.unreadable[read.problem] += 1
            if read.problem == "unknown_role":
                self.roles += tellable(strange_roles(told.messages, piece.roles))
            return
        roles = [message["role"] for message in read.messages or ()]
        self.turns += roles.count("user")
        asked = roles.index("user")
        self.answers += "assistant" in roles[asked:]
        self.thoughts += _thinks(read)

    def _facts(self, told: RawConversation) -> None:
        if user := text_of(told.user_id):
            self.users[hash(user)] += 1
        self.languages[text_of(told.language) or ""] += 1
        model = text_of(told.model) or ""
        if model:
            self.models[model] += 1
        if prompt := text_of(told.prompt_id):
            self._asked.setdefault(hash(prompt), set()).add(model)
            self._times[hash(prompt)] += 1
            own = hash(text_of(told.conversation_id) or len(self._pairs))
            self.again += self._pairs.setdefault(hash((prompt, model)), own) != own
        time = read_time(told.created_at)
        if time is None:
            self.without_time += 1
            return
        self.first = min(self.first or time, time)
        self.last = max(self.last or time, time)


def _thinks(read: Reading) -> bool:
    return any(message["thoughts"] for message in read.messages or ()) or any(
        sign.withheld for sign in read.signs
    )


# ---- attributes


def _attributes(files: Sequence[Opened], most: int | None) -> Iterator[KeepAble]:
    """What of the first file has few values in all of them, or in their first rows."""
    counted = {name: _Values() for name in _names(files[0])}
    rows = 0
    for opened in files:
        if most is not None and rows >= most:
            break
        rows += _count(opened, counted, None if most is None else most - rows)
    for name, values in counted.items():
        if values.fits and values.seen:
            yield KeepAble(name, len(values.seen), 1 - values.told / max(1, rows))


def _names(opened: Opened) -> list[str]:
    """What may be kept of a file: columns, fields inside records, what the format makes."""
    form = opened.form
    used = {
        opened.name(theirs)
        for ours, theirs in form.fields.items()
        if ours in ("conversation_id", "user_id", "prompt_id", "created_at")
    } | {opened.name(column) for column in (form.messages, form.key, *form.others)}
    names = [name for name in opened.rows.names if name not in used | opened.rows.repeated]
    made = [
        name
        for name, how in form.attributes.items()
        if (opened.name(how.column) or how.column) in opened.rows.names
    ]
    wanted = filter(is_plain_name, [*names, *made, *_inside(opened.rows, names)])
    return list(dict.fromkeys(wanted))


def _count(opened: Opened, counted: dict[str, _Values], most: int | None) -> int:
    """Count the values in a file, of what it has; gives how many rows were read."""
    known: list[Kept] = []
    for name in (name for name, values in counted.items() if values.fits):
        with contextlib.suppress(SourceError):  # this file lacks it
            known += kept_in(opened.rows, [name], opened.form.attributes, dict(opened.columns))
    columns = list(dict.fromkeys(one.column for one in known))
    if not columns:
        return opened.rows.num_rows
    rows = 0
    for batch in opened.rows.batches(columns):
        told = {column: cells(batch.column(column)) for column in columns}
        for one in known:
            counted[one.name].add(one.of(told[one.column]))
        rows += batch.num_rows
        if most is not None and rows >= most:
            break
    return rows


class _Values:
    """The distinct values of an attribute, as long as they are few."""

    def __init__(self) -> None:
        self.seen: set[int] = set()
        self.told = 0  # rows with a value
        self.fits = True

    def add(self, values: Sequence[Any]) -> None:
        if not self.fits:
            return
        for value in values:
            if isinstance(value, list | dict):
                self.fits = False
            elif (text := text_of(value)) is not None:
                self.told += 1
                self.seen.add(hash(text.lower()))
        self.fits = self.fits and len(self.seen) <= MAX_VALUES


def _inside(rows: Rows, names: Sequence[str]) -> list[str]:
    """The fields of columns that hold records, as the first rows have them."""
    found: dict[str, None] = {}
    for batch in rows.batches(list(names)) if names else ():
        for name in names:
            for cell in map(parsed, cells(batch.column(name))):
                if isinstance(cell, dict):
                    inside = [
                        key
                        for key, value in cell.items()
                        if not isinstance(value, list | dict) and "." not in key
                    ]
                    found.update(dict.fromkeys(f"{name}.{key}" for key in inside[:MOST_INSIDE]))
        if batch.num_rows >= SAMPLED_ROWS:
            break
    return [name for name in found if name not in rows.names]
