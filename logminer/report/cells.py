"""Places that many people share: a plane divided until a further cut would leave too few of some arm on one side."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["cells"]

Rows = NDArray[np.int64]


def cells(
    places: NDArray[np.float64], arms: NDArray[np.int64], people: NDArray[np.int64], least: int
) -> list[Rows]:
    """The rows of each cell: in each, behind the rows of every arm that is there, are at least `least` people.

    Cut at the median of the wider side, or of the other where that leaves too few. Rows of arms with fewer people in all
    are in no cell.

    Args:
        places: `[n, 2]`.
        arms: `[n]` the arm of each row.
        people: `[n]` who is behind it; −1: unknown, and counts as nobody.
        least: people.
    """
    rows = np.arange(len(places))
    told = [arm for arm in np.unique(arms) if _enough(rows[arms == arm], arms, people, least)]
    waiting, found = [rows[np.isin(arms, told)]], []
    while waiting:
        mine = waiting.pop()
        halves = next(_cuts(mine, places, arms, people, least), None)
        if halves is None:
            found.append(np.sort(mine))
        else:
            waiting += halves
    return [cell for cell in found if len(cell)]


def _cuts(
    mine: Rows,
    places: NDArray[np.float64],
    arms: NDArray[np.int64],
    people: NDArray[np.int64],
    least: int,
) -> Iterator[tuple[Rows, Rows]]:
    if len(mine) < 2 * least:
        return
    wider = np.argsort(-np.ptp(places[mine], axis=0), kind="stable")
    for axis in wider:
        order = mine[np.argsort(places[mine, axis], kind="stable")]
        for share in (0.5, 0.35, 0.65, 0.2, 0.8):
            at = int(len(order) * share)
            halves = order[:at], order[at:]
            if all(_enough(half, arms, people, least) for half in halves):
                yield halves


def _enough(rows: Rows, arms: NDArray[np.int64], people: NDArray[np.int64], least: int) -> bool:
    """Whether many people are behind each arm that has rows here."""
    if not len(rows):
        return False
    pairs = np.unique(np.column_stack([arms[rows], people[rows]]), axis=0)
    there, known = np.unique(arms[rows]), pairs[pairs[:, 1] >= 0, 0]
    counted = np.searchsorted(there, known)
    return bool((np.bincount(counted, minlength=len(there)) >= least).all())
