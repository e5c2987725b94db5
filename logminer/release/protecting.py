"""Which counts are told, so that none of the others can be derived.

A count of too few is not told, and often another has to be left out with it, or a sum would give it away. What is behind
every count is taken into account, in a table or not, and so is what earlier releases told.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from logminer.errors import ReleaseRefused
from logminer.release.attacker import (
    Contradiction,
    Mask,
    Proof,
    Worlds,
    given_away,
    seen_through,
)
from logminer.release.cells import Counts, Cube
from logminer.release.earlier import People, Situation
from logminer.release.ledger import KeptRelease
from logminer.release.splitting import Heap, split

__all__ = ["Protected", "derived", "protect"]

FEW = 12  # counts of which all ways to tell some are tried, where each stands for itself alone


class Protected(NamedTuple):
    """What is told.

    Attributes:
        told: [cells].
        complementary: cells that enough are behind, and that are left out for the sake of others.
    """

    told: Mask
    complementary: int


def protect(
    cube: Cube,
    least: int,
    *,
    earlier: Sequence[KeptRelease] = (),
    people: People = frozenset(),
    fixed: Mask | None = None,
    shown: Mask | None = None,
    leasts: Counts | None = None,
    contribution: int = 1,
) -> Protected:
    """Tell as much as nobody can derive anything from; the same for the same cube.

    The ends between which a cell that is left out can lie are at least `least` apart, and of any other count, with people who
    came or went since an earlier release among them, nobody can say that it is 1 … `least` − 1. This holds whatever else
    is known of the way in which cells are chosen but for one thing: that no more are left out than need be.

    Args:
        cube: exact counts.
        least: prompts behind each that is told.
        earlier: what the project released before, oldest first; it is known as well.
        people: digests of those who are counted now, as in `KeptRelease`.
        fixed: [cells] that are not told, however many are behind them.
        shown: [cells] that tables have a place for; all, if it is not said. Others are never told.
        leasts: [cells] as `CountedCube.least`; `least` of each, if it is not said.
        contribution: prompts with which a person counts at most.

    Raises:
        ReleaseRefused: a cell can be derived, whatever is left out.
    """
    shown = np.ones(len(cube.cells), bool) if shown is None else shown
    may = shown & (cube.counts >= least)
    if fixed is not None:
        may &= ~fixed
    told = np.zeros(len(cube.cells), bool)
    for heap, protecting in _heaps(cube, least, leasts, shown, people, earlier, contribution):
        mine = may[heap.places]
        # What stands for others too is dear: the fewest would be this one.
        every_way = mine.sum() <= FEW and not heap.cube.also
        way = protecting.fewest_lost if every_way else protecting.most_first
        told[heap.places] = way(mine)
    return Protected(told, int((may & ~told).sum()))


def derived(
    cube: Cube,
    told: Mask,
    least: int,
    *,
    earlier: Sequence[KeptRelease] = (),
    people: People = frozenset(),
    shown: Mask | None = None,
    leasts: Counts | None = None,
    contribution: int = 1,
) -> list[str]:
    """Names of what can be derived if `told` is told; arguments as in `protect`."""
    names = list[str]()
    for heap, protecting in _heaps(cube, least, leasts, shown, people, earlier, contribution):
        names += protecting.names(protecting.attacked(told[heap.places]))
    return names


def _heaps(
    cube: Cube,
    least: int,
    leasts: Counts | None,
    shown: Mask | None,
    people: People,
    earlier: Sequence[KeptRelease],
    contribution: int,
) -> Iterator[tuple[Heap, _Protecting]]:
    """What is protected by itself; arguments as in `protect`."""
    shown = np.ones(len(cube.cells), bool) if shown is None else shown
    leasts = np.full(len(cube.cells), least) if leasts is None else leasts
    for heap in split(cube, earlier):
        own = leasts[heap.places], shown[heap.places]
        yield heap, _Protecting(heap.cube, least, *own, people, heap.earlier, contribution)


class _Protecting:
    """Choosing among the cells of one release."""

    def __init__(
        self,
        cube: Cube,
        least: int,
        leasts: Counts,
        shown: Mask,
        people: People,
        earlier: Sequence[KeptRelease],
        contribution: int,
    ) -> None:
        self._cube, self._heights = cube, _heights(cube)
        self._turns = np.zeros(len(cube.cells), np.int64)
        self._situation = Situation(cube, least, leasts, shown, people, earlier, contribution)
        self._world, self._earlier = cube.counts, earlier
        if earlier:
            try:
                self._world = Worlds.of(self._situation.truth(cube.counts)).one
            except Contradiction:
                raise ReleaseRefused(
                    "what earlier releases of this project told cannot be true of the people whom this one shares with"
                    " them: something is counted otherwise that their digests say nothing of. Where arms, behaviours or"
                    " strata were added or taken away since, release once what was counted then, or wait for more people"
                ) from None
        self._known = np.zeros(len(cube.cells), bool)
        if earlier:
            self._accept(self.attacked(self._known))

    def attacked(self, told: Mask, worlds: Worlds | None = None) -> list[Proof]:
        """What can be derived of what is told."""
        known, watched = self._situation.known(told), self._situation.watched(told)
        return given_away(
            known, watched, self._could_be_left_out(told), worlds or Worlds(self._world)
        )

    def names(self, proofs: Iterable[Proof]) -> list[str]:
        """Of what is given away."""
        return [self._situation.names[proof.place] for proof in proofs]

    def most_first(self, may: Mask) -> Mask:
        """Tell totals, then what they are made of, while nothing is seen through; then take back what gives something away all
        the same."""
        self._refuse_known(may)
        told, ahead = self._known.copy(), may & ~self._known
        for turn, batch in enumerate(self._batches(ahead)):
            self._turns[batch] = turn
            told[batch], ahead[batch] = True, False
            while left_out := self._chosen(self._seen_through(told, ahead)):
                told[left_out] = False
        worlds = Worlds(self._world)  # those that are possible stay so when less is told
        while proofs := self.attacked(told, worlds):
            told[self._left_out(proofs)] = False
        return told

    def fewest_lost(self, may: Mask) -> Mask:
        """Of all ways to tell some, tell the most: leave out none, one, two … and try only what meets every proof so far."""
        self._refuse_known(may)
        proofs = list[Proof]()
        free = np.flatnonzero(may & ~self._known)
        order = sorted(free.tolist(), key=lambda i: (self._cube.counts[i], i))
        for size in range(len(order) + 1):
            for left_out in itertools.combinations(order, size):
                if not all({*left_out} & {*proof.facts} for proof in proofs):
                    continue
                told = may.copy()
                told[list(left_out)] = False
                if not (found := self.attacked(told)):
                    return told
                self._left_out(found)
                proofs += found
        raise AssertionError("with nothing told, nothing is given away or the release was refused")

    def _accept(self, proofs: Iterable[Proof]) -> None:
        """Take for told what earlier releases gave away already, of their own counts and of this one's."""
        for proof in proofs:
            if proof.place < len(self._known):
                self._known[proof.place] = True
        self._situation.give_up({proof.place for proof in proofs})

    def _refuse_known(self, may: Mask) -> None:
        for place in np.flatnonzero(self._known & ~may):
            told = ", ".join(one.release_id for one in self._earlier)
            raise ReleaseRefused(
                f"{self._situation.names[place]}: this policy does not tell how many these are, and what this project released"
                f" before does (release {told}): release by the policy of then, or when more people have changed"
            )

    def _refuse(self, places: Iterable[int]) -> None:
        for place in places:
            raise ReleaseRefused(
                f"{self._situation.names[place]}: how many these are can be derived, whatever else is left out"
            )

    def _seen_through(self, told: Mask, ahead: Mask) -> list[Proof]:
        """What told ones give away; those ahead are to be told as well."""
        known, watched = self._situation.known(told), self._situation.watched(told | ahead)
        return seen_through(known, watched, self._could_be_left_out(told))

    def _could_be_left_out(self, told: Mask) -> Mask:
        """Among all places."""
        wide = np.zeros(len(self._situation.names), bool)
        wide[: len(told)] = told & ~self._known
        return wide

    def _left_out(self, proofs: Sequence[Proof]) -> list[int]:
        self._refuse(proof.place for proof in proofs if not proof.facts)
        return self._chosen(proofs)

    def _chosen(self, proofs: Sequence[Proof]) -> list[int]:
        """Facts of which every proof that has any needs one: the last told, then what most proofs need, then small."""
        left, chosen = [set(proof.facts) for proof in proofs if proof.facts], list[int]()
        while left:
            needed = Counter(fact for facts in left for fact in facts)
            chosen.append(
                min(needed, key=lambda i: (-self._turns[i], -needed[i], self._cube.counts[i], i))
            )
            left = [facts for facts in left if chosen[-1] not in facts]
        return chosen

    def _batches(self, may: Mask) -> Iterator[list[int]]:
        """Cells in the order in which they are told, many at once where no sum ties two of them: totals first, then small ones."""
        sums = [list[int]() for _ in may]
        for which, (whole, parts) in enumerate(self._cube.sums):
            for i in (whole, *parts):
                sums[i].append(which)
        for height in range(self._heights.max(initial=0), -1, -1):
            level = np.flatnonzero(may & (self._heights == height))
            batches = list[tuple[set[int], list[int]]]()
            for i in level[np.argsort(self._cube.counts[level], kind="stable")].tolist():
                free = (batch for batch in batches if batch[0].isdisjoint(sums[i]))
                taken, members = next(free, (set(), []))
                if not members:
                    batches.append((taken, members))
                taken.update(sums[i])
                members.append(i)
            yield from (members for _, members in batches)


def _heights(cube: Cube) -> Counts:
    """[cells] sums one above the other that lead down from a cell; 0: it is no whole."""
    heights = np.zeros(len(cube.cells), np.int64)
    while True:
        before = heights.copy()
        for whole, parts in cube.sums:
            heights[whole] = max(heights[whole], 1 + heights[list(parts)].max())
        if np.array_equal(before, heights):
            return heights
