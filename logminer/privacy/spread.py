"""A name found once in a conversation is a name wherever it stands there."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from logminer.privacy.finders.lexicon import first_name, frequency, is_surname, is_town
from logminer.privacy.spans import Span

__all__ = ["spread"]

SCORE = 0.5
_WORD = re.compile(r"[^\W\d_]+")
_RUN = re.compile(r"\w+")
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
    named = _Named(types)
    return [
        _added(spans, list(named.within(text))) for text, spans in zip(texts, found, strict=True)
    ]


class _Named:
    """Finds values in texts as whole words, the longest first.

    A text costs by its length, not by how many values there are: a long conversation names thousands of people. So
    values are looked up by the word, or the other character, that they begin with.
    """

    def __init__(self, types: Mapping[str, str]) -> None:
        self._types = types
        lengths: dict[str, set[int]] = defaultdict(set)
        for value in types:
            lengths[_head(value)].add(len(value))
        self._lengths = {head: sorted(some, reverse=True) for head, some in lengths.items()}
        others = "".join(map(re.escape, sorted(h for h in lengths if not _RUN.match(h))))
        self._heads = re.compile(rf"(?<!\w)(?:\w+|[{others}])" if others else r"(?<!\w)\w+")

    def within(self, text: str) -> Iterator[Span]:
        """The values' occurrences, in order; none overlaps the one before."""
        done = 0
        for head in self._heads.finditer(text):
            start = head.start()
            lengths = self._lengths.get(head.group(), ()) if start >= done else ()
            for end in (start + length for length in lengths):
                kind = self._types.get(text[start:end])
                if kind and end <= len(text) and not _RUN.match(text, end):
                    yield Span(start, end, kind, SCORE)
                    done = end
                    break


def _head(value: str) -> str:
    run = _RUN.match(value)
    return run.group() if run else value[0]


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
    """`spans` and those of `more` that overlap none of them; both are sorted and free of overlaps."""
    ends = [span.end for span in spans]

    def free(new: Span) -> bool:
        behind = bisect_right(ends, new.start)  # the first span that ends after `new` begins
        return behind == len(spans) or spans[behind].start >= new.end

    return sorted([*spans, *filter(free, more)])
