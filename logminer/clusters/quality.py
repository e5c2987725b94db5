"""What a map is worth: whether its clusters are found again on other users, and how well its density parts them."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from logminer.clusters.choosing import MOST_ROWS, drawn_again
from logminer.clusters.components import reduced
from logminer.clusters.finding import find_again
from logminer.clusters.map import NOISE, ClusterMap
from logminer.clusters.options import ClusterOptions
from logminer.clusters.overlap import overlap
from logminer.clusters.sample import Sample

__all__ = ["STABLE", "density_validity", "stability"]

STABLE = 0.6  # below this a cluster is not found again reliably: Hennig 2007
VALIDITY_ROWS = 2000


def stability(
    options: ClusterOptions, sample: Sample, found: ClusterMap, *, refits: int
) -> NDArray[np.float64]:
    """How well each cluster is found again when clusters are found on a bootstrap sample of the users.

    For each of `refits` draws of as many users with replacement: the Jaccard overlap of the cluster with the one that
    is most like it, over the rows of the users drawn (each row once). Rows of unknown users stand for themselves.

    Returns:
        `[k]` means over the draws, in [0, 1]; NaN without refits.

    Source: Hennig 2007, Comput. Stat. Data Anal. 52:258, with users in place of rows.
    """
    best = np.full((refits, found.size), np.nan)
    # Bounded where the way is fast for any number of rows: what is found again on fewer holds on more.
    whole = sample.first(MOST_ROWS) if found.divided else sample
    known = _which(found, whole.vectors)
    times = refits if found.size else 0
    for number, drawn in enumerate(drawn_again(whole.users, options.seed, times)):
        rows = np.flatnonzero(drawn)
        part = whole.take(rows)
        again = find_again(options, part, found, share=len(rows) / len(drawn))
        both = overlap(
            known[rows], _which(again, part.vectors), found.ids.tolist(), again.ids.tolist()
        )
        best[number] = both.jaccard.max(axis=1, initial=0.0)
    return np.asarray(best.mean(axis=0)) if refits else np.full(found.size, np.nan)


def _which(found: ClusterMap, vectors: NDArray[np.float32]) -> NDArray[np.int32]:
    """The cluster of each row; on a map that divides all rows the nearest, however surely."""
    placed = found.place(vectors)
    return placed.nearest if found.divided else placed.cluster


def density_validity(options: ClusterOptions, sample: Sample, found: ClusterMap) -> float | None:
    """How much denser clusters are inside than between them, in [−1, 1]; None with fewer than two clusters.

    Measured on at most 2,000 rows of the sample that are placed, in the components that density was measured in.

    Source: DBCV, Moulavi et al. 2014, doi:10.1137/1.9781611973440.96, as hdbscan computes it.
    """
    placed = found.place(sample.vectors).cluster
    rows = np.flatnonzero(placed != NOISE)[:VALIDITY_ROWS]
    label = placed[rows].astype(np.int64)
    ids, counts = np.unique(label, return_counts=True)
    kept = np.isin(label, ids[counts > 2])
    if len(np.unique(label[kept])) < 2:
        return None
    from hdbscan.validity import validity_index

    with threadpool_limits(limits=1), warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        points = reduced(sample.vectors, options.reduce_to, rows[kept]).astype(np.float64)
        points += np.random.default_rng(options.seed).normal(scale=1e-6, size=points.shape)
        _, label = np.unique(label[kept], return_inverse=True)
        value = float(validity_index(points, label))
    return value if np.isfinite(value) else None
