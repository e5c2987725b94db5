"""What is found once in a conversation is found everywhere in it."""

from __future__ import annotations

from collections.abc import Sequence

from logminer.privacy.mentions.found import FoundValues
from logminer.privacy.mentions.mentions import mentions
from logminer.privacy.policy.fitting import mentioned
from logminer.privacy.spans import Span
from logminer.privacy.surrogates.escapes import meant

SURE = 0.9  # score of what is more than a model's guess

__all__ = ["gathered", "spread", "spread_by"]


def spread(texts: Sequence[str], found: Sequence[Sequence[Span]]) -> list[list[Span]]:
    """`found` and every other occurrence of its values in the texts of one conversation, however it is written.

    Spans stay sorted and do not overlap. A place or handle that is a person's name becomes a person.
    """
    table = FoundValues(b"")  # it is not kept
    gathered(texts, found, table)
    return spread_by(texts, found, table)


def gathered(texts: Sequence[str], found: Sequence[Sequence[Span]], table: FoundValues) -> None:
    """Put the values that were found in these texts into the table."""
    table.gather(
        [
            (span.entity_type, value, span.score >= SURE)
            for text, spans in zip(texts, found, strict=True)
            for span in spans
            for value in _values(span.entity_type, text[span.start : span.end])
        ]
    )


def _values(entity_type: str, value: str) -> tuple[str, ...]:
    """What is looked for: the value without escapes; of a secret, which may be quoted as it stands, both."""
    told = _meant(value)
    return (told, value) if entity_type == "SECRET" and told != value else (told,)


def _meant(value: str) -> str:
    return meant(value) if not value.isascii() or any(c in value for c in "\\&%") else value


def spread_by(
    texts: Sequence[str], found: Sequence[Sequence[Span]], table: FoundValues
) -> list[list[Span]]:
    """`found` and what else the table knows in these texts."""
    return [
        [
            span._replace(entity_type=table.type_of(span.entity_type, text[span.start : span.end]))
            for span in sorted([*spans, *mentioned(mentions(text, table, spans), text)])
        ]
        for text, spans in zip(texts, found, strict=True)
    ]
