"""Cuts texts into cuttings that can be looked at in bounded time."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Cutting", "Unanalysable", "cut"]


class Unanalysable(Exception):
    """A text that cannot be analysed in bounded time; `reason` is a rejection reason, never text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


PIECE, OVERLAP = 12_000, 500  # Presidio's search for context words is quadratic in a cutting
LONGEST_RUN = 2_000  # characters without a space; spaCy's tokenizer is quadratic in them
MOST_HOST_STEPS = 5_000_000  # of Presidio's URL patterns, some 20 µs each

_ENDLESS = re.compile(r"(.{1,3}?)\1{150,}", re.DOTALL)
_HOST_RUN = re.compile(r"[a-zA-Z0-9.-]{254,}")
_LONG_RUN = re.compile(rf"\S{{{LONGEST_RUN + 1}}}")


class Cutting(NamedTuple):
    """A part of a text, from `offset` on."""

    offset: int
    content: str


def cut(text: str) -> list[Cutting]:
    """Overlapping cuttings of a text, cut at spaces, without the middles of endless repetitions or empty ones.

    Raises:
        Unanalysable: Presidio's patterns would take minutes.
    """
    cuttings, start = list[Cutting](), 0
    for endless in _ENDLESS.finditer(text) if _may_be_endless(text) else ():
        if endless.end() - endless.start() > 3 * OVERLAP:
            cuttings += _cut(text, start, endless.start() + OVERLAP)
            start = endless.end() - OVERLAP
    cuttings += _cut(text, start, len(text))
    steps = sum(
        len(run.group()) * min(run.group().count("."), 253)
        for cutting in cuttings
        for run in _HOST_RUN.finditer(cutting.content)
    )
    if steps > MOST_HOST_STEPS:
        raise Unanalysable("analysis_timeout")
    return [cutting for cutting in cuttings if any(c.isalnum() for c in cutting.content)]


def _may_be_endless(text: str) -> bool:
    """Whether `_ENDLESS` may find something: wherever 151 characters repeat one to three, the next ones are as those six before."""
    return len(text) > 450 and any(
        text[at : at + 60] == text[at + 6 : at + 66] for at in range(0, len(text) - 60, 70)
    )


def _cut(text: str, start: int, end: int) -> list[Cutting]:
    cuttings = []
    while end - start > LONGEST_RUN:
        stop = min(start + PIECE, end)
        if stop < end:
            space = max(text.rfind("\n", start + PIECE // 2, stop), start)
            stop = space if space > start else max(text.rfind(" ", start + PIECE // 2, stop), start)
            stop = stop if stop > start else start + LONGEST_RUN
        if long_run := _LONG_RUN.search(text, start, stop):
            stop = max(long_run.start(), start + LONGEST_RUN)
        cuttings.append(Cutting(start, text[start:stop]))
        if stop >= end:
            return cuttings
        start = max(stop - OVERLAP, start + 1)
    cuttings.append(Cutting(start, text[start:end]))
    return cuttings
