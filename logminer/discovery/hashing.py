"""Hashes of runs of tokens, one token after the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Hashes", "scattered", "with_next"]

Hashes = NDArray[np.uint64]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def scattered(values: Hashes) -> Hashes:
    """A permutation of the numbers of 64 bits in which every bit hangs on every other.

    Source: Steele, Lea & Flood 2014, OOPSLA 49:453 (SplitMix64).
    """
    values = values + GOLDEN
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        values ^= values >> np.uint64(shift)
        values *= np.uint64(factor)
    values ^= values >> np.uint64(31)
    return values


def with_next(hashes: Hashes, values: Hashes) -> Hashes:
    """Of runs that go on by one token each: its scattered number."""
    return hashes * GOLDEN + values
