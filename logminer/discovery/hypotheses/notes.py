"""What an analyst says, read and put together: it is proposed by a model, so nothing of it is taken on trust."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from logminer.messages.thoughts import split_thoughts

__all__ = ["PROBLEMS", "Note", "ReadNotes", "gathered_by_title", "put_together", "read_notes"]

# Closed list of what can be wrong with a whole reply: no JSON in it, JSON of another form, cut off, or endless.
PROBLEMS = ("prose", "malformed", "cut_off", "too_long")

MOST_REPLY = 40_000  # characters
MOST_TITLE = 80
MOST_SAID = 600  # of what counts, and of what does not
MOST_NOTES = 64  # that are looked at of a reply
LIST = re.compile(r'"behaviours"\s*:\s*\[\s*')
FENCE = re.compile(r"```[a-zA-Z]*\s*\n(.*?)\n?\s*```", re.DOTALL)


class Note(NamedTuple):
    """A behaviour that an analyst says one of two texts shows; `weight` is the number of its calls that noted it."""

    title: str
    counts: str
    not_counts: str
    weight: int = 1

    @property
    def whole(self) -> str:
        """All of its words."""
        return "\n".join(self[:3])


class ReadNotes(NamedTuple):
    """What a reply says. `stands_for` are for each note the places of those it was put together from, if any.

    `unfit` notes had not the form that was asked for. With a `problem` nothing could be read; `complaint` tells the analyst
    what is wrong, without its words.
    """

    notes: list[Note]
    stands_for: list[tuple[int, ...]]
    unfit: int = 0
    problem: str | None = None
    complaint: str = ""


def read_notes(text: str, *, most: int, cut_off: bool = False) -> ReadNotes:
    """The notes in a reply: one JSON object, perhaps with thoughts before it, a fence or a few words around it.

    They are hypotheses, which are tested: so, other than a judge's reply, one is read as far as it goes.

    Args:
        text: the reply.
        most: notes that were asked for; more are unfit.
        cut_off: it ended because it grew too long.
    """
    if len(text) > MOST_REPLY:
        return _unread("too_long", f"it has more than {MOST_REPLY:,} characters; be brief")
    said = split_thoughts(text).response.strip()
    if fenced := FENCE.search(said):
        said = fenced[1]
    items = _items(said)
    if items is None:
        if cut_off:
            return _unread("cut_off", "it was cut off; be brief")
        form = '{"behaviours": [{"title": …, "counts": …, "not_counts": …}]}'
        return _unread(
            "malformed" if "{" in said else "prose", f"it is not one JSON object of the form {form}"
        )
    notes, stands_for = list[Note](), list[tuple[int, ...]]()
    for item in items[: min(most, MOST_NOTES)]:
        if note := _note(item):
            notes.append(note)
            stands_for.append(_places(item))
    return ReadNotes(notes, stands_for, len(items) - len(notes))


def gathered_by_title(notes: Iterable[Note]) -> list[Note]:
    """Notes of one title as one, those first that most calls noted: what is left to do where nobody can say which mean the same."""
    first: dict[str, Note] = {}
    weights = Counter[str]()
    for note in notes:
        key = " ".join(re.findall(r"\w+", note.title.casefold()))
        first.setdefault(key, note)
        weights[key] += note.weight
    return sorted(
        (note._replace(weight=weights[key]) for key, note in first.items()),
        key=lambda note: -note.weight,
    )


def put_together(read: ReadNotes, notes: Sequence[Note]) -> list[Note]:
    """The notes of a merging reply, each with the weight of those it stands for; those first that most calls noted."""
    merged = [
        note._replace(weight=max(1, sum(notes[n].weight for n in set(own) if 0 <= n < len(notes))))
        for note, own in zip(read.notes, read.stands_for, strict=True)
    ]
    return sorted(merged, key=lambda note: -note.weight)


def _unread(problem: str, complaint: str) -> ReadNotes:
    return ReadNotes([], [], 0, problem, complaint)


def _items(said: str) -> list[Any] | None:
    """What stands in the list, as far as it goes: of a reply that was cut off what is whole counts."""
    opened = LIST.search(said)
    if opened is None:
        return None
    items, place = list[Any](), opened.end()
    while place < len(said) and said[place] != "]":
        try:
            item, place = json.JSONDecoder().raw_decode(said, place)
        except (ValueError, RecursionError):
            return items or None
        items.append(item)
        place += len(said[place:]) - len(said[place:].lstrip(" \t\r\n,"))
    return items


def _note(item: Any) -> Note | None:
    if not isinstance(item, dict):
        return None
    said = [item.get(name) for name in ("title", "counts", "not_counts")]
    if not all(isinstance(text, str) for text in said):
        return None
    title, counts, not_counts = (" ".join(_printable(str(text)).split()) for text in said)
    fits = 0 < len(title) <= MOST_TITLE and 0 < len(counts) <= MOST_SAID
    if not fits or len(not_counts) > MOST_SAID:
        return None
    return Note(title, counts, not_counts or "Anything else.")


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


def _places(item: dict[str, Any]) -> tuple[int, ...]:
    said = item.get("notes")
    places = said if isinstance(said, list) else []
    return tuple(n for n in places if type(n) is int)
