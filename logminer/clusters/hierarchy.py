"""Levels above the clusters, to browse by: clusters that say like things of like matters under one parent.

Clusters are held against each other by their centres *and* by their phrases: of real answers either alone puts what has
nothing in common under one parent. A cluster that is like no other has no parent.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.clusters.map import ClusterMap
from logminer.clusters.naming import NO_NAME, Name
from logminer.clusters.terms import TermProfile, stems
from logminer.clusters.words import is_light

__all__ = ["Parent", "parents", "siblings"]

CLOSE = (0.3, 0.25)  # least likeness of what lies under one parent, level by level
NEAR = 4  # clusters that one is told from first
NAMING_TERMS = 3
LEAST_SHARE = 0.08  # of a phrase in the clusters that share it, on average, to name them
LEAST_LIFT = 3.0  # that share over the one in all other clusters
LONGER = 1.5  # what a phrase of several words weighs to one word
LIGHT = 0.4  # what words weigh that are said of anything
UNSEEN = 0.01
DECIMALS = 6

Matrix = NDArray[np.float64]


class Parent(NamedTuple):
    """One node above the clusters."""

    parent_id: int
    level: int  # 1: its clusters are alike; 2: they have something in common
    above: int | None  # its own parent
    clusters: tuple[int, ...]  # ids of all clusters under it
    fit_size: int  # responses of the fit in those
    terms: tuple[str, ...]  # phrases that most of its clusters share
    name: Name


def siblings(found: ClusterMap) -> dict[int, tuple[int, ...]]:
    """Of each cluster the four nearest others."""
    if not found.size:
        return {}
    likeness = _of_centres(found)
    np.fill_diagonal(likeness, -2)
    nearest = np.argsort(-likeness, axis=1, kind="stable")[:, : min(NEAR, found.size - 1)]
    return {
        id_: tuple(found.ids[near].tolist())
        for id_, near in zip(found.ids.tolist(), nearest, strict=True)
    }


def parents(
    found: ClusterMap,
    profiles: Mapping[int, TermProfile],
    names: Mapping[int, Name],
    *,
    count: int,
) -> list[Parent]:
    """Up to two levels above the clusters of a map.

    Ids run from 0, level after level, and within a level from the most responses to the fewest. A parent is named by
    what its clusters share; else by two of their names; else there is no good name.

    Args:
        found: the map.
        profiles: what the texts of each cluster say.
        names: of each cluster.
        count: terms of a parent at most.
    """
    if found.size < 2:
        return []
    ids = found.ids.tolist()
    shares = [profiles[id_].shares if id_ in profiles else {} for id_ in ids]
    outside = _Common(shares)
    likeness = np.sqrt(np.clip(_of_centres(found), 0, 1) * _of_words(shares))
    made: list[Parent] = []
    below: list[frozenset[int]] = []
    for level, least in enumerate(CLOSE, 1):
        groups = [g for g in _groups(likeness, least) if g not in below]
        sizes = {g: sum(found.fit_sizes[place] for place in g) for g in groups}
        groups.sort(key=lambda g: (-sizes[g], min(g)))
        first = len(made)
        for number, group in enumerate(groups):
            for child, held in enumerate(below):
                if held < group:
                    made[child] = made[child]._replace(above=first + number)
            terms = outside.terms(group, count)
            largest = sorted(group, key=lambda place: (-found.fit_sizes[place], ids[place]))
            name = _name(terms, [names.get(ids[place], NO_NAME) for place in largest])
            under = tuple(sorted(ids[place] for place in group))
            made.append(Parent(first + number, level, None, under, sizes[group], terms, name))
        below = groups
    return made


def _of_centres(found: ClusterMap) -> Matrix:
    """[k, k] cosines of the centres, seen from the middle of all responses."""
    sizes = np.array(found.fit_sizes[:-1], np.float64)
    centres = found.centres.astype(np.float64)
    centred = centres - np.average(centres, axis=0, weights=np.maximum(sizes, 1))
    centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)
    return np.asarray(np.round(centred @ centred.T, DECIMALS))


def _of_words(shares: Sequence[Mapping[str, float]]) -> Matrix:
    """[k, k] cosines, in [0, 1], of the shares of phrases, those in many clusters weighing less."""
    held = Counter(phrase for mine in shares for phrase in mine)
    column = {phrase: place for place, phrase in enumerate(held)}
    rare = {phrase: math.log((len(shares) + 1) / often) for phrase, often in held.items()}
    rows = [{column[p]: share * rare[p] for p, share in mine.items()} for mine in shares]
    table = np.zeros((len(rows), len(column)))
    for row, values in zip(table, rows, strict=True):
        row[list(values)] = list(values.values())
    table /= np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-12)
    return np.asarray(np.round(table @ table.T, DECIMALS))


def _groups(likeness: Matrix, least: float) -> list[frozenset[int]]:
    """Places of what is at least so alike on average, two and more."""
    from scipy.cluster.hierarchy import fcluster, linkage

    pairs = np.triu_indices(len(likeness), 1)
    tree = linkage(1 - likeness[pairs], method="average")
    label = fcluster(tree, 1 - least, criterion="distance")
    found = [frozenset(np.flatnonzero(label == one).tolist()) for one in np.unique(label)]
    return [group for group in found if len(group) > 1]


class _Common:
    """What clusters have in common that others do not."""

    def __init__(self, shares: Sequence[Mapping[str, float]]) -> None:
        self._shares = shares
        held: dict[str, list[float]] = {}
        for mine in shares:
            for phrase, share in mine.items():
                held.setdefault(phrase, []).append(share)
        self._total = {phrase: math.fsum(each) for phrase, each in held.items()}
        self._often = {phrase: len(each) for phrase, each in held.items()}

    def _lift(self, phrase: str, total: float, count: int) -> float:
        outside = (self._total[phrase] - total) / max(1, len(self._shares) - count)
        return (total / count + UNSEEN) / (max(0.0, outside) + UNSEEN)

    def terms(self, group: frozenset[int], count: int) -> tuple[str, ...]:
        """What two in three of the clusters say, best first; no word twice."""
        mine = [self._shares[place] for place in sorted(group)]
        scores: dict[str, float] = {}
        for phrase in {phrase for one in mine for phrase in one}:
            shares = [one[phrase] for one in mine if phrase in one]
            total = math.fsum(shares)
            lift = self._lift(phrase, total, len(mine))
            often = len(shares) >= 2 and 3 * len(shares) >= 2 * len(mine)
            if often and total / len(mine) >= LEAST_SHARE and lift >= LEAST_LIFT:
                spread = (self._often[phrase] - len(shares)) / max(1, len(self._shares) - len(mine))
                weight = LIGHT if is_light(phrase) else LONGER if " " in phrase else 1
                score = total / len(mine) * math.log(lift) * (1 - spread) * weight
                scores[phrase] = round(score, 9)
        chosen: list[str] = []
        words: set[str] = set()
        for phrase in sorted(scores, key=lambda p: (-scores[p], p)):
            own = stems(phrase)
            if words.isdisjoint(own):
                chosen.append(phrase)
                words |= own
        return tuple(chosen[:count])


def _name(terms: tuple[str, ...], children: Sequence[Name]) -> Name:
    if terms:
        return Name(", ".join(terms[:NAMING_TERMS]), "keyphrases")
    firsts = list(dict.fromkeys(one.text.split(", ")[0] for one in children if one.text))
    return Name(" / ".join(firsts[:2]), "keyphrases") if len(firsts) > 1 else NO_NAME
