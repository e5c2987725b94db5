"""Anonymises conversations and single texts: what the stages `anonymise` and `replay` both use.

Everything a person or a model wrote goes through here before it is written: the words, the thoughts, tool calls
down to their keys, names and ids. What cannot be analysed comes out as a rejection or as a withheld text, never as
it was.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from logminer.errors import LogminerError
from logminer.ids import Pseudonyms
from logminer.privacy import names
from logminer.privacy.detect import Detector, Unanalysable
from logminer.privacy.jsontext import Piece, encoded, pieces
from logminer.privacy.options import AnonymiseOptions
from logminer.privacy.patterns import Span, find_all
from logminer.privacy.redact import (
    Anonymised,
    Placeholders,
    Redacted,
    Replace,
    redact,
    spare,
)
from logminer.privacy.requests import AnonymisedConversation, ConversationRequest, TextRequest
from logminer.privacy.spread import spread
from logminer.privacy.surrogates import Surrogates
from logminer.process.memory import no_core_file
from logminer.schemas import ROLES
from logminer.spec import content_hash

__all__ = ["REASONS", "REDACTED_VALUE", "WITHHELD", "Anonymised", "Anonymiser", "open_anonymiser"]

# Why a conversation is rejected here; a source adds its own reasons.
REASONS = (
    "unsupported_language",
    "no_messages",
    "unknown_role",
    "text_too_long",
    "analysis_timeout",
    "analysis_failed",
)
WITHHELD = "[withheld]"  # stands for a text that could not be analysed
REDACTED_VALUE = "redacted"  # stands for an attribute's value that holds personal data

T = TypeVar("T")


class _Field(NamedTuple):
    """One field of one message, taken apart."""

    message: int
    name: str
    pieces: list[Piece]


FIELDS = ("thoughts", "content", "tool_calls")
_FUNCTION_NAME = re.compile(r"[A-Za-z_][\w.-]{0,63}")
_CALL_ID = re.compile(r"(?:call|toolu|fc|chatcmpl)[_-][A-Za-z0-9]{6,56}")
_CALL_ID_KEYS = ("id", "call_id", "tool_call_id")
_SHORTEST_ID = 6  # characters by which an id is known again wherever it stands
_MODEL_NAME = re.compile(r"[\w./:+@ ()-]{1,120}")
_TOPICAL = ("LOCATION", "ORGANIZATION", "NRP", "DATE_TIME")


class Anonymiser:
    """The opened options. Not to be pickled; one for each process."""

    def __init__(self, options: AnonymiseOptions, pseudonyms: Pseudonyms) -> None:
        no_core_file()  # whoever anonymises holds raw text
        self._options = options
        self._pseudonyms = pseudonyms
        self._patterns_only = options.unsupported_language == "patterns_only"
        self._detector = Detector(
            options.profile,
            options.languages,
            options.models,
            patterns_only=self._patterns_only,
            countries=options.countries,
            recognizers=options.recognizers,
            ner=options.ner,
            allow=options.allow,
        )
        self._values: dict[str, str] = {}

    # ---- languages

    def supports(self, language: str) -> bool:
        """Whether a conversation in this language is taken in: it has a model, or patterns are enough."""
        return self._patterns_only or self._detector.supports(language)

    def language(self, column: str | None, messages: Iterable[Mapping[str, Any]]) -> str:
        """ISO 639-1 code of a conversation: the dump's column, else detected; short texts count as the first."""
        return self._detector.language(column, (m.get("content") or "" for m in messages))

    # ---- texts

    def texts(self, requests: Sequence[TextRequest]) -> list[Anonymised]:
        """Each text anonymised by itself, in order. One that cannot be analysed is withheld whole.

        Raises:
            ModelError: a language without a model (its prompts cannot have come from these options).
        """
        requests = [r._replace(text=_utf8(r.text)) for r in requests]
        found = self._all_or_each(
            requests, lambda some: self._detector.detect([(r.text, r.language) for r in some])
        )
        return [
            Anonymised(WITHHELD, (Redacted("UNANALYSED", 0, len(WITHHELD)),))
            if isinstance(spans, str)
            else self._redacted(request, spans)
            for request, spans in zip(requests, found, strict=True)
        ]

    def _redacted(self, request: TextRequest, spans: list[Span]) -> Anonymised:
        spans = spare(request.text, spans, request.known)
        raw = [request.text[s.start : s.end] for s in spans]
        return redact(
            request.text, spans, self._replace(request.conversation_id, raw, request.known)
        )

    def _replace(
        self, conversation_id: str, raw: Iterable[str], known: Iterable[str] = ()
    ) -> Replace:
        if self._options.operator == "placeholder":
            return Placeholders(known)
        return Surrogates(self._pseudonyms, conversation_id, raw)

    # ---- conversations

    def conversations(
        self, requests: Sequence[ConversationRequest]
    ) -> list[AnonymisedConversation]:
        """Each conversation anonymised, or rejected with a reason of `REASONS`, in order."""
        rejected = [self._refusal(request) for request in requests]
        taken = [r for r, reason in zip(requests, rejected, strict=True) if reason is None]
        done = iter(self._all_or_each(taken, self._anonymised))
        results = []
        for reason in rejected:
            outcome = reason or next(done)
            results.append(
                AnonymisedConversation([], [], outcome) if isinstance(outcome, str) else outcome
            )
        return results

    def _refusal(self, request: ConversationRequest) -> str | None:
        if not request.messages:
            return "no_messages"
        if any(m.get("role") not in ROLES for m in request.messages):
            return "unknown_role"
        return None if self.supports(request.language) else "unsupported_language"

    def _anonymised(self, requests: Sequence[ConversationRequest]) -> list[AnonymisedConversation]:
        taken_apart = [
            self._with_call_ids(request.conversation_id, _take_apart(request.messages))
            for request in requests
        ]
        leaves = [
            (piece.text, request.language)
            for request, fields in zip(requests, taken_apart, strict=True)
            for field in fields
            for piece in field.pieces
            if piece.leaf
        ]
        spans = iter(self._detector.detect(leaves))
        return [
            self._put_together(request, fields, spans)
            for request, fields in zip(requests, taken_apart, strict=True)
        ]

    def _put_together(
        self, request: ConversationRequest, fields: list[_Field], found: Iterable[list[Span]]
    ) -> AnonymisedConversation:
        found = iter(found)
        texts = [p.text for field in fields for p in field.pieces]
        spans = [next(found) if p.leaf else [] for field in fields for p in field.pieces]
        spans = spread(texts, spans)
        raw = [text[s.start : s.end] for text, some in zip(texts, spans, strict=True) for s in some]
        replace = self._replace(request.conversation_id, raw)
        messages: list[dict[str, Any]] = [
            {
                "role": m["role"],
                **dict.fromkeys(("content", "thoughts", "name", "tool_calls", "tool_call_id")),
            }
            for m in request.messages
        ]
        redactions: list[dict[str, Any]] = []
        rest = iter(spans)
        for index, name, parts in fields:
            part_spans = [next(rest) for _ in parts]
            if name == "name" and not _keeps_name(
                messages[index]["role"], parts[0].text, part_spans[0]
            ):
                part_spans = [[Span(0, len(parts[0].text), "PERSON")]]
            done = _joined(parts, part_spans, replace)
            messages[index][name] = done.text
            redactions += [
                {
                    "message_index": index,
                    "field": name,
                    "entity_type": r.entity_type,
                    "start": r.start,
                    "end": r.end,
                }
                for r in done.redactions
            ]
        return AnonymisedConversation(messages, redactions)

    def _with_call_ids(self, conversation_id: str, fields: list[_Field]) -> list[_Field]:
        """The fields with pseudonyms for the ids of tool calls: like all ids of the dump, they would lead back to it."""
        named = {p.text for f in fields if f.name == "tool_call_id" for p in f.pieces}
        known = {text for text in named if len(text) >= _SHORTEST_ID}

        def replaced(piece: Piece, *, is_id: bool) -> Piece:
            if not piece.leaf or not (
                is_id or piece.text in known or _CALL_ID.fullmatch(piece.text)
            ):
                return piece
            digest = self._pseudonyms.id("tool-call", conversation_id, piece.text)
            quote = '"' if piece.bare else ""
            return Piece(f"{quote}call_{digest[:24]}{quote}", False, piece.depth)

        def field_replaced(field: _Field) -> _Field:
            if field.name == "tool_call_id":
                parts = [replaced(piece, is_id=bool(piece.text)) for piece in field.pieces]
            elif field.name == "tool_calls":
                ids = _call_ids(field.pieces)
                parts = [replaced(p, is_id=i in ids) for i, p in enumerate(field.pieces)]
            else:
                parts = field.pieces
            return field._replace(pieces=parts)

        return [field_replaced(field) for field in fields]

    # ---- single values

    def attribute(self, value: str) -> str:
        """An attribute's value, or `redacted` where it names or reaches a person. Looked at once each."""
        if value not in self._values:
            self._values[value] = REDACTED_VALUE if self._is_personal(value) else value
        return self._values[value]

    def _is_personal(self, value: str) -> bool:
        words = re.findall(r"[^\W\d_]+", value.casefold())
        if len(words) > 1 and names.first_names().pool(words[0]) and names.is_listed(words[-1]):
            return True  # attributes are in small letters, in which the model finds no names
        try:
            (spans,) = self._detector.detect([(_utf8(value), self._options.languages[0])])
        except LogminerError:  # the first language has no model
            return bool(find_all(value))
        except Exception:
            return True
        named = any(
            names.is_listed(word) for word in words
        )  # else the model guesses at a bare word
        return any(
            s.entity_type not in _TOPICAL and (s.entity_type != "PERSON" or named) for s in spans
        )

    def model_name(self, value: str | None) -> str | None:
        """The model of the log where it looks like a model's name, else null."""
        return value if value and _MODEL_NAME.fullmatch(value) and not find_all(value) else None

    # ---- failing closed

    def _all_or_each(
        self, items: Sequence[T], work: Callable[[Sequence[T]], list[Any]]
    ) -> list[Any]:
        """`work` on all at once; where that fails, on each alone, with a reason in place of what fails again."""
        if not items:
            return []
        try:
            return work(items)
        except LogminerError:
            raise
        except Exception:
            return [self._each(item, work) for item in items]

    @staticmethod
    def _each(item: T, work: Callable[[Sequence[T]], list[Any]]) -> Any:
        try:
            return work([item])[0]
        except LogminerError:
            raise
        except Unanalysable as error:
            return error.reason
        except Exception:
            return "analysis_failed"


