"""Counts that may be released, and how they add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["BASE", "Cell", "Counts", "Cube", "Sum", "rounded"]

Counts = NDArray[np.int64]
BASE = 5  # what released counts are multiples of


class Cell(NamedTuple):
    """What is counted: a table, and the coordinates in it by name.

    Two releases count the same thing where their cells are equal.
    """

    table: str
    at: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"{self.table} [{', '.join(f'{name} {value}' for name, value in self.at)}]"


class Sum(NamedTuple):
    """A whole is the sum of its parts; places in `Cube.cells`. No prompt is in two parts."""

    whole: int
    parts: tuple[int, ...]


class Cube(NamedTuple):
    """Every count of a release, shown or not.

    Attributes:
        cells: each once.
        counts: [cells] drawn prompts, exact.
        sums: all that tie them.
        also: other cells that are of the very same prompts, each with the place of the one that stands for it.
    """

    cells: tuple[Cell, ...]
    counts: Counts
    sums: tuple[Sum, ...]
    also: Mapping[Cell, int] = MappingProxyType({})

    def read(self, told: NDArray[np.bool_]) -> dict[Cell, int | None]:
        """What readers see of it: each cell, and each of `also`, with its rounded count, or None where it is not told."""
        counts = rounded(self.counts).tolist()
        seen = [n if is_told else None for n, is_told in zip(counts, told.tolist(), strict=True)]
        found = dict(zip(self.cells, seen, strict=True))
        return found | {cell: seen[place] for cell, place in self.also.items()}

    def sums_read(self) -> tuple[Sum, ...]:
        """All that ties what is `read`, by places in that."""
        alike = enumerate(self.also.values(), len(self.cells))
        return (*self.sums, *(Sum(place, (stands,)) for place, stands in alike))


def rounded(counts: Counts | Sequence[int], base: int = BASE) -> Counts:
    """The nearest multiple of `base`; with an odd base there is one, and the count lies within (base − 1)/2 of it."""
    return (np.asarray(counts, np.int64) + base // 2) // base * base
