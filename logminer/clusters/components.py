"""Principal components of vectors, and the directions of rows in them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["components", "directions", "reduced"]

Vectors = NDArray[np.float32]
ROWS_AT_ONCE = 8192


def components(vectors: Vectors, width: int, rows: NDArray[np.int64] | None = None) -> Vectors:
    """Scores `[n, ≤ width]` on the leading principal components, the first of the most variance.

    Args:
        vectors: `[n, d]`, not empty, whose components they are.
        width: components.
        rows: those that are wanted; all where it is left out.
    """
    d = vectors.shape[1]
    mean = vectors.mean(axis=0, dtype=np.float64)
    covariance = np.zeros((d, d))
    for start in range(0, len(vectors), ROWS_AT_ONCE):
        some = vectors[start : start + ROWS_AT_ONCE] - mean
        covariance += some.T @ some
    axes = np.linalg.eigh(covariance)[1][:, ::-1][:, :width]
    wanted = vectors if rows is None else vectors[rows]
    scores = np.empty((len(wanted), axes.shape[1]), np.float32)
    for start in range(0, len(wanted), ROWS_AT_ONCE):
        scores[start : start + ROWS_AT_ONCE] = (wanted[start : start + ROWS_AT_ONCE] - mean) @ axes
    return scores


def directions(scores: Vectors) -> Vectors:
    """Rows scaled to unit length: without that, rows that belong to no cluster lie together near the origin and pass
    for one."""
    return np.asarray(
        scores / np.maximum(np.linalg.norm(scores, axis=1, keepdims=True), 1e-9), np.float32
    )


def reduced(vectors: Vectors, width: int, rows: NDArray[np.int64] | None = None) -> Vectors:
    """`directions` of `components`; the vectors themselves where there are none."""
    return directions(components(vectors, width, rows)) if len(vectors) else vectors
