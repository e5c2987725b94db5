"""What is asked of the anonymiser, and what comes back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

__all__ = ["AnonymisedConversation", "ConversationRequest", "TextRequest", "known_surrogates"]


class TextRequest(NamedTuple):
    """A text to anonymise.

    Attributes:
        conversation_id: the pseudonym.
        language: ISO 639-1 code.
        known: what its prompt already replaced.
        found: what was found in the conversation, as rows of `schemas.FOUND`.
        answer: names the answer it is a part of: what is found in one part is gone in all; empty: it stands alone.
    """

    text: str
    conversation_id: str
    language: str
    known: frozenset[str] = frozenset()
    found: Sequence[Mapping[str, Any]] = ()
    answer: str = ""


class ConversationRequest(NamedTuple):
    """A raw dialogue under its pseudonym; `language` is an ISO 639-1 code."""

    messages: Sequence[Mapping[str, Any]]
    conversation_id: str
    language: str


class AnonymisedConversation(NamedTuple):
    """Rows of `schemas.MESSAGE`, `REDACTION` and `FOUND`; none where `rejected` says why."""

    messages: list[dict[str, Any]]
    redactions: list[dict[str, Any]]
    rejected: str | None = None
    found: Sequence[Mapping[str, Any]] = ()


def known_surrogates(
    messages: Sequence[Mapping[str, Any]], redactions: Iterable[Mapping[str, Any]]
) -> frozenset[str]:
    """What was put in place of something in these messages: to be left alone in what a model says about them.

    Args:
        messages: rows of `schemas.MESSAGE`.
        redactions: rows of `schemas.REDACTION` on them.
    """
    values = (
        (messages[r["message_index"]].get(r["field"]) or "")[r["start"] : r["end"]]
        for r in redactions
        if r["message_index"] < len(messages)
    )
    return frozenset(value for value in values if value.strip())
