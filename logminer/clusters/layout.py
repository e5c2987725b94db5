"""Vectors in a plane in which neighbours stay neighbours, the same for a seed whatever the number of cores.

All in one thread, since a sum that many threads share differs in its last bits, and a layout amplifies those. Of many rows
a sample is laid out, and each other row lies among its neighbours in it.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from threadpoolctl import threadpool_limits

from logminer.clusters.components import components

__all__ = ["SAMPLE", "LayoutMethod", "lay_out", "neighbour_purity"]

LayoutMethod = Literal["tsne", "pca"]
Vectors = NDArray[np.float32]
Places = NDArray[np.float64]

SAMPLE = 4000  # rows that are laid out; the others are placed among them
WIDTH = 50  # principal components in which neighbours are looked for
NEIGHBOURS = 15  # of a row, by which purity is measured
PERPLEXITY = 12  # near as many neighbours pull a row
APART = 1e-3  # added to rows of length 1: answers in the same words do not lie on one another
START = 1e-4  # spread of the first places
STEPS = 500
AMONG = 5  # rows of the sample that another row lies among
SPREAD = 0.35  # how far rows placed among the same ones lie apart, over how far those do
ROWS_AT_ONCE = 2048
ASKED = 1000  # rows whose neighbours purity is measured by


def lay_out(
    vectors: Vectors, *, method: LayoutMethod = "tsne", seed: int = 0, sample: int = SAMPLE
) -> Places:
    """Places `[n, 2]` of the rows.

    Args:
        vectors: `[n, d]`, unit length.
        method: tsne keeps neighbours together, and what lies far apart in it means little; pca shows the two directions of
            the most variance, and lays rows over each other that differ in others.
        seed: of the sample, and of where rows lie that are placed among the same others.
        sample: rows that t-SNE lays out at most.

    Source: van der Maaten & Hinton 2008, by trees (van der Maaten 2014); begun from principal components as Kobak & Berens 2019,
    doi:10.1038/s41467-019-13056-x, have it.
    """
    n = len(vectors)
    with threadpool_limits(limits=1):
        if method == "pca" or n <= NEIGHBOURS + 1:  # few are all neighbours
            return _plane(vectors)
        scores = components(vectors, WIDTH)
        rng = np.random.default_rng(seed)
        chosen = np.sort(rng.permutation(n)[:sample])
        found = _spread_out(scores[chosen], seed)
        if len(chosen) == n:
            return found
        places = np.empty((n, 2))
        places[chosen] = found
        others = np.setdiff1d(np.arange(n), chosen, assume_unique=True)
        places[others] = _placed(scores[others], scores[chosen], found, rng)
        return places


def neighbour_purity(
    places: NDArray[np.float32] | Places, clusters: NDArray[np.int32], k: int = NEIGHBOURS
) -> float | None:
    """Share of the k nearest neighbours of rows in a cluster that lie in the same one, in [0, 1]; None without such rows.

    Noise (−1) is nobody's own: its rows are not asked, and as neighbours they are of another cluster. Of more than 1,000
    rows in clusters so many are asked, evenly over them; all are there to be neighbours.

    Args:
        places: `[n, d]`, of a layout or the vectors themselves.
        clusters: `[n]`.
        k: neighbours; of fewer rows all others.
    """
    asked = np.flatnonzero(clusters >= 0)
    k = min(k, len(places) - 1)
    if not len(asked) or k < 1:
        return None
    asked = asked[np.linspace(0, len(asked) - 1, min(ASKED, len(asked))).astype(np.int64)]
    with threadpool_limits(limits=1):
        near = _nearest(places[asked], places, k, itself=asked)
    return float((clusters[near] == clusters[asked][:, None]).mean())


def _plane(vectors: Vectors) -> Places:
    """Two principal components; each points to where its longest row does, as their signs are anybody's."""
    scores = np.zeros((len(vectors), 2))
    if len(vectors):
        found = components(vectors, 2)
        far = found[np.abs(found).argmax(axis=0), np.arange(found.shape[1])]
        scores[:, : found.shape[1]] = found * np.where(far < 0, -1, 1)
    return scores


def _spread_out(scores: Vectors, seed: int) -> Places:
    """t-SNE of all rows, which begin where their principal components have them."""
    from sklearn.manifold import TSNE

    rng = np.random.default_rng(seed)
    scores = scores + (rng.normal(size=scores.shape) * APART).astype(np.float32)
    first = _plane(scores)
    first *= START / max(1e-12, float(first[:, 0].std()))
    perplexity = min(PERPLEXITY, (len(scores) - 1) / 3)
    made = TSNE(
        perplexity=perplexity,
        init=first.astype(np.float32),
        max_iter=STEPS,
        random_state=seed,
        n_jobs=1,
    )
    return np.asarray(made.fit_transform(scores), dtype=np.float64)


def _placed(rows: Vectors, sample: Vectors, found: Places, rng: np.random.Generator) -> Places:
    """Where other rows lie: amid their neighbours in the sample that lie together, each at a place of its own.

    A mean of all neighbours would lie in the void where those are on two islands; a median is on one of them.
    """
    at = _nearest(rows, sample, AMONG)
    near = found[at]
    middle = np.median(near, axis=1)
    closest = ((near - middle[:, None]) ** 2).sum(axis=2).argmin(axis=1)
    amid = (middle + near[np.arange(len(rows)), closest]) / 2
    apart = cKDTree(found).query(found, k=min(AMONG, len(found)))[0][:, -1][at[:, 0]]
    return np.asarray(amid + rng.normal(size=(len(rows), 2)) * SPREAD * apart[:, None])


def _nearest(
    rows: NDArray[np.float32] | Places,
    others: NDArray[np.float32] | Places,
    k: int,
    itself: NDArray[np.int64] | None = None,
) -> NDArray[np.int64]:
    """Places of the k nearest of `others` to each row, nearest first; `itself` is where a row is among them, and left out."""
    half = np.einsum("ij,ij->i", others, others) / 2
    found = np.empty((len(rows), min(k, len(others) - (itself is not None))), np.int64)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        some = slice(start, start + ROWS_AT_ONCE)
        far = half - rows[some] @ others.T
        each = np.arange(len(far))
        if itself is not None:
            far[each, itself[some]] = np.inf
        for place in range(found.shape[1]):  # faster than a partition, of so few
            found[some, place] = far.argmin(axis=1)
            far[each, found[some, place]] = np.inf
    return found
