"""Marks of a map in few bytes: single answers, or cells of them that many people share."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.report.cells import cells

__all__ = ["Coded", "Marks", "of_cells", "of_single"]

COORDINATES = 65_535
MIXED = 65_535  # the cluster of a cell in which none has people enough

Whole = NDArray[np.int64]
Places = NDArray[np.float64]


class Coded(NamedTuple):
    """What is known of each answer, by number: `[n]` each."""

    arms: Whole
    clusters: Whole
    people: Whole  # who is behind it; −1: unknown
    flags: Whole  # a bit for each behaviour that it shows


class Marks(NamedTuple):
    """How many, and one column of little-endian numbers after the other, deflated: x, y and cluster (16 bits) and, of a single
    answer, its arm (8) and flags (32); of a cell, answers of each arm (32), and for each behaviour those that show it (32)."""

    n: int
    packed: bytes


def of_single(places: Places, coded: Coded) -> Marks:
    """Each answer a mark, in their order."""
    arms, clusters, _, flags = coded
    parts = [clusters.astype("<u2"), arms.astype("u1"), flags.astype("<u4")]
    return Marks(len(places), _deflated([*_spread(places), *parts]))


def of_cells(places: Places, coded: Coded, *, arms: int, kinds: int, least: int) -> Marks:
    """Each cell a mark, where its answers lie in the mean.

    Args:
        places: `[n, 2]`.
        coded: of the same answers.
        arms: number of them.
        kinds: number of behaviours.
        least: people of each arm in a cell.
    """
    found = cells(places, coded.arms, coded.people, least)
    middles = np.array([places[mine].mean(axis=0) for mine in found]).reshape(-1, 2)
    most = [_most(coded.clusters[mine], coded.people[mine], least) for mine in found]
    shown = coded.flags[:, None] >> np.arange(kinds) & 1
    n = np.zeros((len(found), arms), "<u4")
    yes = np.zeros((len(found), kinds, arms), "<u4")
    for place, mine in enumerate(found):
        n[place] = np.bincount(coded.arms[mine], minlength=arms)
        for arm in range(arms):
            yes[place, :, arm] = shown[mine[coded.arms[mine] == arm]].sum(axis=0)
    return Marks(len(found), _deflated([*_spread(middles), np.array(most, "<u2"), n, yes]))


def _spread(places: Places) -> Iterator[NDArray[np.uint16]]:
    """x and y on one scale, the wider of them over all numbers there are."""
    if len(places):
        extent = np.ptp(places, axis=0)
        wide = float(extent.max()) or 1.0
        places = (places - places.min(axis=0) + (wide - extent) / 2) / wide * COORDINATES
    yield from places.round().astype("<u2").T


def _most(clusters: Whole, people: Whole, least: int) -> int:
    """The most frequent cluster, where that many people are behind it."""
    most = int(np.bincount(clusters).argmax())
    behind_it = np.unique(people[clusters == most])
    return most if (behind_it >= 0).sum() >= least else MIXED


def _deflated(parts: list[NDArray[Any]]) -> bytes:
    raw = b"".join(np.ascontiguousarray(part).tobytes() for part in parts)
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packing.compress(raw) + packing.flush()
