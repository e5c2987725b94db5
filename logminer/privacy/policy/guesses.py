"""What a small English model takes for a name and the words themselves deny: labels, figures, words of other languages.

It reads "Himbeeren" and "Betreff:" as people, for they have a capital and it never saw them. What a list of names has
stays a name.
"""

from __future__ import annotations

import re

from logminer.privacy.finders.lexicon import (
    first_name,
    frequency,
    is_foreign_word,
    is_surname,
    is_town,
)
from logminer.privacy.spans import Span

__all__ = ["likely"]

COMMON = 3_000  # from this frequency on, a word is in everyday use; see `lexicon.frequency`
_WORD = re.compile(r"[^\W\d_]+")
_LEADING = re.compile(r"([^\W\d_]{3,}):? (?=[A-ZÀ-Þ])")  # "Compare Kant", "Oggetto: Reclamo"
_OPENS = re.compile(r"(?:\A|[\n|.;!?])[ \t*#>-]{0,6}\Z")
_LABELS = re.compile(r"[ \t*_\"']{0,3}:(?=[\s*\"']|$)")
_NUMBERED = re.compile(
    r"(?:[A-Z][a-z]+ )?(?:[A-Z]{1,3}\d{1,3}|[+]?\d{1,3})"
)  # "Dyson V11", "Capo 2"
_BEFORE_CODES = re.compile(r"[ \t]{0,2}(?::|\d)")  # "CC: …", "LH 454"


def likely(span: Span, text: str) -> Span | None:
    """What may be a name of what the model takes for one; None where nothing is."""
    if span.entity_type not in ("PERSON", "LOCATION"):
        return span
    before = text[max(0, span.start - 8) : span.start]
    opens = bool(_OPENS.search(before)) if span.start > 8 else not before.strip(" \t*#>-")
    lead = _LEADING.match(text, span.start, span.end) if span.entity_type == "PERSON" else None
    if lead and opens and lead[1].istitle():
        word = lead[1].casefold()
        if (frequency(word) >= COMMON or is_foreign_word(word)) and not _is_listed(word):
            span = span._replace(start=lead.end())
    value = text[span.start : span.end]
    words = [word.casefold() for word in _WORD.findall(value)]
    if not words or any(map(_is_listed, words)):
        return span
    strange = [word for word in words if frequency(word) < COMMON]
    if strange and max(map(len, words)) > 3 and all(map(is_foreign_word, strange)):
        return span if is_town(value.casefold()) or any(map(str.isdigit, value)) else None
    if span.entity_type == "LOCATION":
        return span
    if len(words) == 1 and opens and _LABELS.match(text, span.end) and _is_word(words[0]):
        return None
    if value.isupper() and len(value) < 5 and _BEFORE_CODES.match(text, span.end):
        return None
    return None if _NUMBERED.fullmatch(value) else span


def _is_listed(word: str) -> bool:
    return bool(first_name(word)) or is_surname(word)


def _is_word(word: str) -> bool:
    return frequency(word) > 0 or is_foreign_word(word)
