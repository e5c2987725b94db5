"""A found span, and how certain it can be."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CERTAIN", "Span"]

CERTAIN = 1.0  # score of a span that no profile may drop


class Span(NamedTuple):
    """A found span: offsets in characters, end exclusive; `score` in (0, 1]."""

    start: int
    end: int
    entity_type: str
    score: float = CERTAIN
