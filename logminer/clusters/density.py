"""HDBSCAN on many rows: the same tree for the same rows, whatever the machine's number of cores, in about linear time.

hdbscan's own search for neighbours is quadratic at the widths that embeddings need, and the fast ports differ from run
to run. Here neighbours come from a seeded partition into cells, the spanning tree from the graph of neighbours, and
only then hdbscan condenses the tree and picks its leaves.
"""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

__all__ = ["dense_groups", "nearest_neighbours", "spanning_tree"]

Points = NDArray[np.float32]
Edges = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]

NEIGHBOURS = 24  # edges of a row in the graph; at 32 nothing changes, at 8 clusters are lost
CELL = 96  # rows of a cell, about
PROBED = 32  # cells that a row's neighbours are looked for in; finds 95 % of them on real responses
EXACT = 4096  # up to so many rows there is one cell, and nothing is missed
ROUNDS = 4  # of k-means, that makes the cells
ENVOYS = 1000  # rows that look for edges between parts of the graph that no neighbour joins
ROWS_AT_ONCE = 2048
# Distances are rounded: below this, products of float32 no longer tell rows apart, and copies would form groups.
FINEST = 1e-3
DECIMALS = 6


def dense_groups(
    points: Points, *, min_cluster_size: int, min_samples: int, seed: int
) -> NDArray[np.int64]:
    """The leaf of HDBSCAN's tree that each row lies in, −1 for none.

    Args:
        points: `[n, d]`.
        min_cluster_size: rows of the smallest leaf.
        min_samples: the neighbour whose distance is a row's core distance.
        seed: of the cells.

    Source: Campello, Moulavi & Sander 2013, doi:10.1007/978-3-642-37456-2_14; the tree is condensed by hdbscan.
    """
    n = len(points)
    if n < 2 * min_cluster_size:
        return np.full(n, -1)
    from hdbscan import HDBSCAN

    one, other, length = spanning_tree(points, min_samples=min_samples, seed=seed)
    ends = np.r_[one, other], np.r_[other, one]
    tree = csr_matrix((np.r_[length, length], ends), shape=(n, n))
    # A tree's edges are its only distances, and with one neighbour they are mutual reachability distances already.
    model = HDBSCAN(
        min_cluster_size=min_cluster_size,
        min_samples=1,
        metric="precomputed",
        cluster_selection_method="leaf",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(model.fit_predict(tree), np.int64)


def spanning_tree(points: Points, *, min_samples: int, seed: int) -> Edges:
    """A spanning tree of least mutual reachability distance, over the graph of nearest neighbours.

    Where that graph falls apart its parts are joined by the shortest edges that some rows of each find.

    Returns:
        Of n − 1 edges both ends and the length.
    """
    n = len(points)
    distance, neighbour = nearest_neighbours(points, min(NEIGHBOURS, n - 1), seed)
    core = distance[:, min(min_samples, distance.shape[1]) - 1]
    one = np.repeat(np.arange(n), distance.shape[1])
    other, known = neighbour.ravel(), neighbour.ravel() >= 0
    length = _rounded(np.maximum(np.maximum(distance.ravel(), core[one]), core[other]))
    # Which of the two ends found an edge is no part of it.
    graph = csr_matrix((length[known], (one[known], other[known])), shape=(n, n))
    edges = _tree(graph.maximum(graph.T))
    square = np.einsum("ij,ij->i", points, points)
    while True:
        one, other, length = edges
        joined = csr_matrix((np.ones(len(one)), (one, other)), shape=(n, n))
        count, part = connected_components(joined, directed=False)
        if count == 1:
            return edges
        found = _bridges(points, square, core, count, part)
        whole = [np.r_[a, b] for a, b in zip(edges, found, strict=True)]
        ends = np.minimum(whole[0], whole[1]), np.maximum(whole[0], whole[1])
        edges = _tree(csr_matrix((whole[2], ends), shape=(n, n)))


def _tree(graph: csr_matrix) -> Edges:
    tree = minimum_spanning_tree(graph).tocoo()
    return tree.row.astype(np.int64), tree.col.astype(np.int64), tree.data.astype(np.float64)


def _rounded(length: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.maximum(np.round(length.astype(np.float64), DECIMALS), FINEST)


def _bridges(
    points: Points, square: Points, core: Points, count: int, part: NDArray[np.int32]
) -> Edges:
    """The shortest edge that leads out of each part but the largest."""
    order = np.argsort(part, kind="stable")
    bounds = np.searchsorted(part[order], np.arange(count + 1))
    largest = int(np.argmax(np.diff(bounds)))
    most = max(2, ENVOYS // count)
    edges: list[tuple[int, int, float]] = []
    for number in range(count):
        if number == largest:
            continue
        members = order[bounds[number] : bounds[number + 1]]
        places = np.linspace(0, len(members) - 1, min(most, len(members))).astype(np.int64)
        envoys = members[np.unique(places)]
        distance = _distances(points, square, envoys, slice(None))
        reach = np.maximum(np.maximum(distance, core[envoys][:, None]), core[None])
        reach[:, members] = np.inf
        at, to = np.unravel_index(int(reach.argmin()), reach.shape)
        edges.append((int(envoys[at]), int(to), float(reach[at, to])))
    one, other, length = (np.array(column) for column in zip(*edges, strict=True))
    return one, other, _rounded(length)


def nearest_neighbours(points: Points, k: int, seed: int) -> tuple[Points, NDArray[np.int64]]:
    """Distances and places `[n, k]` of each row's k nearest others, nearest first.

    Exact up to 4,096 rows; of more rows only the nearest cells are searched. Where those hold too few, inf and −1.

    Args:
        points: `[n, d]`.
        k: below n.
        seed: of the cells.
    """
    n = len(points)
    centres, cell = _cells(points, seed)
    order = np.argsort(cell, kind="stable")
    bounds = np.searchsorted(cell[order], np.arange(len(centres) + 1))
    members = [order[bounds[c] : bounds[c + 1]] for c in range(len(centres))]
    square = np.einsum("ij,ij->i", points, points)
    apart = np.einsum("ij,ij->i", centres, centres)
    distance = np.full((n, k), np.inf, np.float32)
    neighbour = np.full((n, k), -1, np.int64)
    for number, mine in enumerate(members):
        far_off = apart - 2 * centres @ centres[number]
        # Itself first: of rows that are alike many centres are the same, and all but one of them empty.
        far_off[number] = -np.inf
        near = np.argsort(far_off, kind="stable")[:PROBED]
        others = np.sort(np.concatenate([members[c] for c in near]))
        some = min(k, len(others) - 1)
        for start in range(0, len(mine) if some else 0, ROWS_AT_ONCE):
            rows = mine[start : start + ROWS_AT_ONCE]
            each = np.arange(len(rows))[:, None]
            far = _distances(points, square, rows, others)
            far[each[:, 0], np.searchsorted(others, rows)] = np.inf  # itself
            picked = np.argpartition(far, some - 1, axis=1)[:, :some]
            picked = picked[each, np.argsort(far[each, picked], axis=1, kind="stable")]
            distance[rows, :some], neighbour[rows, :some] = far[each, picked], others[picked]
    return distance, neighbour


def _distances(
    points: Points, square: Points, rows: NDArray[np.int64], others: NDArray[np.int64] | slice
) -> Points:
    """Euclidean distances `[rows, others]`."""
    squared: Points = points[rows] @ points[others].T
    squared *= -2
    squared += square[rows][:, None]
    squared += square[others]
    np.maximum(squared, 0, out=squared)
    np.sqrt(squared, out=squared)
    return squared


def _cells(points: Points, seed: int) -> tuple[Points, NDArray[np.int64]]:
    """Centres of cells and the cell of each row: k-means on a sample, in its few first rounds."""
    n = len(points)
    if n <= EXACT:
        return points.mean(axis=0, keepdims=True), np.zeros(n, np.int64)
    count = n // CELL
    some = points[np.random.default_rng(seed).permutation(n)[: 32 * count]]
    centres = some[:count].copy()
    for _ in range(ROUNDS):
        cell = _nearest_centre(some, centres)
        order = np.argsort(cell, kind="stable")
        ids, starts = np.unique(cell[order], return_index=True)
        sums = np.add.reduceat(some[order], starts, axis=0)
        centres[ids] = sums / np.diff([*starts, len(some)])[:, None]
    return centres, _nearest_centre(points, centres)


def _nearest_centre(points: Points, centres: Points) -> NDArray[np.int64]:
    half = np.einsum("ij,ij->i", centres, centres) / 2
    nearest = np.empty(len(points), np.int64)
    for start in range(0, len(points), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        nearest[rows] = (points[rows] @ centres.T - half).argmax(axis=1)
    return nearest