_opened: dict[tuple[str, str], Anonymiser] = {}  # of this process


def open_anonymiser(options: AnonymiseOptions, pseudonyms: Pseudonyms) -> Anonymiser:
    """Load the models; seconds, once for each process: stages with the same options share them.

    Raises:
        ModelError: no configured language has a model, or one cannot be loaded.
        ConfigError: the file of recognisers is not one.
    """
    key = (content_hash(options.options()), pseudonyms.key_id)
    if key not in _opened:
        _opened.clear()  # one at a time: it takes half a gigabyte
        _opened[key] = Anonymiser(options, pseudonyms)
    return _opened[key]


def _utf8(text: str) -> str:
    """Half surrogate pairs, which a server can send, cannot be written."""
    return text.encode("utf-8", "replace").decode()


def _take_apart(messages: Sequence[Mapping[str, Any]]) -> list[_Field]:
    fields = []
    for index, message in enumerate(messages):
        for name in ("name", *FIELDS, "tool_call_id"):
            text = message.get(name)
            if text is not None:
                parts = pieces(text) if name == "tool_calls" else [Piece(text, True)]
                fields.append(_Field(index, name, parts))
    return fields


def _call_ids(parts: Sequence[Piece]) -> set[int]:
    """Which pieces of tool calls are their ids: what stands under a key that says so, but not inside JSON in JSON."""

    def between(key: int, value: int) -> str:
        return "".join("".join(p.text for p in parts[key + 1 : value]).split())

    leaves = [i for i, piece in enumerate(parts) if piece.leaf]
    return {
        value
        for key, value in itertools.pairwise(leaves)
        if parts[key].text in _CALL_ID_KEYS
        and parts[value].depth <= 1
        and between(key, value) == ('":' if parts[value].bare else '":"')
    }


def _keeps_name(role: str, name: str, spans: list[Span]) -> bool:
    return role != "user" and not spans and bool(_FUNCTION_NAME.fullmatch(name))


def _joined(
    parts: Sequence[Piece], spans: Sequence[Sequence[Span]], replace: Replace
) -> Anonymised:
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
