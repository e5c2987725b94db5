"""What a measure is."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from logminer.discovery.measures.reading import ReadText

__all__ = ["RESPONSES", "Measure"]

RESPONSES = "share of responses"


class Measure(NamedTuple):
    """One number of a text.

    Attributes:
        name: as in the column `feature`.
        unit: of the number: 'share of …' lies in [0, 1]; anything else is a count ≥ 0 without a bound.
        doc: what is measured, as a person reads it: of a share of responses, what such a response does.
        of: the number; never nan.
    """

    name: str
    unit: str
    doc: str
    of: Callable[[ReadText], float]

    @property
    def is_share(self) -> bool:
        """Whether it lies in [0, 1]."""
        return self.unit.startswith("share of ")
