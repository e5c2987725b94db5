"""Dividing all rows into a number of parts, where density finds no gaps: the same parts for other rows of the same kind.

Vectors of real answers lie close everywhere, and most ways to part them part other people's answers differently. What
holds is coarse: few components, the best of many starts, and rows between parts shared among them until the end.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.clusters.components import directions

__all__ = ["Division", "divided"]

STARTS = 20
START_ROWS = 6000  # that starts are compared on
START_ROUNDS, ROUNDS, SOFT_ROUNDS = 15, 40, 60
SETTLED = 1e-3  # share of rows that still move, change of a centre
# Of the concentration that fits best. Softer sharing gave parts that are found again more often on real answers.
TEMPERED = 0.5
ROWS_AT_ONCE = 8192

Vectors = NDArray[np.float32]
Labels = NDArray[np.int64]


class Division(NamedTuple):
    """k parts of n rows."""

    centres: Vectors  # [k, d] unit length: the mean of each part's rows
    parts: Labels  # [n] the part whose centre is nearest


def divided(vectors: Vectors, scores: Vectors, count: int, seed: int) -> Division | None:
    """`count` parts of the rows; None where that many cannot be told apart.

    In the `count` leading components, which hold the centres of the best division approximately (Ding & He 2004,
    doi:10.1145/1015330.1015408): spherical k-means from the best of several starts, then a mixture of von
    Mises–Fisher distributions of equal weight and one concentration (Banerjee et al. 2005, JMLR 6:1345), of which
    `TEMPERED` is taken.

    Args:
        vectors: `[n, d]`, unit length, in an order that does not depend on what they say.
        scores: `[n, ≥ count]` on their leading principal components.
        count: parts, at most n.
        seed: of the starts.
    """
    points = directions(scores[:, :count])
    centres = _softened(points, _settled(points, _best_start(points, count, seed), ROUNDS).centres)
    parts = _nearest(points, centres)[0]
    sizes = np.bincount(parts, minlength=count)
    if sizes.min() == 0:
        return None
    sums = _sums(vectors, parts, count)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    if lengths.min() < 1e-9:
        return None
    means = (sums / lengths).astype(np.float32)
    return Division(means, _nearest(vectors, means)[0])


class _Settled(NamedTuple):
    centres: Vectors
    fit: float  # sum of similarities to the nearest centre


def _best_start(points: Vectors, count: int, seed: int) -> Vectors:
    some = points[:START_ROWS]
    random = np.random.default_rng([seed, count])
    starts = (_settled(some, _scattered(some, count, random), START_ROUNDS) for _ in range(STARTS))
    return max(starts, key=lambda start: start.fit).centres


def _scattered(points: Vectors, count: int, random: np.random.Generator) -> Vectors:
    """Rows far from each other. Source: k-means++, Arthur & Vassilvitskii 2007."""
    chosen = [int(random.integers(len(points)))]
    far = np.full(len(points), np.inf)
    for _ in range(count - 1):
        far = np.minimum(far, np.maximum(1 - (points @ points[chosen[-1]]).astype(np.float64), 0))
        upto = np.cumsum(far)
        chosen.append(int(np.searchsorted(upto, random.random() * upto[-1])) % len(points))
    return points[chosen]


def _settled(points: Vectors, centres: Vectors, rounds: int) -> _Settled:
    """Spherical k-means from these centres on; a centre that no row is nearest to stays where it was."""
    before = np.full(len(points), -1)
    for _ in range(rounds):
        parts, similarity = _nearest(points, centres)
        if (parts != before).mean() < SETTLED:
            break
        before = parts
        sums = _sums(points, parts, len(centres))
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(lengths > 1e-9, sums / np.maximum(lengths, 1e-9), centres).astype(
            np.float32
        )
    parts, similarity = _nearest(points, centres)
    return _Settled(centres, float(similarity.sum(dtype=np.float64)))


def _softened(points: Vectors, centres: Vectors) -> Vectors:
    """Centres of rows that belong to several parts, each to the degree that it is near."""
    width = points.shape[1]
    mean = float(_nearest(points, centres)[1].mean(dtype=np.float64))
    concentration = TEMPERED * mean * (width - mean**2) / max(1 - mean**2, 1e-3)
    for _ in range(SOFT_ROUNDS):
        sums = np.zeros((len(centres), width))
        for start in range(0, len(points), ROWS_AT_ONCE):
            some = points[start : start + ROWS_AT_ONCE]
            share = np.float32(concentration) * (some @ centres.T)
            share -= share.max(axis=1, keepdims=True)
            np.exp(share, out=share)
            share /= share.sum(axis=1, keepdims=True)
            sums += share.T @ some
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        moved = np.where(lengths > 1e-9, sums / np.maximum(lengths, 1e-9), centres)
        settled = float(np.abs(moved - centres).max()) < SETTLED
        centres = moved.astype(np.float32)
        if settled:
            break
    return centres


def _sums(points: Vectors, parts: Labels, count: int) -> NDArray[np.float64]:
    """`[count, d]` the sum of each part's rows."""
    sums = np.zeros((count, points.shape[1]))
    for start in range(0, len(points), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        order = np.argsort(parts[rows], kind="stable")
        ids, starts = np.unique(parts[rows][order], return_index=True)
        sums[ids] += np.add.reduceat(points[rows][order], starts, axis=0, dtype=np.float64)
    return sums


def _nearest(points: Vectors, centres: Vectors) -> tuple[Labels, Vectors]:
    """The nearest centre of each row, and the similarity to it."""
    parts = np.empty(len(points), np.int64)
    similarity = np.empty(len(points), np.float32)
    for start in range(0, len(points), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        cosines = points[rows] @ centres.T
        parts[rows], similarity[rows] = cosines.argmax(axis=1), cosines.max(axis=1)
    return parts, similarity
