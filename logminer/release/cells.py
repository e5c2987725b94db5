"""Counts that may be released, and how they add up."""

from __future__ import annotations

from collections.abc import Sequence
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
    """

    cells: tuple[Cell, ...]
    counts: Counts
    sums: tuple[Sum, ...]


def rounded(counts: Counts | Sequence[int], base: int = BASE) -> Counts:
    """The nearest multiple of `base`; with an odd base there is one, and the count lies within (base − 1)/2 of it."""
    return (np.asarray(counts, np.int64) + base // 2) // base * base
