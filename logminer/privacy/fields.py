"""The fields of messages taken apart into words to look at, and written back."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from logminer.ids import Pseudonyms
from logminer.privacy.jsontext import Piece, encoded, pieces
from logminer.privacy.redact import Anonymised, Redacted, Replace, redact
from logminer.privacy.secrets.secrets import find_secrets
from logminer.privacy.spans import Span

__all__ = ["Field", "joined", "keeps_name", "take_apart", "with_call_ids", "with_keyed_secrets"]

FIELDS = ("thoughts", "content", "tool_calls")
_FUNCTION_NAME = re.compile(r"[A-Za-z_][\w.-]{0,63}")
_CALL_ID = re.compile(r"(?:call|toolu|fc|chatcmpl)[_-][A-Za-z0-9]{6,56}")
_CALL_ID_KEYS = ("id", "call_id", "tool_call_id")
_SHORTEST_ID = 6  # characters by which an id is known again wherever it stands


class Field(NamedTuple):
    """One field of one message, taken apart."""

    message: int
    name: str
    pieces: list[Piece]


def take_apart(messages: Sequence[Mapping[str, Any]]) -> list[Field]:
    """The fields of messages that hold something, in order."""
    fields = []
    for index, message in enumerate(messages):
        for name in ("name", *FIELDS, "tool_call_id"):
            text = message.get(name)
            if text is not None:
                parts = pieces(text) if name == "tool_calls" else [Piece(text, True)]
                fields.append(Field(index, name, parts))
    return fields


def with_call_ids(
    pseudonyms: Pseudonyms, conversation_id: str, fields: Sequence[Field]
) -> list[Field]:
    """The fields with pseudonyms for the ids of tool calls: like all ids of the dump, they would lead back to it."""
    named = {p.text for f in fields if f.name == "tool_call_id" for p in f.pieces}
    known = {text for text in named if len(text) >= _SHORTEST_ID}

    def replaced(piece: Piece, *, is_id: bool) -> Piece:
        if not piece.leaf or not (is_id or piece.text in known or _CALL_ID.fullmatch(piece.text)):
            return piece
        digest = pseudonyms.id("tool-call", conversation_id, piece.text)
        quote = '"' if piece.bare else ""
        return Piece(f"{quote}call_{digest[:24]}{quote}", False, piece.depth)

    def field_replaced(field: Field) -> Field:
        if field.name == "tool_call_id":
            parts = [replaced(piece, is_id=bool(piece.text)) for piece in field.pieces]
        elif field.name == "tool_calls":
            ids = _call_ids(field.pieces)
            parts = [replaced(p, is_id=i in ids) for i, p in enumerate(field.pieces)]
        else:
            parts = field.pieces
        return field._replace(pieces=parts)

    return [field_replaced(field) for field in fields]


def _call_ids(parts: Sequence[Piece]) -> set[int]:
    """Which pieces of tool calls are their ids: what stands under a key that says so, but not inside JSON in JSON."""

    return {
        value
        for key, value in _keyed(parts)
        if parts[key].text in _CALL_ID_KEYS and parts[value].depth <= 1
    }


def _keyed(parts: Sequence[Piece]) -> Iterator[tuple[int, int]]:
    """Which pieces are a key of JSON and the value of it."""
    leaves = [i for i, piece in enumerate(parts) if piece.leaf]
    for key, value in itertools.pairwise(leaves):
        between = "".join("".join(p.text for p in parts[key + 1 : value]).split())
        if between == ('":' if parts[value].bare else '":"'):
            yield key, value


def with_keyed_secrets(parts: Sequence[Piece], spans: Sequence[Sequence[Span]]) -> list[list[Span]]:
    """`spans` of the pieces with the secrets that only the key before a value announces: `"password": "…"`."""
    found = [list(some) for some in spans]
    for key, value in _keyed(parts):
        announced = f"{parts[key].text}: "
        for span in find_secrets(announced + parts[value].text):
            start, end = span.start - len(announced), span.end - len(announced)
            if start >= 0:
                met = [s for s in found[value] if s.start < end and start < s.end]
                first = min([start, *(s.start for s in met)])
                last = max([end, *(s.end for s in met)])
                rest = [s for s in found[value] if s not in met]
                found[value] = sorted([*rest, span._replace(start=first, end=last)])
    return found


def keeps_name(role: str, name: str) -> bool:
    """Whether a message's name is a function's, which stays but for the names in it, as it does where it is called."""
    return role != "user" and bool(_FUNCTION_NAME.fullmatch(name))


def joined(parts: Sequence[Piece], spans: Sequence[Sequence[Span]], replace: Replace) -> Anonymised:
    """The pieces of a field written back, with the redactions' offsets in the whole."""
    texts: list[str] = []
    redactions: list[Redacted] = []
    length = 0
    for piece, some in zip(parts, spans, strict=True):
        done = redact(piece.text, some, replace) if piece.leaf else Anonymised(piece.text)
        quote = '"' if piece.bare and some else ""
        text = (
            encoded(f"{quote}{done.text}{quote}", piece.depth)
            if not quote
            else (
                encoded('"', piece.depth)
                + encoded(done.text, piece.depth + 1)
                + encoded('"', piece.depth)
            )
        )
        shift = length + len(encoded(quote, piece.depth))
        inner = piece.depth + bool(quote)
        redactions += [
            Redacted(
                r.entity_type,
                shift + len(encoded(done.text[: r.start], inner)),
                shift + len(encoded(done.text[: r.end], inner)),
            )
            for r in done.redactions
        ]
        texts.append(text)
        length += len(text)
    return Anonymised("".join(texts), tuple(redactions))
