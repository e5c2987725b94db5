"""What recorded rows are found by: keyed hashes, 48 bytes a row."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from logminer.checkpoints.recordings.files import KEYS, RecordedFile, Recordings
from logminer.errors import SourceError, did_you_mean
from logminer.files.rows import Record
from logminer.ids import Pseudonyms
from logminer.messages.dialogue import Message, read_messages, strange_roles, turns_of
from logminer.messages.roles import tellable, told_roles
from logminer.messages.text import text_of
from logminer.sources.speeches import with_system

__all__ = ["Hashes", "Index", "Numbers", "equal", "make_index", "prompts_in", "short"]

MOST_NAMES = 50  # in a message
_MODEL_NAME = re.compile(r"[\w./:+@()-]{1,100}")

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]


class Index(NamedTuple):
    """Of each row of the checkpoint, in file order: short hashes of prompt id and prompt (0: none), and its place."""

    ids: Hashes
    contents: Hashes
    files: Numbers
    rows: Numbers
    ambiguous: frozenset[int]  # ids that stand for several prompts, told apart by content

    @property
    def is_blank(self) -> bool:
        """Whether no row has anything that it could be found by."""
        return not (self.ids.any() or self.contents.any())

    def without(self, at: Numbers) -> Index:
        """Less the rows at these positions."""
        return self._replace(
            ids=np.delete(self.ids, at),
            contents=np.delete(self.contents, at),
            files=np.delete(self.files, at),
            rows=np.delete(self.rows, at),
        )


def make_index(
    recorded: Recordings, tables: Sequence[RecordedFile], pseudonyms: Pseudonyms
) -> Index:
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
            ids.append(short(pseudonyms.source_key(source)) if source else 0)
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
    if whole.is_blank and (strange := _strange_roles(recorded, tables)):
        raise SourceError(
            f"{recorded.path}: checkpoint {recorded.checkpoint}: none of its {len(rows):,} prompts can be read: "
            f"unknown_role ({strange})"
        )
    pairs = np.unique(np.stack([whole.ids, whole.contents], axis=1), axis=0)
    told = pairs[(pairs != 0).all(axis=1), 0]
    several = frozenset(np.unique(told[1:][told[1:] == told[:-1]]).tolist())
    return whole._replace(ambiguous=several).without(np.flatnonzero(np.array(picked, np.int8) == 0))


def _nothing_picked(recorded: Recordings, models: set[str]) -> str:
    if recorded.model is not None and recorded.model not in models:
        return (
            f"{recorded.path}: checkpoint {recorded.checkpoint}: no rows of model '{recorded.model}'; "
            + did_you_mean(
                recorded.model, filter(_MODEL_NAME.fullmatch, models), f"it has {_named(models)}"
            )
        )
    asked = ", ".join(f"{column}: {text_of(value)}" for column, value in recorded.where.items())
    return f"{recorded.path}: checkpoint {recorded.checkpoint}: no rows" + (
        f" have where: {{{asked}}}; check the values" if asked else ""
    )


def _strange_roles(recorded: Recordings, tables: Sequence[RecordedFile]) -> str:
    """Roles in the prompts that are none of ours; a word that may be somebody's name is not told."""
    found: Counter[str] = Counter()
    for table in tables:
        for cell in _cells(table):
            found += tellable(strange_roles(_dialogue(cell), recorded.roles))
    return told_roles(found, "… under the checkpoint") if found else ""


def _named(models: set[str]) -> str:
    """Some of the models' names; the column that is meant to hold them may hold people's words."""
    names = sorted(name for name in models if _MODEL_NAME.fullmatch(name))
    shown = ", ".join(names[:MOST_NAMES]) + (", …" if len(names) > MOST_NAMES else "")
    others = len(models) - len(names)
    values = f"{others} values that look like no model's name" if others else ""
    return ", and ".join(part for part in (shown, values) if part) or "no rows"


def prompts_in(
    table: RecordedFile, roles: Mapping[str, str]
) -> Iterator[tuple[str | None, list[Message] | None]]:
    """What each row says that it answers: the prompt's id and its messages, where it has them."""
    for cell in _cells(table):
        yield text_of(cell.get("prompt_id")), _messages(cell, roles)


def _cells(table: RecordedFile) -> Iterator[Record]:
    """What each row is found by."""
    names = {ours: name for ours, name in table.names.items() if ours in KEYS}
    for batch in table.rows.scan(list(dict.fromkeys(names.values()))):
        for record in batch:
            yield {ours: record[name] for ours, name in names.items()}


def _content(cell: Record, roles: Mapping[str, str], pseudonyms: Pseudonyms) -> int:
    """Short hash of the row's prompt; 0 where it has none that can be read."""
    messages = _messages(cell, roles)
    return short(pseudonyms.content_key(turns_of(messages))) if messages else 0


def _messages(cell: Record, roles: Mapping[str, str]) -> list[Message] | None:
    """The row's prompt; None where it has none that can be read."""
    return read_messages(_dialogue(cell), roles).messages


def _dialogue(cell: Record) -> Any:
    """The row's prompt as it stands there."""
    value = cell.get("prompt_messages")
    if value is None and isinstance(prompt := cell.get("prompt"), str):
        value = [{"role": "user", "content": prompt}]
    elif value is None:
        value = prompt
    return with_system(value, cell.get("system_prompt"))


def short(key: str) -> int:
    """The first 64 bits of a keyed hash in hex: among a million prompts, two agree once in 40 million dumps."""
    return int(key[:16], 16)


def equal(hashes: Hashes, order: Numbers, wanted: int) -> Numbers:
    """Positions of `wanted`, ascending; `order` sorts `hashes`."""
    key = np.uint64(wanted)
    low = np.searchsorted(hashes, key, "left", sorter=order)
    high = np.searchsorted(hashes, key, "right", sorter=order)
    return order[low:high]
