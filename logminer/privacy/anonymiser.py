"""Anonymises conversations and single texts: what the stages `anonymise` and `replay` both use.

Everything a person or a model wrote goes through here before it is written: the words, the thoughts, tool calls
down to their keys, names and ids. What cannot be analysed comes out as a rejection or as a withheld text, never as
it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from logminer.errors import LogminerError
from logminer.ids import Pseudonyms
from logminer.privacy.cuttings import Unanalysable
from logminer.privacy.detect import Detector
from logminer.privacy.fields import (
    Field,
    joined,
    keeps_name,
    take_apart,
    with_call_ids,
    with_keyed_secrets,
)
from logminer.privacy.mentions.found import FoundValues
from logminer.privacy.mentions.given import GivenSurrogates
from logminer.privacy.mentions.spread import gathered, spread_by
from logminer.privacy.options import AnonymiseOptions
from logminer.privacy.placeholders import Placeholders
from logminer.privacy.redact import (
    Anonymised,
    Redacted,
    Replace,
    as_utf8,
    redact,
)
from logminer.privacy.requests import AnonymisedConversation, ConversationRequest, TextRequest
from logminer.privacy.spans import UNANALYSED, Span
from logminer.privacy.surrogates.surrogates import Surrogates
from logminer.privacy.values import Values
from logminer.process.memory import no_core_file
from logminer.schemas import ROLES
from logminer.spec import content_hash

__all__ = ["REASONS", "WITHHELD", "Anonymised", "Anonymiser", "open_anonymiser"]

# Why a conversation is rejected here; a source adds its own reasons.
REASONS = (
    "unsupported_language",
    "unsupported_script",
    "no_messages",
    "unknown_role",
    "text_too_long",
    "analysis_timeout",
    "analysis_failed",
)
WITHHELD = "[withheld]"  # stands for a text that could not be analysed

T = TypeVar("T")


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
            public_figures=options.public_figures,
        )
        self.values = Values(self._detector, options.languages[0])

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
        requests = [r._replace(text=as_utf8(r.text)) for r in requests]
        found = self._all_or_each(
            requests, lambda some: self._detector.detect([(r.text, r.language) for r in some])
        )
        done: dict[int, Anonymised] = {}
        for places in _together(requests).values():
            read = [
                (place, spans)
                for place in places
                if not isinstance(spans := found[place], str)
                and not _is_mostly_unread(requests[place].text, spans)
            ]
            parts = [(requests[place], spans) for place, spans in read]
            done |= zip((place for place, _ in read), self._redacted(parts), strict=True)
        withheld = Anonymised(WITHHELD, (Redacted(UNANALYSED, 0, len(WITHHELD)),))
        return [done.get(place, withheld) for place in range(len(requests))]

    def _redacted(self, parts: Sequence[tuple[TextRequest, list[Span]]]) -> list[Anonymised]:
        """The parts of one answer, with what its conversation knows."""
        if not parts:
            return []
        request = parts[0][0]
        known = frozenset().union(*(each.known for each, _ in parts))
        found = FoundValues.opened(self._pseudonyms, request.conversation_id, request.found)
        texts = [each.text for each, _ in parts]
        given = GivenSurrogates(known)
        spans = [given.spare(each.text, some) for each, some in parts]
        replace = self._replace(request.conversation_id, found, known)
        gathered(texts, spans, found)
        spread = spread_by(texts, spans, found)
        spans = [given.spare(text, some) for text, some in zip(texts, spread, strict=True)]
        return [redact(text, some, replace) for text, some in zip(texts, spans, strict=True)]

    def _replace(
        self, conversation_id: str, found: FoundValues, known: Iterable[str] = ()
    ) -> Replace:
        if self._options.operator == "placeholder":
            return _withholding(Placeholders(found, known))
        return _withholding(Surrogates(self._pseudonyms, conversation_id, found))

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
            with_call_ids(self._pseudonyms, request.conversation_id, take_apart(request.messages))
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
        self, request: ConversationRequest, fields: list[Field], found: Iterable[list[Span]]
    ) -> AnonymisedConversation:
        found = iter(found)
        texts = [p.text for field in fields for p in field.pieces]
        spans = [next(found) if p.leaf else [] for field in fields for p in field.pieces]
        spans = with_keyed_secrets([p for field in fields for p in field.pieces], spans)
        if self._options.unsupported_script == "reject" and any(map(_unread, spans)):
            return AnonymisedConversation([], [], "unsupported_script")
        table = FoundValues.opened(self._pseudonyms, request.conversation_id)
        gathered(texts, spans, table)
        spans = spread_by(texts, spans, table)
        replace = self._replace(request.conversation_id, table)
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
            if name == "name" and not keeps_name(messages[index]["role"], parts[0].text):
                part_spans = [[Span(0, len(parts[0].text), "PERSON")]]
            done = joined(parts, part_spans, replace)
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
        return AnonymisedConversation(messages, redactions, None, table.rows())

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


def _together(requests: Sequence[TextRequest]) -> dict[tuple[str, str], list[int]]:
    """The places of the requests, by the answer they are parts of."""
    places: dict[tuple[str, str], list[int]] = {}
    for place, request in enumerate(requests):
        key = request.conversation_id, request.answer or f"\0{place}"
        places.setdefault(key, []).append(place)
    return places


def _unread(spans: Iterable[Span]) -> int:
    """Characters in scripts that no model reads."""
    return sum(span.end - span.start for span in spans if span.entity_type == UNANALYSED)


def _is_mostly_unread(text: str, spans: Sequence[Span]) -> bool:
    return 2 * _unread(spans) > sum(map(str.isalpha, text)) if _unread(spans) else False


def _withholding(replace: Replace) -> Replace:
    """`replace`, but nothing is told of what nobody has read."""
    return lambda kind, value: WITHHELD if kind == UNANALYSED else replace(kind, value)


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
