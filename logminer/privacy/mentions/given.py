"""What stands in place of somebody already, told again in an answer: to be left alone, however it is written there."""

from __future__ import annotations

import re
from collections.abc import Sequence

from logminer.privacy.mentions.found import FoundValues
from logminer.privacy.mentions.mentions import mentions
from logminer.privacy.redact import spare
from logminer.privacy.spans import Span

__all__ = ["GivenSurrogates"]

_BEHIND = re.compile(r"(?:['’]?s|\d{0,2}@example\.org)?", re.IGNORECASE)  # a name


class GivenSurrogates:
    """The surrogates that a model has seen.

    Args:
        known: as they stand in its prompt.
    """

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known
        self._names = FoundValues(b"")  # it is not kept
        names = (value for value in sorted(known) if not any(map(str.isdigit, value)))
        self._names.gather([("PERSON", name, True) for name in names])

    def spare(self, text: str, spans: Sequence[Span]) -> list[Span]:
        """`spans` of `text` without these, nor what spells one of their names: "ortegas", "matthews_ortega"."""
        spans = spare(text, spans, self._known)
        if not spans:
            return spans
        told = [(said.start, said.end) for said in mentions(text, self._names)]
        return [span for span in spans if not _is_told(text, span, told)]


def _is_told(text: str, span: Span, told: Sequence[tuple[int, int]]) -> bool:
    return any(
        start <= span.start < end and _BEHIND.fullmatch(text, min(end, span.end), span.end)
        for start, end in told
    )
