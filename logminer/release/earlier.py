"""What earlier releases of a project tell of the counts of this one, and this one of theirs.

Between two releases people came, went and stayed. A count of the earlier one is of those who stayed and those who went; the same
count of the later one is of those who stayed and those who came. So a difference of two told counts is a count too, of people who
came or went, and may not be one of a few.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from logminer.errors import ReleaseRefused
from logminer.release.attacker import Guarded, Known, Mask, ties
from logminer.release.cells import BASE, Cell, Counts, Cube, Sum, rounded
from logminer.release.drawing import WHAT, WHO
from logminer.release.ledger import KeptRelease

__all__ = ["People", "Situation", "came_and_went", "refuse_few"]

People = frozenset[bytes]


def came_and_went(then: People, now: People) -> tuple[People, People]:
    """Of two releases of a suite, by digests as in `Drawn`: whoever is counted otherwise both came and went.

    Where an arm, a behaviour or a family of strata was added or taken away, all digests differ. Then whoever is counted with the
    same prompts is taken to have stayed as he was: if that is not so, what the two tell contradicts each other, or does not show it.
    """
    if len({person[WHAT:] for person in then | now}) > 1:
        then, now = (frozenset(person[:WHO] for person in people) for people in (then, now))
    return now - then, then - now


def refuse_few(people: People, kept: Sequence[KeptRelease], min_users: int) -> None:
    """See that nobody can tell two releases apart by a few.

    Args:
        people: digests of all that is counted of each person.
        kept: earlier releases.
        min_users: people who have to come, or to go, if any do.

    Raises:
        ReleaseRefused: fewer did.
    """
    for one in kept:
        if 0 < max(map(len, came_and_went(one.people, people))) < min_users:
            raise ReleaseRefused(
                f"fewer than {min_users} people are counted otherwise than in release {one.release_id} of this project:"
                " the two together would tell of them; release again when more have changed"
            )


class _Told(NamedTuple):
    """A release as readers know it: places of its cells, how they add up, and of whom it is."""

    places: Mapping[Cell, int]
    sums: Sequence[Sum]  # of all places
    people: People
    least: int
    called: str


class Situation:
    """All that is known before this release, and what nobody may know after it.

    The cells of this release have the places that they have in its cube; after them come those of earlier ones, and people
    who came, went and stayed.

    Args:
        cube: of this release.
        least: prompts behind each count that it tells.
        leasts: [cells] as `CountedCube.least`.
        shown: [cells] its tables have a place for it.
        people: digests of all that is counted of each person; needed where there are earlier releases.
        earlier: oldest first.
    """

    def __init__(
        self,
        cube: Cube,
        least: int,
        leasts: Counts,
        shown: Mask,
        people: People = frozenset(),
        earlier: Sequence[KeptRelease] = (),
    ) -> None:
        n = len(cube.cells)
        told = [count or 0 for one in earlier for count in one.told.values()]
        self._most = 2 * max(0, *cube.counts.tolist(), *told) + 4 * least
        self._low, self._high = [0] * n, [self._most] * n
        self._sums = list(cube.sums)
        self._watched = list[tuple[int, int, bool]]()
        self.names = [str(cell) for cell in cube.cells]
        places = {cell: place for place, cell in enumerate(cube.cells)} | {**cube.also}
        shows = {cell for cell, place in places.items() if shown[place]}
        releases = [self._kept(one, shows) for one in earlier]
        releases.append(_Told(places, cube.sums, people, least, "this release"))
        for i, one in enumerate(releases):
            for later in releases[i + 1 :]:
                self._link(one, later, one.places.keys() & later.places.keys())
        self._leasts, self._shown = leasts, shown
        near = rounded(cube.counts)
        self._near = np.maximum(near - BASE // 2, least), near + BASE // 2
        self._ends = np.array(self._low, np.int64), np.array(self._high, np.int64)
        self._ties = ties(self._sums, len(self._low))

    def known(self, told: Mask) -> Known:
        """What is known if these cells of this release are told."""
        low, high = (ends.copy() for ends in self._ends)
        low[: len(told)][told], high[: len(told)][told] = (ends[told] for ends in self._near)
        return Known(low, high, self._ties)

    def truth(self, counts: Counts) -> Known:
        """What is known to whoever has the exact counts of this release."""
        low, high = (ends.copy() for ends in self._ends)
        low[: len(counts)] = high[: len(counts)] = counts
        return Known(low, high, self._ties)

    def give_up(self, places: set[int]) -> None:
        """Watch these of earlier releases no longer."""
        self._watched = [one for one in self._watched if one[0] not in places]

    def watched(self, told: Mask) -> Guarded:
        """What may not be known if only these are."""
        places = np.flatnonzero(~told)
        own = [(int(place), int(self._leasts[place]), bool(self._shown[place])) for place in places]
        rows = [*own, *self._watched]
        return Guarded(
            np.array([place for place, _, _ in rows], np.int64),
            np.array([least for _, least, _ in rows], np.int64),
            np.array([untold for _, _, untold in rows], bool),
        )

    def _kept(self, one: KeptRelease, shows: set[Cell]) -> _Told:
        called = f"release {one.release_id}"
        places = dict[Cell, int]()
        for cell, count in one.told.items():
            if count is None:
                places[cell] = self._place(f"{cell} in {called}")
                self._watched.append((places[cell], one.least, cell in shows))
            else:
                reach = one.base // 2
                ends = max(count - reach, one.least), count + reach
                places[cell] = self._place(f"{cell} in {called}", *ends)
        order = list(places.values())
        sums = [Sum(order[whole], tuple(order[i] for i in parts)) for whole, parts in one.sums]
        self._sums += sums
        return _Told(places, sums, one.people, one.least, called)

    def _link(self, one: _Told, later: _Told, cells: set[Cell]) -> None:
        """Who came, went and stayed, in each cell that both have."""
        came, went = came_and_went(one.people, later.people)
        stayed = dict[int, int]()  # by place in the later one
        for cell in sorted(cells):
            then, now = one.places[cell], later.places[cell]
            stay = then if not went else now if not came else self._place("")
            if came:
                self._sums.append(Sum(now, (stay, self._few(f"who came to {cell}", one, later))))
            if went:
                self._sums.append(Sum(then, (stay, self._few(f"who went from {cell}", one, later))))
            if not came and not went:
                self._sums.append(Sum(now, (then,)))
            stayed[now] = stay
        if came:
            self._sums += [
                self._whole(stayed[whole], [stayed.get(i) for i in parts])
                for whole, parts in later.sums
                if whole in stayed
            ]

    def _few(self, who: str, one: _Told, later: _Told) -> int:
        place = self._place(f"{who} between {one.called} and {later.called}")
        self._watched.append((place, max(one.least, later.least), False))
        return place

    def _whole(self, whole: int, parts: Sequence[int | None]) -> Sum:
        """With a place for those of whom the earlier release had no cell."""
        known = [part for part in parts if part is not None]
        return Sum(whole, (*known, *([self._place("")] if len(known) < len(parts) else [])))

    def _place(self, name: str, low: int = 0, high: int | None = None) -> int:
        self._low.append(low)
        self._high.append(self._most if high is None else high)
        self.names.append(name)
        return len(self.names) - 1
