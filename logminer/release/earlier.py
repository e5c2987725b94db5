"""What earlier releases of a project tell of the counts of this one, and this one of theirs.

Each person was counted in some of the releases. Those who were counted in the same ones, and alike, make up a group, and every
count of a release is the sum of what each of its groups has there. So releases tell of each other's groups: of who came and who
went, but also of who was in the first and the third alone; and none of these may be known to be a few.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from logminer.errors import ReleaseRefused
from logminer.release.attacker import Guarded, Known, Mask, ties
from logminer.release.cells import BASE, Cell, Counts, Cube, Sum, rounded
from logminer.release.drawing import WHAT, WHO
from logminer.release.ledger import KeptRelease

__all__ = ["People", "Situation", "groups_of", "refuse_few"]

People = frozenset[bytes]
FEWEST = 2  # times as many as are behind a count: fewer are so few that their number helps


@lru_cache(maxsize=4)  # each heap of counts asks for the same
def groups_of(releases: tuple[People, ...]) -> Counter[tuple[int, ...]]:
    """Releases, by their places → people who were counted, each time alike, in these and in no other; by digests as in `Drawn`.

    Where a release counts other things than the one before, whoever is counted with the same prompts is taken to be as he was.
    """
    known: dict[bytes, list[tuple[dict[bytes, bytes], list[int]]]] = {}
    for place, people in enumerate(releases):
        for digest in people:
            told, shape = digest[WHO:WHAT], digest[WHAT:]
            own = known.setdefault(digest[:WHO], [])
            mine = next((one for one in reversed(own) if one[0].get(shape) == told), None)
            if mine is None and own and shape not in own[-1][0]:
                mine = own[-1]
            if mine is None:
                mine = {}, []
                own.append(mine)
            mine[0][shape] = told
            mine[1].append(place)
    return Counter(tuple(places) for own in known.values() for _, places in own)


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
        groups = groups_of((one.people, people))
        if 0 < max(groups[0,], groups[1,]) < min_users:  # who went, and who came
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

    The cells of this release have the places that they have in its cube; after them come those of earlier ones, and what groups
    of people have of them.

    Args:
        cube: of this release.
        least: prompts behind each count that it tells.
        leasts: [cells] as `CountedCube.least`.
        shown: [cells] its tables have a place for it.
        people: digests of all that is counted of each person; needed where there are earlier releases.
        earlier: oldest first.
        contribution: prompts with which a person counts at most.
    """

    def __init__(
        self,
        cube: Cube,
        least: int,
        leasts: Counts,
        shown: Mask,
        people: People = frozenset(),
        earlier: Sequence[KeptRelease] = (),
        contribution: int = 1,
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
        if earlier:
            self._link(releases, max(contribution, *(one.contribution for one in earlier)))
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

    def _link(self, releases: Sequence[_Told], contribution: int) -> None:
        """What each group has of each cell that two releases have, or more."""
        groups = groups_of(tuple(one.people for one in releases))
        # That so few came he may know, who came with them; of how many there are in all nobody knows more than is told.
        few = FEWEST * max(one.least for one in releases)
        sizes = {group: people * contribution for group, people in groups.items()}
        most = {group: n if n < few else self._most for group, n in sizes.items()}
        times = Counter(cell for one in releases for cell in one.places)
        own: dict[tuple[tuple[int, ...], Cell], int] = {}
        for cell in sorted(cell for cell, n in times.items() if n > 1):
            there = [i for i, one in enumerate(releases) if cell in one.places]
            for group in groups:
                if {*group} & {*there}:
                    called = " and ".join(releases[i].called for i in group)
                    place = self._place(f"who is in {called} alone, of {cell}", 0, most[group])
                    own[group, cell] = place
                    self._watch(place, [releases[i] for i in group])
            for i in there:
                parts = tuple(own[group, cell] for group in groups if i in group)
                self._sums.append(Sum(releases[i].places[cell], parts or (self._place("", 0, 0),)))
            self._watch_pairs(cell, there, releases, own, groups)
        for i, one in enumerate(releases):
            cells = dict[int, list[Cell]]()
            for cell, place in one.places.items():
                cells.setdefault(place, []).append(cell)
            for group in (group for group in groups if i in group):
                for alike in cells.values():
                    there = [own[group, cell] for cell in alike if (group, cell) in own]
                    self._sums += [Sum(other, (there[0],)) for other in there[1:]]
                for whole, parts in one.sums:
                    self._sum_of_group(group, own, cells[whole], [cells[part] for part in parts])
        self._sums = list(dict.fromkeys(self._sums))

    def _sum_of_group(
        self,
        group: tuple[int, ...],
        own: Mapping[tuple[tuple[int, ...], Cell], int],
        whole: Sequence[Cell],
        parts: Sequence[Sequence[Cell]],
    ) -> None:
        """A sum of a release holds for each group in it; parts that no other release has are one place."""

        def place(cells: Sequence[Cell]) -> int | None:
            return next((own[group, cell] for cell in cells if (group, cell) in own), None)

        if (at := place(whole)) is None:
            return
        known = [found for part in parts if (found := place(part)) is not None]
        rest = [self._place("")] if len(known) < len(parts) else []
        self._sums.append(Sum(at, (*known, *rest)))

    def _watch_pairs(
        self,
        cell: Cell,
        there: Sequence[int],
        releases: Sequence[_Told],
        own: Mapping[tuple[tuple[int, ...], Cell], int],
        groups: Iterable[tuple[int, ...]],
    ) -> None:
        """Whoever came from one release to another, or went, may be of several groups."""
        for one, other in itertools.permutations(there, 2):
            parts = [own[group, cell] for group in groups if one in group and other not in group]
            if len(parts) > 1:
                both = [releases[i] for i in (one, other)]
                name = f"who is in {both[0].called} and not in {both[1].called}, of {cell}"
                place = self._place(name)
                self._sums.append(Sum(place, tuple(parts)))
                self._watch(place, both)

    def _watch(self, place: int, releases: Iterable[_Told]) -> None:
        self._watched.append((place, max(one.least for one in releases), False))

    def _place(self, name: str, low: int = 0, high: int | None = None) -> int:
        self._low.append(low)
        self._high.append(self._most if high is None else high)
        self.names.append(name)
        return len(self.names) - 1
