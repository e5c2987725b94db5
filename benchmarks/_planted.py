"""Unit vectors whose clusters are known. numpy only, so that a peer's interpreter can make them too."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["planted", "unit"]

WIDTH = 384
CLUSTERS = 60
EXPONENT = 0.8
BACKGROUND = 0.1
SPREAD = 1.5  # length of a row's own part beside a centre of length 1
ROWS_AT_ONCE = 10_000


def planted(
    n: int, *, pairs: int = 10, seed: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Vectors `[n, 384]` and their clusters: 60 of Zipf-distributed size, 10 % background (−1).

    Args:
        pairs: of close centres, that overlap; 0 is the easy variant.
    """
    random = np.random.default_rng(seed)
    centres = unit(random.normal(size=(CLUSTERS, WIDTH)))
    for pair in range(pairs):
        one, other = centres[2 * pair], centres[2 * pair + 1]
        centres[2 * pair + 1] = unit((0.6 * one + 0.4 * other)[None])[0]
    weights = 1 / np.arange(1, CLUSTERS + 1) ** EXPONENT
    drawn = random.choice(CLUSTERS, n, p=weights / weights.sum())
    truth = np.where(random.random(n) < BACKGROUND, -1, drawn)
    rows = np.empty((n, WIDTH), np.float32)
    for start in range(0, n, ROWS_AT_ONCE):
        some = truth[start : start + ROWS_AT_ONCE]
        own = random.normal(size=(len(some), WIDTH))
        said = centres[some] + SPREAD * own / np.sqrt(WIDTH)
        rows[start : start + ROWS_AT_ONCE] = unit(np.where(some[:, None] < 0, own, said))
    return rows, truth


def unit(rows: NDArray[Any]) -> NDArray[np.float32]:
    """Each row divided by its length."""
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)
