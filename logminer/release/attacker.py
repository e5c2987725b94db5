"""What can be derived of counts that are not told, by somebody who knows how all counts add up.

He knows between which ends each count lies: a told one near its rounded value, any other at least at nought. Ends are first
drawn in along one sum after the other, which is cheap and finds most of what can be found. What is left is put to HiGHS in
whole numbers, so that its answers are exact: each is a world that may be the true one, and where two such worlds are far
apart in a count, that count is proved to be safe.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.release.cells import Counts, Sum

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = [
    "Contradiction",
    "Guarded",
    "Known",
    "Mask",
    "Proof",
    "Worlds",
    "given_away",
    "seen_through",
    "ties",
]

Mask = NDArray[np.bool_]
SWEEPS = 100  # of drawing in; ends are sound after each of them
STEPS = (1, 3, 12, None)  # how far ties are followed from a count; null: all of them
MOST_TIES = 16  # of a count through which they are followed
TURNS = 3  # places that hubs are put in, each way
WORTH = 0.98  # another round of worlds at random, while what is unproved shrinks to this


class Contradiction(ArithmeticError):
    """No counts are as all that is known says."""


class Known(NamedTuple):
    """What is known of counts: each lies in [low, high], and each row of `ties` (of −1, 0, 1) times them is 0."""

    low: Counts
    high: Counts
    ties: csr_array


class Guarded(NamedTuple):
    """Counts of which nobody may know much.

    Attributes:
        places: [w] in `Known`.
        least: [w] prompts behind a count that is told.
        untold: [w] a table leaves it out: then its ends have to lie `least` apart. Else no table has a place for it, and it
            may only not be known for a count of 1 … `least` − 1.
    """

    places: Counts
    least: Counts
    untold: Mask

    def of(self, which: int) -> Guarded:
        """One of them."""
        some = slice(which, which + 1)
        return Guarded(self.places[some], self.least[some], self.untold[some])

    def broken(self, low: Counts, high: Counts) -> Mask:
        """[w] whether ends [all places] say too much."""
        low, high = low[self.places], high[self.places]
        return np.where(self.untold, high - low < self.least, (low > 0) & (high < self.least))


class Proof(NamedTuple):
    """A count that can be derived, and told ones that it is derived from: it cannot in this way if one of them is left out."""

    place: int
    facts: tuple[int, ...]


class Worlds:
    """The least and the most of each count in the worlds found so far that may be the true one; `one` is any of them."""

    def __init__(self, one: Counts) -> None:
        self.low = self.high = self.one = one

    @classmethod
    def of(cls, known: Known) -> Worlds:
        """Some world.

        Raises:
            Contradiction: there is none.
        """
        return cls(_best(known, np.zeros(len(known.low))))

    def add(self, world: Counts) -> None:
        """One more."""
        self.low, self.high = np.minimum(self.low, world), np.maximum(self.high, world)

    def unproved(self, watched: Guarded) -> Mask:
        """[w] what they do not show to be safe."""
        return watched.broken(self.low, self.high)


def ties(sums: Sequence[Sum], n: int) -> csr_array:
    """[sums, n]: 1 for the whole, −1 for its parts."""
    from scipy.sparse import csr_array

    starts = np.cumsum([0, *(1 + len(s.parts) for s in sums)])
    columns = np.array([i for s in sums for i in (s.whole, *s.parts)], np.int64)
    signs = np.full(len(columns), -1, np.int64)
    signs[starts[:-1]] = 1
    return csr_array((signs, columns, starts), shape=(len(sums), n))


def seen_through(known: Known, watched: Guarded, told: Mask) -> list[Proof]:
    """What is given away by one tie after the other: quick, but it does not find all.

    Args:
        told: [all places] counts that could be left out; what is derived of others only has no facts.
    """
    if not known.ties.shape[0]:
        return []
    near = _tightened(known)
    broken = np.flatnonzero(watched.broken(near.low, near.high))
    return list(_Ends(known, near, told).proofs(watched, broken)) if len(broken) else []


def given_away(known: Known, watched: Guarded, told: Mask, worlds: Worlds) -> list[Proof]:
    """Counts among the watched that can be derived; none: nothing can.

    Args:
        told: as in `seen_through`.
        worlds: that may be true as far as is known; more are added.
    """
    if not known.ties.shape[0]:
        return []
    near = _tightened(known)
    _spread(near, watched, worlds)
    around = _Around(known, near, told)
    found = list[Proof]()
    for which in np.flatnonzero(worlds.unproved(watched)).tolist():
        one = watched.of(which)
        if worlds.unproved(one)[0] and (proof := around.proof(one, worlds)):
            found.append(proof)
    return found


def _tightened(known: Known) -> Known:
    """The same, with ends drawn in along each tie by itself until nothing moves."""
    low, high = known.low, known.high
    for _ in range(SWEEPS):
        lows, highs = _implied(Known(low, high, known.ties))
        new_low, new_high = low.copy(), high.copy()
        np.maximum.at(new_low, known.ties.indices, lows)
        np.minimum.at(new_high, known.ties.indices, highs)
        if np.array_equal(low, new_low) and np.array_equal(high, new_high):
            break
        low, high = new_low, new_high
        if (low > high).any():
            raise Contradiction
    return Known(low, high, known.ties)


def _implied(known: Known) -> tuple[Counts, Counts]:
    """For each entry of `ties` the ends that its row gives its count, by those of all others in the row."""
    t = known.ties
    plus = t.data > 0
    low, high = known.low[t.indices], known.high[t.indices]
    least, most = np.where(plus, low, -high), np.where(plus, high, -low)
    rows = _rows_of(t)
    up = least - np.add.reduceat(least, t.indptr[:-1])[rows]
    down = most - np.add.reduceat(most, t.indptr[:-1])[rows]
    return np.where(plus, down, -up), np.where(plus, up, -down)


def _rows_of(t: csr_array) -> Counts:
    """The row of each entry."""
    return np.repeat(np.arange(t.shape[0]), np.diff(t.indptr))


class _Ends:
    """How counts came by their ends."""

    def __init__(self, known: Known, near: Known, told: Mask) -> None:
        self._told = told
        self._ties, self._by_column = known.ties, known.ties.tocsc()
        order = np.lexsort((_rows_of(known.ties), known.ties.indices))
        at = known.ties.indices[order]
        lows, highs = (ends[order] for ends in _implied(near))
        self._gives = (
            (lows == near.low[at]) & (near.low > known.low)[at],
            (highs == near.high[at]) & (near.high < known.high)[at],
        )
        self._high = near.high

    def proofs(self, watched: Guarded, broken: Counts) -> Iterator[Proof]:
        """Of each that is broken."""
        for which in broken.tolist():
            place = int(watched.places[which])
            # Where the upper end alone says too much, nothing is mended at the lower one.
            alone = watched.untold[which] and self._high[place] < watched.least[which]
            yield Proof(place, self._facts(place, (1,) if alone else (0, 1)))

    def _facts(self, place: int, sides: Sequence[int]) -> tuple[int, ...]:
        """What is told among the ends that these ends come from; 0 is a lower end, 1 an upper one."""
        t = self._ties
        edge = [(place, side) for side in sides]
        seen, facts = {*edge}, set[int]()
        while edge:
            at, side = edge.pop()
            rows = self._givers(at, side)
            if not rows:
                facts |= {at} if self._told[at] else set()
                continue
            span = slice(t.indptr[rows[0]], t.indptr[rows[0] + 1])
            members, signs = t.indices[span].tolist(), t.data[span].tolist()
            own = signs[members.index(at)]
            for other, sign in zip(members, signs, strict=True):
                # A part is most where the whole is most and other parts are least.
                end = (other, side if sign != own else 1 - side)
                if other != at and end not in seen:
                    seen.add(end)
                    edge.append(end)
        return tuple(sorted(facts - {place}))

    def _givers(self, place: int, side: int) -> list[int]:
        """Ties that gave it this end; none: it was known."""
        t = self._by_column
        span = slice(t.indptr[place], t.indptr[place + 1])
        rows: list[int] = t.indices[span][self._gives[side][span]].tolist()
        return rows


def _spread(known: Known, watched: Guarded, worlds: Worlds) -> None:
    """Find worlds that are far apart in many counts at once, until that pays no more: at first such as agree in the counts
    that tie most others together, without which all comes apart into small questions."""
    rng = np.random.default_rng(0)
    hubs = np.diff(known.ties.tocsc().indptr) > MOST_TIES
    heaps = _heaps(known.ties, hubs)
    if len(heaps) > 1:
        for turn in range(2 * TURNS):
            around = worlds.one
            if turn:  # the hubs in other places
                wish = hubs * rng.uniform(0.5, 1.5, len(hubs)) * (-1) ** turn
                around = _best(known, wish, nearly=True)
                worlds.add(around)
            for wish in _wishes(watched, worlds, rng):
                worlds.add(_best_apart(known, around, wish, hubs, heaps))
            if not worlds.unproved(watched).any():
                return
    for wish in _wishes(watched, worlds, rng):
        worlds.add(_best(known, wish, nearly=True))


def _wishes(
    watched: Guarded, worlds: Worlds, rng: np.random.Generator
) -> Iterator[NDArray[np.float64]]:
    """[all places] to have more, then less, of what is unproved, as long as that becomes less."""
    left = len(watched.places) + 1
    while (now := int(worlds.unproved(watched).sum())) and now <= WORTH * left:
        left = now
        for sign in (1, -1):
            wish = np.zeros(len(worlds.one))
            # Unevenly: what one of two counts gains the other loses.
            uneven = rng.uniform(0.5, 1.5, len(watched.places))
            wish[watched.places] = sign * worlds.unproved(watched) * uneven
            yield wish


def _best_apart(
    known: Known,
    around: Counts,
    wish: NDArray[np.float64],
    hubs: Mask,
    heaps: Sequence[Counts],
) -> Counts:
    """The best of the worlds in which hubs are as in the one `around`, heap by heap."""
    world = around.copy()
    for rows in heaps:
        columns, some = _cut(known.ties, rows)
        if wish[columns].any():
            here, pinned = around[columns], hubs[columns]
            low = np.where(pinned, here, known.low[columns])
            high = np.where(pinned, here, known.high[columns])
            world[columns] = _best(Known(low, high, some), wish[columns], nearly=True)
    return world


def _heaps(t: csr_array, hubs: Mask) -> list[Counts]:
    """Rows that are tied to each other by more than hubs."""
    from scipy.sparse.csgraph import connected_components

    shared = t[:, ~hubs]
    _, of = connected_components(abs(shared) @ abs(shared).T, directed=False)
    order = np.argsort(of, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(of[order])) + 1)


class _Around:
    """A count and what ties it to others, nearby first.

    Of a few ties two things are asked. With all that other ties hold as well left as it is in one world: is the count safe even
    so? By these ties alone: is it derived already? Mostly one of the two is so; else more ties are taken, in the end all.
    """

    def __init__(self, known: Known, near: Known, told: Mask) -> None:
        self._known, self._near, self._told = known, near, told
        self._by_column = known.ties.tocsc()
        self._degree = np.diff(self._by_column.indptr)
        self._leads = (near.low < near.high) & ~told & (self._degree <= MOST_TIES)

    def proof(self, one: Guarded, worlds: Worlds) -> Proof | None:
        """How the count is derived; null: it is not."""
        place = int(one.places[0])
        for steps in STEPS:
            rows = self._rows(place, steps)
            self._widen(place, rows, worlds)
            if not worlds.unproved(one)[0]:
                return None
            if (facts := self._facts(one, rows)) is not None:
                return Proof(place, facts)
        # It takes whole numbers to see it, and these have no prices that say what it rests on.
        near = np.unique(self._known.ties[self._rows(place, 0)].indices)
        near = near[self._told[near]]
        return Proof(place, tuple((near if len(near) else np.flatnonzero(self._told)).tolist()))

    def _rows(self, place: int, steps: int | None) -> Counts:
        if steps is None:
            return np.arange(self._known.ties.shape[0])
        edge, rows = np.array([place]), np.zeros(0, np.int64)
        for _ in range(steps + 1):
            rows = np.unique(self._by_column[:, edge].indices)
            beyond = np.unique(self._known.ties[rows].indices)
            edge = np.union1d(place, beyond[self._leads[beyond]])
        return rows

    def _widen(self, place: int, rows: Counts, worlds: Worlds) -> None:
        """Add the worlds where it is least and most, if only what these ties alone hold moves."""
        if not len(rows):  # it is tied to nothing
            for end in (self._near.low[place], self._near.high[place]):
                world = worlds.one.copy()
                world[place] = end
                worlds.add(world)
            return
        columns, some = _cut(self._known.ties, rows)
        here = worlds.one[columns]
        moves = np.diff(some.tocsc().indptr) == self._degree[columns]
        low = np.where(moves, self._near.low[columns], here)
        high = np.where(moves, self._near.high[columns], here)
        for sign in (-1, 1):
            world = worlds.one.copy()
            world[columns] = _best(Known(low, high, some), sign * (columns == place))
            worlds.add(world)

    def _facts(self, one: Guarded, rows: Counts) -> tuple[int, ...] | None:
        """The told counts whose ends have a price where it is least or most by these ties; null: it is not derived."""
        from scipy.optimize import linprog

        columns, some = _cut(self._known.ties, rows)
        priced = np.zeros(len(columns), bool)
        ends = list[int]()
        for sign in (1, -1):
            done = linprog(
                sign * (columns == one.places[0]),
                A_eq=some,
                b_eq=np.zeros(len(rows)),
                bounds=np.column_stack([self._known.low[columns], self._known.high[columns]]),
                method="highs-ds",
            )
            priced |= np.abs(done.lower.marginals) + np.abs(done.upper.marginals) > 1e-6
            ends.append(sign * math.ceil(done.fun - 1e-6))
        alone = one._replace(places=np.zeros(1, np.int64))
        if not alone.broken(*np.array(ends)[:, None])[0]:
            return None
        return tuple(columns[priced & self._told[columns]].tolist())


def _cut(t: csr_array, rows: Counts) -> tuple[Counts, csr_array]:
    """The places in some rows, and these rows with these places only."""
    some = t[rows]
    columns = np.unique(some.indices)
    return columns, some[:, columns]


def _best(known: Known, wish: NDArray[np.float64], *, nearly: bool = False) -> Counts:
    """The world that may be true and that has most of what is wished; or `nearly`, which is quicker.

    Raises:
        Contradiction: there is no world.
    """
    if (found := _corner(known, wish)) is not None:
        return found
    from scipy.optimize import Bounds, LinearConstraint, milp

    # With presolving HiGHS 1.12 takes worlds for best that are not.
    for presolve in (True, False) if nearly else (False,):
        done = milp(
            -wish,
            integrality=np.ones(len(wish)),
            bounds=Bounds(known.low, known.high),
            constraints=LinearConstraint(known.ties, 0, 0),
            options={"presolve": presolve},
        )
        if done.x is not None:
            best: Counts = np.rint(done.x).astype(np.int64)
            if not presolve or _may_be(known, best):
                return best
    raise Contradiction


def _may_be(known: Known, world: Counts) -> bool:
    """Whether a world is as all that is known says."""
    within = (known.low <= world).all() and (world <= known.high).all()
    return bool(within and not (known.ties @ world).any())


def _corner(known: Known, wish: NDArray[np.float64]) -> Counts | None:
    """The same where it has whole numbers without being asked for them, which is quick; None: it has others."""
    from scipy.optimize import linprog

    done = linprog(
        -wish,
        A_eq=known.ties,
        b_eq=np.zeros(known.ties.shape[0]),
        bounds=np.column_stack([known.low, known.high]),
        method="highs-ds",
    )
    if done.x is None:
        raise Contradiction
    whole = np.rint(done.x)
    return whole.astype(np.int64) if np.abs(done.x - whole).max(initial=0) <= 1e-6 else None
