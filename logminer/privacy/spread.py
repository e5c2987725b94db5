"""A name found once in a conversation is a name wherever it stands there."""

from __future__ import annotations

import re
from collections.abc import Sequence

from logminer.privacy.finders.lexicon import first_name, frequency, is_surname, is_town
from logminer.privacy.patterns import Span

__all__ = ["spread"]

SCORE = 0.5
_WORD = re.compile(r"[^\W\d_]+")
COMMON = 1_000  # from this frequency on, a surname alone is a word; see `lexicon.frequency`


def spread(texts: Sequence[str], found: Sequence[Sequence[Span]]) -> list[list[Span]]:
    """`found` and every other occurrence of its names in the texts of one conversation.

    Names and places are looked for as they stand or in capitals, and so is each word of a name in which the lists know
    one; as whole words. Spans stay sorted and do not overlap.
    """
    types: dict[str, str] = {}
    for text, spans in zip(texts, found, strict=True):
        for span in spans:
            if span.entity_type in ("PERSON", "LOCATION"):
                for value in _values(text[span.start : span.end], span.entity_type):
                    types.setdefault(value, span.entity_type)
                    types.setdefault(value.upper(), span.entity_type)
    if not types:
        return [list(spans) for spans in found]
    values = re.compile(
        r"(?<!\w)(?:{})(?!\w)".format(
            "|".join(map(re.escape, sorted(types, key=lambda v: (-len(v), v))))
        )
    )
    return [
        _added(spans, [Span(*m.span(), types[m.group()], SCORE) for m in values.finditer(text)])
        for text, spans in zip(texts, found, strict=True)
    ]


def _values(value: str, entity_type: str) -> list[str]:
    words = [w for w in _WORD.findall(value) if len(w) > 2 and w[0].isupper()]
    if entity_type == "LOCATION":
        folded = value.casefold()
        known = len(words) > 1 or is_town(folded) or not frequency(folded)
        return [value] if words and known else []
    if not any(first_name(w.casefold()) or is_surname(w.casefold()) for w in words):
        return [value] if len(words) > 1 else []
    return [*([value] if words else []), *filter(_names_alone, words)]


def _names_alone(word: str) -> bool:
    """Whether a word of a name, found by itself, is the name again: "Will" and "Page" need not be."""
    folded = word.casefold()
    return first_name(folded) == 2 or frequency(folded) < COMMON


def _added(spans: Sequence[Span], more: Sequence[Span]) -> list[Span]:
    free = [m for m in more if not any(s.start < m.end and m.start < s.end for s in spans)]
    return sorted([*spans, *free])
