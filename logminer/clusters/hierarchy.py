"""Levels above the clusters, to browse by: clusters that say like things under one parent.

HDBSCAN's own tree is no table of contents: on 20,000 real responses it is a chain, its 89 leaves 37 steps deep at the
median. Parents are therefore made from the clusters' centres, by Ward's linkage: average linkage leaves most alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.clusters.map import ClusterMap

__all__ = ["Parent", "parents"]

CHILDREN = 5  # of a parent, on average
FEWEST = 6  # nodes of a level that are worth parents
LEVELS = 2


class Parent(NamedTuple):
    """One node above the clusters."""

    parent_id: int
    level: int  # 1 stands above clusters, 2 above level 1
    above: int | None  # its own parent
    clusters: tuple[int, ...]  # ids of all clusters under it
    fit_size: int  # responses of the fit in those
    terms: tuple[str, ...]


def parents(found: ClusterMap, terms: Mapping[int, tuple[str, ...]], *, count: int) -> list[Parent]:
    """Up to two levels above the clusters of a map, each with a fifth of the nodes of the level below.

    Ids run from 0, level after level, and within a level from the most responses to the fewest.

    Args:
        terms: leading terms of each cluster.
        count: terms of a parent at most: those that most of its clusters share, then its largest cluster's. They are
            its clusters' terms, so as many people stand behind them.
    """
    sizes = np.array(found.fit_sizes[:-1])
    made: list[Parent] = []
    nodes = [np.array([place]) for place in range(found.size)]  # places in the map, of each node
    for level in range(1, LEVELS + 1):
        if len(nodes) < FEWEST:
            break
        first = len(made)
        below = range(first - len(nodes), first) if level > 1 else range(0)
        grouped = _grouped([_centre(found, sizes, node) for node in nodes])
        grouped.sort(key=lambda group: -sum(int(sizes[nodes[i]].sum()) for i in group))
        for number, group in enumerate(grouped):
            for child in group if below else ():
                made[below[child]] = made[below[child]]._replace(above=first + number)
            under = np.sort(np.concatenate([nodes[i] for i in group]))
            ids = tuple(found.ids[under].tolist())
            largest_first = [ids[i] for i in np.argsort(-sizes[under], kind="stable")]
            shared = _shared([terms.get(c, ()) for c in largest_first], count)
            made.append(Parent(first + number, level, None, ids, int(sizes[under].sum()), shared))
        nodes = [np.concatenate([nodes[i] for i in group]) for group in grouped]
    return made


def _centre(
    found: ClusterMap, sizes: NDArray[np.int64], node: NDArray[np.int64]
) -> NDArray[np.float64]:
    total = sizes[node].astype(np.float64) @ found.centres[node].astype(np.float64)
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-12))


def _grouped(centres: Sequence[NDArray[np.float64]]) -> list[list[int]]:
    """Nodes in groups by Ward's linkage of their centres."""
    from scipy.cluster.hierarchy import fcluster, linkage

    tree = linkage(np.round(np.stack(centres), 6), method="ward")
    label = fcluster(tree, max(2, round(len(centres) / CHILDREN)), criterion="maxclust")
    return [np.flatnonzero(label == group).tolist() for group in np.unique(label)]


def _shared(terms: Sequence[tuple[str, ...]], count: int) -> tuple[str, ...]:
    """Terms by how many of the lists hold them, then in the order in which they come; no word twice."""
    order = [term for words in terms for term in words]
    often = Counter(order)
    chosen: list[str] = []
    words: set[str] = set()
    for term in sorted(often, key=lambda t: -often[t]):  # stable, and a counter keeps the order
        if words.isdisjoint(term.split()):
            chosen.append(term)
            words.update(term.split())
    return tuple(chosen[:count])
