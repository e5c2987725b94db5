"""What the small columns of a dump hold: who speaks, in which languages, and what of them cannot be read."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from logminer.errors import is_plain_name
from logminer.files.cells import cells, is_list, plain_type
from logminer.messages.text import text_of
from logminer.sources.base import Format
from logminer.sources.cutting import Opened
from logminer.sources.times import read_time

__all__ = ["FieldProfile", "Profile", "Unused", "effective", "profile"]

MOST_LANGUAGES = 1000  # that are told apart; more is no column of languages

# Words of a column's name by which it may be somebody, a conversation, or any id at all, and by which it is none of these.
USER = {
    *("user", "uid", "userid", "username", "account", "member", "customer", "client", "person"),
    *("author", "visitor", "device", "cookie", "ip", "email"),
}
CONVERSATION = {"conversation", "chat", "thread", "dialogue", "dialog", "session"}
ID = {"id", "ids", "uuid", "guid", "hash", "hashed", "key"}
NONE = {
    *("agent", "message", "text", "content", "version", "type", "country", "language", "lang"),
    *("count", "n", "num", "rating", "score", "role", "turn", "turns", "tier", "plan", "age"),
    *("at", "time", "date", "tool", "call"),
}
WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


class FieldProfile(NamedTuple):
    """One of our fields: what the dump calls it, and of how many rows it says nothing, or nothing that can be read."""

    column: str
    rows: int
    null: int  # null, empty, or no column there
    unreadable: int  # becomes null: bytes that are no text, a time that is none or out of range


class Unused(NamedTuple):
    """A column that looks like an id, and that nobody reads."""

    column: str  # `messages.hashed_ip`: inside the records of that column
    field: str  # of ours what it may be: user_id, conversation_id, prompt_id
    has_field: bool  # whether another column is read as that
    mend: str


class Profile(NamedTuple):
    """Counts are of rows of the dump's tables."""

    columns: dict[str, str]  # the format's name → the dump's, of those that a file has
    fields: dict[str, FieldProfile]  # by our name, the kept columns by theirs: `keep.source`
    users: int | None  # distinct; None: the dump names none
    users_effective: float | None  # Kish: (Σn)² / Σn² over the rows n of each user
    languages: dict[
        str, int
    ]  # what stands there, by number of rows; not to be shown unless known to be a language
    unused: tuple[Unused, ...]


class _Tally:
    """Of one field, over all files."""

    def __init__(self, column: str) -> None:
        self.column = column
        self.rows = self.null = self.unreadable = 0

    def add(self, array: Any, values: Sequence[Any], read: Callable[[Any], Any]) -> None:
        """Count the cells of a batch; `values` are those of `array`."""
        self.rows += len(values)
        if _is_moment(array.type):  # what is null in Python alone lies out of range
            null = array.null_count
        else:
            null = sum(_says_nothing(value) for value in values)
        self.null += null
        self.unreadable += sum(read(value) is None for value in values) - null

    def lacks(self, rows: int) -> None:
        """Up to so many rows, those that were not counted are of files without the column."""
        self.null += rows - self.rows
        self.rows = rows

    @property
    def profile(self) -> FieldProfile:
        """What was counted."""
        return FieldProfile(self.column, self.rows, self.null, self.unreadable)


def profile(files: Iterable[Opened], form: Format, keep: Sequence[str] = ()) -> Profile:
    """Read the small columns of a dump: all that are used but the dialogues.

    Args:
        files: the dump's, as they are opened.
        form: its format.
        keep: columns that are kept as attributes.
    """
    tallies: dict[str, _Tally] = {}
    users: list[npt.NDArray[np.int64]] = []
    languages: Counter[str] = Counter()
    unused: dict[str, Unused] = {}
    rows, present = 0, dict[str, str]()
    for file in files:
        present |= dict(file.columns)
        columns = _columns(file, form)
        made = {f"keep.{one.name}": one for one in file.keep}
        for field, name in columns.items():
            tallies.setdefault(field, _Tally(name))
        at = 0
        for batch in file.rows.batches(list(dict.fromkeys(columns.values()))):
            read = file.reads(slice(at, at + batch.num_rows))
            at += batch.num_rows
            if not read.all():
                batch = batch.filter(pa.array(read))
            for field, name in columns.items():
                values = cells(array := batch.column(name))
                if kept := made.get(field):
                    values = kept.of(values)
                tallies[field].lacks(rows)
                tallies[field].add(array, values, read_time if field == "created_at" else _text)
                if field == "user_id":
                    users.append(_hashes(values))
                elif field == "language":
                    _count(languages, values)
            rows += batch.num_rows
        for one in _unused(file, keep):
            unused.setdefault(one.column, one)
    for tally in tallies.values():
        tally.lacks(rows)
    return Profile(
        present,
        {field: tally.profile for field, tally in tallies.items()},
        *_people(users),
        dict(languages.most_common()),
        tuple(unused.values()),
    )


