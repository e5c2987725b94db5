"""Counts that no sum ties to each other, in any release, tell nothing of each other: each heap of them is protected by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from logminer.release.cells import Cell, Counts, Cube, Sum
from logminer.release.ledger import KeptRelease

__all__ = ["Heap", "kept_of", "split"]


class Heap(NamedTuple):
    """Some cells of a cube, and what earlier releases have that is tied to them.

    Attributes:
        places: [cells] in the whole cube.
        cube: of these alone.
        earlier: as they would be if they had been of these alone; who was counted is as it was.
    """

    places: Counts
    cube: Cube
    earlier: tuple[KeptRelease, ...]


def split(cube: Cube, earlier: Sequence[KeptRelease] = ()) -> Iterator[Heap]:
    """All cells of a cube, each in one heap; those that are tied to nothing are one."""
    numbers: dict[Cell, int] = {}
    for cell in (*cube.cells, *cube.also, *(cell for one in earlier for cell in one.told)):
        numbers.setdefault(cell, len(numbers))
    own = (*cube.cells, *cube.also), cube.sums_read()
    of = _components(numbers, [own, *((list(o.told), o.sums) for o in earlier)])
    known = {cell for one in earlier for cell in one.told}
    tied = {of[numbers[cube.cells[whole]]] for whole, _ in cube.sums}
    tied |= {of[numbers[cell]] for cell in cube.also}
    heaps: dict[int, list[int]] = {}
    for place, cell in enumerate(cube.cells):
        mine = of[numbers[cell]]
        heaps.setdefault(mine if mine in tied or cell in known else -1, []).append(place)
    cells: dict[int, set[Cell]] = {}
    for cell in known:
        cells.setdefault(of[numbers[cell]], set()).add(cell)
    sums: dict[int, list[Sum]] = {}
    for one in cube.sums:
        sums.setdefault(of[numbers[cube.cells[one.whole]]], []).append(one)
    for heap, members in heaps.items():
        new = {place: number for number, place in enumerate(members)}
        places = np.array(members, np.int64)
        yield Heap(
            places,
            Cube(
                tuple(cube.cells[place] for place in members),
                cube.counts[places],
                tuple(_renumbered(sums.get(heap, ()), new)),
                {cell: new[place] for cell, place in cube.also.items() if place in new},
            ),
            tuple(kept_of(one, cells.get(heap, set())) for one in earlier),
        )


def kept_of(release: KeptRelease, cells: set[Cell]) -> KeptRelease:
    """What a release told of some cells, and the sums of these: no sum is of others too."""
    told = list(release.told.items())
    mine = [place for place, (cell, _) in enumerate(told) if cell in cells]
    new = {place: number for number, place in enumerate(mine)}
    sums = tuple(_renumbered((one for one in release.sums if one.whole in new), new))
    return release._replace(told=dict(told[place] for place in mine), sums=sums)


def _renumbered(sums: Iterable[Sum], new: dict[int, int]) -> Iterator[Sum]:
    for whole, parts in sums:
        yield Sum(new[whole], tuple(new[part] for part in parts))


def _components(
    numbers: dict[Cell, int], tied: Iterable[tuple[Sequence[Cell], Iterable[Sum]]]
) -> list[int]:
    """Of each number the heap that it is in."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = [
        (numbers[cells[whole]], numbers[cells[part]])
        for cells, sums in tied
        for whole, parts in sums
        for part in parts
    ]
    rows, columns = np.array(pairs or np.zeros((0, 2)), np.int64).T
    n = len(numbers)
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(n, n))
    found: list[int] = connected_components(graph, directed=False)[1].tolist()
    return found
