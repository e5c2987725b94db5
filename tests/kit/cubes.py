"""Tables of people who do not exist, all that adds up in them, and an attacker who knows no more than a reader.

The attacker has nothing of the product's: he thinks of how many people there are of each kind, down to the last detail, and
asks of every count how small and how large it may be.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from logminer.release.cells import BASE, Cell, Cube, Sum, rounded
from logminer.release.ledger import KeptRelease

__all__ = ["ANY", "Reader", "Table", "derivable", "kept_release", "table_of"]

ANY = -1
Mask = NDArray[np.bool_]
People = NDArray[np.int64]


class Table(NamedTuple):
    """Cells of all values and all sums over them, [cells, kinds] which kinds of people each counts."""

    cube: Cube
    holds: Mask
    at: tuple[tuple[int, ...], ...]


class Reader(NamedTuple):
    """What a release lets be known: what it told, of whom (for who came and went since), and what its tables have room for."""

    table: Table
    told: Mask
    shown: Mask
    least: int
    people: frozenset[bytes]


def table_of(people: People, sizes: Sequence[int]) -> Table:
    """Of people [n, dimensions]; the last of more than two values of the first dimension also lie in a group of their own."""
    kinds = list(itertools.product(*map(range, sizes)))
    at = list(itertools.product(*((ANY, *range(size)) for size in sizes)))
    holds = np.array(
        [
            [all(a in (ANY, v) for a, v in zip(where, kind, strict=True)) for kind in kinds]
            for where in at
        ]
    )
    places = {where: i for i, where in enumerate(at)}
    sums = [
        Sum(
            places[where],
            tuple(places[(*where[:d], v, *where[d + 1 :])] for v in range(sizes[d])),
        )
        for where in at
        for d in range(len(sizes))
        if where[d] == ANY
    ]
    if sizes[0] > 2:
        for where in [w for w in at if w[0] == ANY]:
            parts = [places[(v, *where[1:])] for v in range(1, sizes[0])]
            group = len(holds)
            holds = np.vstack([holds, holds[parts].any(axis=0)])
            at.append((-2, *where[1:]))
            sums += [Sum(group, tuple(parts)), Sum(places[where], (places[(0, *where[1:])], group))]
    per_kind = np.array([(people == kind).all(axis=1).sum() for kind in kinds])
    cells = tuple(Cell("t", tuple((f"d{d}", str(v)) for d, v in enumerate(w))) for w in at)
    return Table(Cube(cells, (holds @ per_kind).astype(np.int64), tuple(sums)), holds, tuple(at))


def kept_release(name: str, read: Reader) -> KeptRelease:
    """As the ledger keeps it."""
    counts = rounded(read.table.cube.counts).tolist()
    cells = zip(read.table.cube.cells, counts, read.told.tolist(), strict=True)
    told = {cell: count if is_told else None for cell, count, is_told in cells}
    now = datetime.now(UTC)
    return KeptRelease(name, now, read.least, BASE, told, read.people, read.table.cube.sums)


def derivable(reads: Sequence[Reader]) -> Iterator[str]:
    """What follows from all of them together that may not."""
    worlds = _Worlds(reads)
    kinds = reads[0].table.holds.shape[1]
    for r, read in enumerate(reads):
        for i in np.flatnonzero(~read.told):
            low = worlds.least(r * kinds, read.table.holds[i])
            if low or read.shown[i]:
                high = worlds.most(r * kinds, read.table.holds[i])
            if (low and high < read.least) or (read.shown[i] and high - low < read.least):
                yield f"release {r}: {read.table.cube.cells[i]}"
        if r == 0:
            continue
        for who, whole in (("went", r - 1), ("came", r)):
            for i, cell in enumerate(read.table.cube.cells):
                stayed = (len(reads) + r - 1) * kinds
                where = (whole * kinds, read.table.holds[i], stayed)
                if worlds.least(*where) and worlds.most(*where) < read.least:
                    yield f"{who} before release {r}: {cell}"


class _Worlds:
    """All numbers of people of each kind, in each release and among those who stayed, that may be."""

    def __init__(self, reads: Sequence[Reader]) -> None:
        kinds, n = reads[0].table.holds.shape[1], len(reads)
        self._width = kinds * (2 * n - 1)
        rows, most = list[NDArray[np.float64]](), list[float]()

        def at_most(limit: float, *of: tuple[int, NDArray[np.float64]]) -> None:
            row = np.zeros(self._width)
            for begin, signs in of:
                row[begin : begin + kinds] += signs
            rows.append(row)
            most.append(limit)

        for r, read in enumerate(reads):
            counts = rounded(read.table.cube.counts)
            for i in np.flatnonzero(read.told):
                holds = read.table.holds[i].astype(float)
                at_most(counts[i] + BASE // 2, (r * kinds, holds))
                at_most(-max(counts[i] - BASE // 2, read.least), (r * kinds, -holds))
            if r:
                stayed = (n + r - 1) * kinds
                for kind in np.eye(kinds):
                    for whole, someone in (
                        ((r - 1) * kinds, reads[r - 1].people - read.people),
                        (r * kinds, read.people - reads[r - 1].people),
                    ):
                        at_most(0, (stayed, kind), (whole, -kind))
                        if not someone:
                            at_most(0, (whole, kind), (stayed, -kind))
        self._rows, self._most = rows, most

    def least(self, begin: int, holds: Mask, without: int | None = None) -> int:
        return self._end(1, begin, holds, without)

    def most(self, begin: int, holds: Mask, without: int | None = None) -> int:
        return -self._end(-1, begin, holds, without)

    def _end(self, sign: int, begin: int, holds: Mask, without: int | None) -> int:
        wish = np.zeros(self._width)
        wish[begin : begin + len(holds)] = holds
        if without is not None:
            wish[without : without + len(holds)] -= holds
        done = milp(
            sign * wish,
            integrality=np.ones(self._width),
            bounds=Bounds(0, 1000),
            constraints=[LinearConstraint(self._rows, ub=self._most)] if self._most else None,
            options={"presolve": False},  # with it the best of HiGHS 1.12 is not always the best
        )
        return round(done.fun)
