"""A found span, and how certain it can be."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CERTAIN", "UNANALYSED", "Span"]

CERTAIN = 1.0  # score of a span that no profile may drop
# The type of a run of letters in a script that no model at hand reads; of a whole text: it is withheld.
UNANALYSED = "UNANALYSED"


class Span(NamedTuple):
    """A found span: offsets in characters, end exclusive; `score` in (0, 1]."""

    start: int
    end: int
    entity_type: str
    score: float = CERTAIN
