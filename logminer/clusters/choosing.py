"""How many parts real answers are divided into: as many as other people's answers are divided into alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.clusters.components import components
from logminer.clusters.dividing import Division, divided

__all__ = ["ChosenDivision", "chosen", "drawn_again"]

COUNTS = (8, 12, 16, 24, 32, 48, 64, 96)
HOLDS = 0.75  # mean overlap with the parts of other users' rows from which on a division is worth its detail
LEAST = 0.5  # below this the coarsest one is an accident
MISSES = 2  # counts in a row that do not hold, after which finer ones are not tried
REFITS = 5
MOST_ROWS = 20_000  # that refits are made and compared on
ROUNDS = 50
STEADY = 4.0  # rows' worth of belief that a part is as often found again as all are
NARROWEST = 1e-3
MOST = 10.0  # logarithm of the odds: surer is nothing

Vectors = NDArray[np.float32]
Labels = NDArray[np.int64]


class ChosenDivision(NamedTuple):
    """A division, and how surely rows belong to its parts: ½ at a lead of `leads`, .73 at `fade` more."""

    division: Division
    leads: NDArray[np.float64]  # [k] similarity to the nearest centre less that to the second
    fade: float


class _Again(NamedTuple):
    """What refits of a division made of the rows that they are compared on; columns of equal length but the first."""

    overlap: float  # mean Jaccard overlap of parts, each with the most alike of a refit
    parts: Labels  # of rows of users who were not drawn
    leads: NDArray[np.float64]
    same: NDArray[np.bool_]  # whether the refit has it in the part that stands for its own


def chosen(
    vectors: Vectors, users: Sequence[str | None], *, fewest: int, seed: int
) -> ChosenDivision | None:
    """The finest division that holds; the coarsest where none does, None where even that is not found again.

    Args:
        vectors: `[n, d]`, unit length, in the order of keyed hashes.
        users: of the rows, None where not known.
        fewest: rows of a part, half of what it has on average at least.
        seed: of the starts and draws.

    Source: the number of clusters by their stability, Ben-Hur, Elisseeff & Guyon 2002; Lange et al. 2004,
    doi:10.1162/089976604773717621.
    """
    counts = [count for count in COUNTS if 2 * fewest * count <= len(vectors)]
    if not counts:
        return None
    scores = components(vectors, counts[-1])
    draws = list(_draws(vectors[:MOST_ROWS], users[:MOST_ROWS], counts[-1], seed))
    best: tuple[Division, _Again] | None = None
    misses = 0
    for count in counts:
        division = divided(vectors, scores, count, seed)
        again = None if division is None else _again(division, vectors[:MOST_ROWS], draws, seed)
        if division is None or again is None:
            break
        holds = again.overlap >= HOLDS
        if holds or (best is None and again.overlap >= LEAST):
            best = division, again
        misses = 0 if holds else misses + 1
        if misses == MISSES:
            break
    if best is None:
        return None
    leads, fade = _fading(best[1], len(best[0].centres))
    return ChosenDivision(best[0], leads, fade)


def drawn_again(users: Sequence[str | None], seed: int, times: int) -> Iterator[NDArray[np.bool_]]:
    """`[n]` rows of a bootstrap sample of the users, each row once; rows of unknown users stand for themselves."""
    known = [user or f"\0{number}" for number, user in enumerate(users)]
    _, user = np.unique(known, return_inverse=True)
    count = int(user.max(initial=-1)) + 1
    for number in range(times):
        random = np.random.default_rng([seed, number])
        drawn = np.zeros(count, bool)
        drawn[random.integers(count, size=count)] = True
        yield drawn[user]


class _Draw(NamedTuple):
    """Rows of the users of one draw, and their scores on their own components."""

    drawn: NDArray[np.bool_]  # [n]
    scores: Vectors


def _draws(vectors: Vectors, users: Sequence[str | None], width: int, seed: int) -> Iterator[_Draw]:
    for drawn in drawn_again(users, seed, REFITS):
        yield _Draw(drawn, components(vectors[drawn], width))


def _again(division: Division, some: Vectors, draws: Sequence[_Draw], seed: int) -> _Again | None:
    from scipy.optimize import linear_sum_assignment

    count = len(division.centres)
    cosines = np.sort(some @ division.centres.T, axis=1)
    lead = (cosines[:, -1] - cosines[:, -2]).astype(np.float64)
    parts = division.parts[: len(some)]
    overlaps, others, same = [], [], []
    for number, (drawn, scores) in enumerate(draws):
        if drawn.sum() < 2 * count or drawn.all():
            return None
        refit = divided(some[drawn], scores, count, seed + number + 1)
        if refit is None:
            return None
        new = (some @ refit.centres.T).argmax(axis=1)
        shared = np.zeros((count, count))
        np.add.at(shared, (parts[drawn], new[drawn]), 1)
        either = shared.sum(axis=1)[:, None] + shared.sum(axis=0) - shared
        jaccard = shared / np.maximum(either, 1)
        overlaps.append(float(jaccard.max(axis=1).mean()))
        stands_for = linear_sum_assignment(-jaccard)[1]
        others.append(np.flatnonzero(~drawn))
        same.append(new[others[-1]] == stands_for[parts[others[-1]]])
    rows = np.concatenate(others)
    return _Again(float(np.mean(overlaps)), parts[rows], lead[rows], np.concatenate(same))


def _fading(again: _Again, count: int) -> tuple[NDArray[np.float64], float]:
    """The lead of each part at which a row is as often found in it again as not, and how belonging fades there.

    Logistic regression on the lead with an intercept for each part, drawn towards the common one.
    """
    slope, level = 5.0, np.zeros(count)
    for _ in range(ROUNDS):
        common = float(level.mean())
        chance = 1 / (1 + np.exp(-np.clip(level[again.parts] + slope * again.leads, -30, 30)))
        weight = chance * (1 - chance) + 1e-9
        error = again.same - chance
        gain = np.bincount(again.parts, error, count) - STEADY * (level - common)
        bend = np.bincount(again.parts, weight, count) + STEADY
        level = np.clip(level + gain / bend, -MOST, MOST)
        chance = 1 / (1 + np.exp(-np.clip(level[again.parts] + slope * again.leads, -30, 30)))
        weight = chance * (1 - chance) + 1e-9
        rise = float(((again.same - chance) * again.leads).sum())
        steep = float((weight * again.leads**2).sum()) + 1e-9
        moved = min(max(rise / steep, -slope / 2), slope)
        slope = min(max(slope + moved, 0.1), 1 / NARROWEST)
        if abs(moved) < 1e-6 * slope:
            break
    return -level / slope, 1 / slope
