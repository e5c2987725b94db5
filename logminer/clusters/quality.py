"""What a map is worth: whether its clusters are found again on other users, and how well its density parts them."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from logminer.clusters.finding import find, reduced
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
    users = [user or f"\0{number}" for number, user in enumerate(sample.users)]
    _, user = np.unique(users, return_inverse=True)
    known = found.place(sample.vectors).cluster
    for number in range(refits if found.size else 0):
        random = np.random.default_rng([options.seed, number])
        count = int(user.max()) + 1
        drawn = np.zeros(count, bool)
        drawn[random.integers(count, size=count)] = True
        rows = np.flatnonzero(drawn[user])
        part = Sample(
            [sample.response_ids[i] for i in rows],
            [sample.users[i] for i in rows],
            sample.vectors[rows],
        )
        fewer = max(2, round(options.min_cluster_size * len(rows) / len(user)))
        again = find(options.model_copy(update={"min_cluster_size": fewer}), part, found.map_id)
        both = overlap(
            known[rows], again.place(part.vectors).cluster, found.ids.tolist(), again.ids.tolist()
        )
        best[number] = both.jaccard.max(axis=1, initial=0.0)
    return np.asarray(best.mean(axis=0)) if refits else np.full(found.size, np.nan)


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