def _columns(file: Opened, form: Format) -> dict[str, str]:
    """What is counted → the dump's name."""
    known = dict(file.columns)
    fields = {ours: known[theirs] for ours, theirs in form.fields.items() if theirs in known}
    return fields | {f"keep.{one.name}": one.column for one in file.keep}


def _is_moment(kind: pa.DataType) -> bool:
    return bool(pa.types.is_temporal(plain_type(kind)))


def _says_nothing(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _text(value: Any) -> str | None:
    return text_of(value) or None


def _hashes(values: Sequence[Any]) -> npt.NDArray[np.int64]:
    """Eight bytes for each value that there is, whatever its length."""
    return np.array([hash(text) for value in values if (text := text_of(value))], np.int64)


def _people(hashes: Sequence[npt.NDArray[np.int64]]) -> tuple[int | None, float | None]:
    counts = np.unique(np.concatenate(hashes), return_counts=True)[1] if hashes else np.zeros(0)
    if not len(counts):
        return None, None
    return len(counts), effective(counts)


def effective(counts: npt.ArrayLike) -> float:
    """Kish's number of equally active ones: (Σn)² / Σn² over the counts n."""
    n = np.asarray(counts, np.float64)
    return float(n.sum() ** 2 / (n**2).sum())


def _count(languages: Counter[str], values: Iterable[Any]) -> None:
    for text, n in Counter(map(text_of, values)).items():
        if text and (text in languages or len(languages) < MOST_LANGUAGES):
            languages[text] += n
        elif text:
            languages[""] += n


# ---- columns that nobody reads


def _unused(file: Opened, keep: Sequence[str]) -> Iterator[Unused]:
    form, used = file.form, {*(theirs for _, theirs in file.columns), *keep}
    for name in filter(is_plain_name, file.rows.names):
        kind = pa.null() if name in file.rows.repeated else file.rows.type_of(name)
        for inner, named in _named(name, kind):
            field = _looks_like(inner or name)
            if (
                field is None
                or field not in form.fields
                or name in (used if inner is None else keep)
                or inner in used  # told once more, beside each message
            ):
                continue
            theirs = form.fields[field]
            if inner is None:
                mend = f"source.columns: {{{theirs}: {_as_yaml(name)}}}"
            elif field == "user_id":
                wanted = f"source.columns: {{{theirs}: {_as_yaml(inner)}}}"
                mend = f"write it to a column of its own, and name that: {wanted}"
            else:
                continue
            yield Unused(named, field, file.name(theirs) is not None, mend)


def _as_yaml(name: str) -> str:
    return name if name.isidentifier() else json.dumps(name, ensure_ascii=False)


def _named(name: str, kind: pa.DataType) -> Iterator[tuple[str | None, str]]:
    """The names of a column that may hold ids: (of a field inside its records, the whole)."""
    kind = plain_type(kind)
    record = plain_type(kind.value_type) if is_list(kind) else kind
    if pa.types.is_struct(record):
        for field in (record.field(i) for i in range(record.num_fields)):
            if _may_be_ids(field.type):
                yield field.name, f"{name}.{field.name}"
    elif _may_be_ids(kind):
        yield None, name


def _may_be_ids(kind: pa.DataType) -> bool:
    kind = plain_type(kind)
    others = (pa.types.is_nested, pa.types.is_boolean, pa.types.is_temporal, pa.types.is_null)
    return not any(is_one(kind) for is_one in others)


def _looks_like(name: str) -> str | None:
    """Which of our ids a column may be, by its name."""
    words = {word.lower() for word in WORDS.findall(name)}
    if words & NONE:
        return None
    if words & USER:
        return "user_id"
    if words & CONVERSATION:
        return "conversation_id" if words & ID else "user_id" if "session" in words else None
    if words & ID:
        return "prompt_id" if "prompt" in words else "conversation_id"
    return None
