"""Vectors in a plane in which neighbours stay neighbours, the same for a seed whatever the number of cores.

t-SNE with its two costly sums made cheap: attraction along the graph of nearest neighbours, repulsion through a grid. All
in one thread, since a sum that many threads share differs in its last bits, and a layout amplifies those. Of many rows a
sample is laid out, and each other row lies among its neighbours in it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree
from threadpoolctl import threadpool_limits

from logminer.clusters.components import components
from logminer.clusters.density import nearest_neighbours

__all__ = ["SAMPLE", "LayoutMethod", "lay_out", "neighbour_purity"]

LayoutMethod = Literal["tsne", "pca"]
Vectors = NDArray[np.float32]
Places = NDArray[np.float64]

SAMPLE = 10_000  # rows that are laid out; the others are placed among them
WIDTH = 50  # principal components in which neighbours are looked for
NEIGHBOURS = 15  # of a row; each pulls alike, which lays out as perplexities do (Böhm et al. 2022)
EARLY, LATE = 150, 350  # steps with the pull exaggerated, and without
EXAGGERATED = 12.0
START = 1e-2  # spread of the first places
STEP, SLOWEST = 12.0, 4.0  # rows for each unit of the rate of learning, and the least rate
NODES, SPACING = (
    4,
    0.5,
)  # of the grid: nodes about a row along each axis, and how far they lie apart
LEAST_CELLS, MOST_CELLS = 24, 400
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

    Source: van der Maaten & Hinton 2008; repulsion by Linderman et al. 2019, doi:10.1038/s41592-018-0308-4; uniform
    affinities by Böhm, Berens & Kobak 2022, jmlr.org/papers/v23/21-0055.html.
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
    """t-SNE of all rows: steps along the gradient, each axis of each row at a pace of its own."""
    n = len(scores)
    pull = _affinities(scores, seed)
    places = _plane(scores)
    places *= START / max(1e-12, float(places[:, 0].std()))
    places += np.random.default_rng(seed).normal(size=places.shape) * START / 10  # copies part
    speed, gain = np.zeros_like(places), np.ones_like(places)
    rate = max(n / STEP, SLOWEST)
    for step in range(EARLY + LATE):
        early = step < EARLY
        force = _attraction(pull, places) * (EXAGGERATED if early else 1.0) - _repulsion(places)
        gain = np.where((force > 0) == (speed > 0), gain + 0.2, gain * 0.8).clip(0.01)
        speed = (0.5 if early else 0.8) * speed + 4 * rate * gain * force
        places = places + speed
        places -= places.mean(axis=0)
    return places


def _affinities(scores: Vectors, seed: int) -> csr_matrix:
    """How much each two rows belong together; they sum to 1. Neighbours do, more so where each is the other's."""
    n, k = len(scores), min(NEIGHBOURS, len(scores) - 1)
    _, neighbour = nearest_neighbours(scores, k, seed)
    known = neighbour.ravel() >= 0
    one, other = np.repeat(np.arange(n), k)[known], neighbour.ravel()[known]
    graph = csr_matrix((np.ones(len(one)), (one, other)), shape=(n, n))
    graph = (graph + graph.T).tocsr()
    graph.data /= max(1.0, graph.data.sum())
    return graph


def _attraction(pull: csr_matrix, places: Places) -> Places:
    """The force by which each row is pulled to those it belongs to."""
    rows = np.repeat(np.arange(len(places)), np.diff(pull.indptr))
    apart = places[pull.indices] - places[rows]
    weight = pull.data / (1 + np.einsum("ij,ij->i", apart, apart))
    weights = csr_matrix((weight, pull.indices, pull.indptr), shape=pull.shape)
    total = np.add.reduceat(weight, pull.indptr[:-1]) if len(weight) else np.zeros(len(places))
    return np.asarray(weights @ places - total[:, None] * places)


def _repulsion(places: Places) -> Places:
    """The force that keeps all rows apart, negative: sums over all others, convolved on a grid about the rows."""
    low = places.min(axis=0)
    extent = float((places.max(axis=0) - low).max())
    cells = int(np.clip(np.ceil(extent / SPACING), LEAST_CELLS, MOST_CELLS))
    grid = _Grid.over(places - low, max(extent, 1e-9) / cells, cells + NODES)
    charges = np.column_stack([np.ones(len(places)), places])
    first, second = grid.kernels()
    on_grid = fft.rfft2(grid.collected(charges), s=grid.padded, axes=(0, 1))
    closeness = grid.handed_out(first[:, :, None] * on_grid[:, :, :1])[:, 0]
    squares = grid.handed_out(second[:, :, None] * on_grid)
    total = max(float(closeness.sum()) - len(places), 1e-12)  # all pairs but each row and itself
    return (squares[:, 1:] - squares[:, :1] * places) / total


class _Grid(NamedTuple):
    """Nodes of a square, and the share that each row has in the nodes about it."""

    shares: csr_matrix  # [n, side²]
    side: int
    spacing: float

    @classmethod
    def over(cls, places: Places, spacing: float, side: int) -> _Grid:
        """Rows of which no coordinate is below 0; polynomials of third degree between nodes."""
        at = places / spacing
        first = np.minimum(np.floor(at), side - NODES).astype(np.int64)
        inner = at - first + 1  # the row lies between the second and the third of its nodes
        nodes = np.arange(NODES)
        weights = np.ones((len(places), 2, NODES))
        for node in nodes:
            for other in nodes[nodes != node]:
                weights[:, :, node] *= (inner - other) / (node - other)
        shares = weights[:, 0, :, None] * weights[:, 1, None, :]
        columns = (first[:, 0, None] + nodes)[:, :, None] * side + (first[:, 1, None] + nodes)[
            :, None
        ]
        starts = np.arange(len(places) + 1) * NODES**2
        shape = len(places), side * side
        return cls(csr_matrix((shares.ravel(), columns.ravel(), starts), shape), side, spacing)

    @property
    def padded(self) -> tuple[int, int]:
        """The size at which a convolution does not wrap around."""
        size = fft.next_fast_len(2 * self.side - 1, real=True)
        return size, size

    def kernels(self) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """Transforms of 1 / (1 + d²) and of its square, d the distance of two nodes."""
        size = self.padded[0]
        away = np.minimum(np.arange(size), size - np.arange(size)) * self.spacing
        close = 1 / (1 + away[:, None] ** 2 + away[None] ** 2)
        return fft.rfft2(close), fft.rfft2(close * close)

    def collected(self, charges: Places) -> Places:
        """What rows bring to the nodes, `[side, side, c]`."""
        return np.asarray(self.shares.T @ charges).reshape(self.side, self.side, -1)

    def handed_out(self, transformed: NDArray[np.complex128]) -> Places:
        """What rows get of the nodes, `[n, c]`."""
        nodes = fft.irfft2(transformed, s=self.padded, axes=(0, 1))[: self.side, : self.side]
        return np.asarray(self.shares @ nodes.reshape(self.side * self.side, -1))


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
