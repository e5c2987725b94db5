"""How far the clusters of two maps hold the same rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Overlap", "overlap"]


class Overlap(NamedTuple):
    """Rows of clusters of one map, of clusters of another, and of each two of them together."""

    shared: NDArray[np.int64]  # [k, l]
    sizes: NDArray[np.int64]  # [k] of the clusters of the one map
    others: NDArray[np.int64]  # [l] of those of the other

    @property
    def jaccard(self) -> NDArray[np.float64]:
        """`[k, l]` rows in both over rows in either, in [0, 1]."""
        either = self.sizes[:, None] + self.others - self.shared
        return np.asarray(self.shared / np.maximum(either, 1))


def overlap(
    one: NDArray[np.int32], other: NDArray[np.int32], ids: list[int], other_ids: list[int]
) -> Overlap:
    """Count.

    Args:
        one: `[n]` the cluster of each row on one map.
        other: `[n]` its cluster on the other.
        ids: the clusters of the one map that count, in the order of the result; the rest, as noise, does not.
        other_ids: those of the other.
    """
    shared = np.zeros((len(ids) + 1, len(other_ids) + 1), np.int64)
    np.add.at(shared, (_places(one, ids), _places(other, other_ids)), 1)
    return Overlap(shared[:-1, :-1], shared[:-1].sum(axis=1), shared[:, :-1].sum(axis=0))


def _places(placed: NDArray[np.int32], ids: list[int]) -> NDArray[np.int64]:
    """The place of each row's cluster in `ids`, behind the last where it is none of them."""
    place = {cluster: i for i, cluster in enumerate(ids)}
    unique, inverse = np.unique(placed, return_inverse=True)
    return np.array([place.get(c, len(ids)) for c in unique.tolist()], np.int64)[inverse]
