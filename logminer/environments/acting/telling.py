"""An episode as messages, and messages as one text: what was said, which calls were made, and what came of them.

A call is a message of the assistant that bears the tool's name, what came of it one of the tool. So every text stands in
`content` or `thoughts`, as in any dialogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from logminer.environments.acting.calls import Call
from logminer.environments.acting.episode import Episode

__all__ = ["EpisodeLine", "Told", "lines_of", "text_of_response", "thoughts_of"]

NOT_READ = "call"  # the name of a call that could not be read
MOST_SAID = 4_000  # characters of one message or call in the text of a response
MOST_RESULT = 600  # of what came of a call
GAP = "\n\n"

Redaction = Mapping[str, Any]


class EpisodeLine(NamedTuple):
    """One message: `name` is the tool's, of a call and of what came of it."""

    role: str
    name: str | None
    content: str | None
    thoughts: str | None = None


def lines_of(episode: Episode) -> Iterator[EpisodeLine]:
    """The messages of an episode, raw; the prompt is none of them."""
    for turn in episode.turns:
        if turn.content or turn.thoughts:
            yield EpisodeLine("assistant", None, turn.content or None, turn.thoughts)
        for call, result in zip(turn.calls, turn.results, strict=True):
            name = call.tool or NOT_READ
            yield EpisodeLine("assistant", name, _argument(call))
            if result:
                yield EpisodeLine("tool", name, result)


def _argument(call: Call) -> str:
    return f"{call.argument}\n{call.content}" if call.tool == "write" else call.argument


class Told(NamedTuple):
    """A text, and what was replaced in it: (entity type, start, end)."""

    text: str
    redactions: tuple[tuple[str, int, int], ...]


class _Piece(NamedTuple):
    """Some of a message on its way into the text: what stands before it, and the most of it that is told."""

    before: str
    text: str
    redactions: list[Redaction]
    most: int


def text_of_response(
    messages: Sequence[Mapping[str, Any]], redactions: Iterable[Redaction]
) -> Told | None:
    """What was said and done, as one text; None where nothing was.

    Args:
        messages: anonymised, in the order of `lines_of`.
        redactions: rows of `schemas.REDACTION` on them.
    """
    replaced = _by_field(redactions)
    pieces = []
    for index, message in enumerate(messages):
        if text := message["content"]:
            name, result = message["name"], message["role"] == "tool"
            before = "→ " if result else f"{name}: " if name else ""
            most = MOST_RESULT if result else MOST_SAID
            pieces.append(_Piece(before, text, replaced.get((index, "content"), []), most))
    return _joined(pieces)


def thoughts_of(
    messages: Sequence[Mapping[str, Any]], redactions: Iterable[Redaction]
) -> Told | None:
    """What was thought, as one text; None where nothing was, or it is not shown."""
    replaced = _by_field(redactions)
    return _joined(
        [
            _Piece("", text, replaced.get((index, "thoughts"), []), len(text))
            for index, message in enumerate(messages)
            if (text := message["thoughts"])
        ]
    )


def _by_field(redactions: Iterable[Redaction]) -> dict[tuple[int, str], list[Redaction]]:
    found: dict[tuple[int, str], list[Redaction]] = {}
    for one in redactions:
        found.setdefault((one["message_index"], one["field"]), []).append(one)
    return found


def _joined(pieces: Sequence[_Piece]) -> Told | None:
    text, redactions = "", list[tuple[str, int, int]]()
    for piece in pieces:
        text += (GAP if text else "") + piece.before
        done = 0
        for begin, end in _kept(piece):
            if begin:
                text += f"\n[… {begin - done:,} characters left out …]\n"
            shift, done = len(text) - begin, end
            redactions += (
                (one["entity_type"], one["start"] + shift, one["end"] + shift)
                for one in piece.redactions
                if begin <= one["start"] and one["end"] <= end
            )
            text += piece.text[begin:end]
    return Told(text, tuple(redactions)) if text else None


def _kept(piece: _Piece) -> list[tuple[int, int]]:
    """The ranges of a text that are told: all of it, or its beginning and end, and no half of what was replaced."""
    length = len(piece.text.rstrip())
    if length <= piece.most:
        return [(0, length)]
    head, tail = piece.most // 2, length - piece.most // 2
    for one in piece.redactions:
        if one["start"] < head < one["end"]:
            head = one["start"]
        if one["start"] < tail < one["end"]:
            tail = min(one["end"], length)
    return [(0, head), (tail, length)]
