"""Replaces spans in a text, and leaves alone what a prompt already replaced."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from logminer.privacy.dates.reading import days_in, says_only
from logminer.privacy.spans import UNANALYSED, Span

__all__ = [
    "Anonymised",
    "Redacted",
    "Replace",
    "as_utf8",
    "is_particle",
    "redact",
    "spare",
]

Replace = Callable[[str, str], str]  # (entity type, value) → what stands in its place


def as_utf8(text: str) -> str:
    """Half surrogate pairs, which a server can send, cannot be written."""
    return text.encode("utf-8", "replace").decode()


class Redacted(NamedTuple):
    """A replaced span; offsets in characters of the anonymised text, end exclusive."""

    entity_type: str
    start: int
    end: int


class Anonymised(NamedTuple):
    """A text without what identifies a person, and where something was replaced."""

    text: str
    redactions: tuple[Redacted, ...] = ()

    @property
    def withheld(self) -> bool:
        """Whether nothing is left of it; words of an unread script inside a text are masked, and leave it one."""
        return any(
            (r.entity_type, r.start, r.end) == (UNANALYSED, 0, len(self.text))
            for r in self.redactions
        )


def redact(text: str, spans: Sequence[Span], replace: Replace) -> Anonymised:
    """`text` with each span replaced; `spans` are sorted and do not overlap. Text outside them is untouched."""
    parts: list[str] = []
    redactions: list[Redacted] = []
    length = done = 0
    for span in spans:
        replacement = replace(span.entity_type, text[span.start : span.end])
        length += span.start - done
        parts += (text[done : span.start], replacement)
        redactions.append(Redacted(span.entity_type, length, length + len(replacement)))
        length, done = length + len(replacement), span.end
    return Anonymised("".join((*parts, text[done:])), tuple(redactions))


_PARTICLES = frozenset(
    """
    mr mrs ms miss mx dr prof professor sir madam herr frau monsieur madame señor señora sr sra jr ii iii van
    von de der den del della di da dos du la le el al bin ibn bint ter ten zu af av and und et y s
    """.split()  # noqa: SIM905
)


def is_particle(word: str) -> bool:
    """Whether a word of a name says nothing by itself: a title, a \"von\", an initial."""
    return len(word) == 1 or word.casefold() in _PARTICLES


# ---- what a prompt already replaced -----------------------------------------------------------------------------

_WORD = re.compile(r"(?<!\w)[^\W\d_]+(?!\w)")  # no letters of "LA1 3PN"
_WORDED = ("PERSON", "LOCATION", "ORGANIZATION", "NRP")


def spare(text: str, spans: Sequence[Span], known: frozenset[str]) -> list[Span]:
    """`spans` without what is a surrogate already: a whole one, a word of one inside a name, or a date of theirs."""
    known = frozenset(value for value in known if value.strip())
    if not known or not spans:
        return list(spans)
    literals = re.compile(
        r"(?<!\w)(?:{})(?!\w)".format(
            "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
        ),
        re.IGNORECASE,
    )
    covered = [match.span() for match in literals.finditer(text)]
    words = {w.casefold() for value in known for w in _WORD.findall(value) if len(w) > 1}
    starts, ends = [start for start, _ in covered], [end for _, end in covered]
    days = frozenset(day for value in known for day in days_in(value))
    left: list[Span] = []
    for span in spans:
        if (
            days
            and span.entity_type == "DATE_TIME"
            and says_only(text[span.start : span.end], days)
        ):
            continue
        touched = covered[bisect_right(ends, span.start) : bisect_left(starts, span.end)]
        if any(start <= span.start and span.end <= end for start, end in touched):
            continue
        if span.entity_type not in _WORDED:
            left.append(span)
            continue
        marks = [(max(a, span.start), min(b, span.end)) for a, b in touched]
        marks += [
            m.span()
            for m in _WORD.finditer(text, span.start, span.end)
            if m.group().casefold() in words
        ]
        left += _without(text, span, marks) if marks else [span]
    return left


def _without(text: str, span: Span, marks: Iterable[tuple[int, int]]) -> list[Span]:
    """The parts of a span between the marks that still name something."""
    rest, start = [], span.start
    for begin, end in [*sorted(marks), (span.end, span.end)]:
        if begin > start:
            tokens = [
                m for m in re.finditer(r"\w+", text[start:begin]) if not is_particle(m.group())
            ]
            if tokens:
                rest.append(
                    span._replace(start=start + tokens[0].start(), end=start + tokens[-1].end())
                )
        start = max(start, end)
    return rest
