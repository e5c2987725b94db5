"""From drawn prompts to every count that a release could tell, and the sums that tie them.

How many prompts were drawn is not told, nor how many responses are plain answers: each may be any number from what is told
upwards, so that nothing told says how many were *not* judged, have no vector, or lack an answer. These counts need no cell:
there is no end to what an attacker has to think possible of them.

A behaviour is counted over the prompts on which all compared arms are judged, so that its arms and pairs have one `n` and
no difference of two tells of few. Behaviours that lack few prompts are counted over the same ones (`pooling`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.ids import Pseudonyms
from logminer.messages.states import STATES
from logminer.release.cells import Cell, Counts, Cube, Sum
from logminer.release.drawing import GROUPS_FROM
from logminer.release.drawn import ALL, MISSING, NOWHERE, YES, Drawn, JudgedAs
from logminer.release.pooling import arms_together, narrower
from logminer.release.thresholds import random_threshold

__all__ = [
    "ALL",
    "PAIRED",
    "CountedBehaviour",
    "CountedCube",
    "Mapped",
    "count",
    "state_cell",
    "strata_of",
]

Mask = NDArray[np.bool_]
PAIRED = ("both", "base_only", "candidate_only", "neither")
PLAIN = "answered"
REST = "others than "  # begins what is not told of a family of strata


class CountedBehaviour(NamedTuple):
    """A behaviour in one stratum: `arms` are counted over the same prompts, and `pairs` of them compared."""

    suite: str
    judged: JudgedAs
    stratum: str
    arms: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]

    def cell(self, of: Sequence[str], what: str) -> Cell:
        """Of the arm, the pair, or the arms that `what` asks for: yes, both, n …"""
        names = ("category", "channel", "scorer")
        at = [("suite", self.suite), *zip(names, self.judged, strict=True)]
        return Cell(
            "answers",
            (*at, ("stratum", self.stratum), ("arms", " ".join(of)), ("count", what)),
        )

    @property
    def n(self) -> Cell:
        """Prompts on which all arms are judged."""
        return self.cell(self.arms, "n")


class Mapped(NamedTuple):
    """The arms of a study that are placed on its map, counted over the same prompts."""

    drawn: Drawn
    arms: tuple[str, ...]

    @property
    def n(self) -> Cell:
        """Prompts to which all arms have responses that lie on the map."""
        return Cell("clusters", (*self._at, ("arms", " ".join(self.arms)), ("count", "n")))

    def cell(self, arm: str, cluster: int) -> Cell:
        """Of these, the responses of `arm` in a cluster or a group of clusters."""
        return Cell("clusters", (*self._at, ("arms", arm), ("cluster", str(cluster))))

    @property
    def _at(self) -> tuple[tuple[str, str], ...]:
        return ("suite", self.drawn.suite), ("map", self.drawn.map_id)


class CountedCube(NamedTuple):
    """A cube, which of its cells may be told at all, and what there is in it.

    Attributes:
        shown: [cells] some table has a place for it.
        fixed: [cells] too few by a threshold that only the key knows, so that whoever has nearly as many accounts as are asked for
            does not learn from a count that is told whether one more is there.
        least: [cells] of a cell that no table shows it may not be known that 1 … `least` − 1 are behind it. Of what is left when
            those who are told are taken from all, that is for the key to say too.
        blocks, maps: in the order of the studies.
    """

    cube: Cube
    shown: Mask
    fixed: Mask
    least: Counts
    blocks: tuple[CountedBehaviour, ...]
    maps: tuple[Mapped, ...]


def state_cell(suite: str, arm: str, state: str) -> Cell:
    """Responses of an arm in a state."""
    return Cell("states", (("suite", suite), ("arms", arm), ("state", state)))


def strata_of(drawn: Drawn, least: int, pseudonyms: Pseudonyms) -> dict[str, Mapping[str, Mask]]:
    """Family → stratum → its prompts; the last has what is in no other and is not told of: without a value, or with one that fewer
    prompts have than its threshold. Without a family whose value is the same for all."""
    families: dict[str, Mapping[str, Mask]] = {}
    for family, values in drawn.strata.items():
        found: dict[str, Mask] = {}
        for value in sorted({v for v in values.tolist() if v is not None}):
            mask, stratum = np.asarray(values == value, bool), f"{family}={value}"
            if np.count_nonzero(mask) >= random_threshold(pseudonyms, least, drawn.suite, stratum):
                found[stratum] = mask
        rest = ~np.logical_or.reduce([np.zeros(len(drawn), bool), *found.values()])
        if not found or (len(found) == 1 and not rest.any()):
            continue
        if rest.any():
            found[f"{REST}{', '.join(found)}"] = rest
        families[family] = found
    return families


def count(studies: Sequence[Drawn], least: int, pseudonyms: Pseudonyms) -> CountedCube:
    """Every count of every table.

    Args:
        studies: each with a suite of its own.
        least: drawn prompts behind a count that is told.
        pseudonyms: of the project; they keep what is random of each threshold, from `least` to twice that.
    """
    counting = _Counting(least, pseudonyms)
    for drawn in studies:
        counting.add(drawn)
    cube = Cube(
        tuple(counting.cells),
        np.array(counting.counts, np.int64),
        tuple(dict.fromkeys(counting.sums)),
        counting.also,
    )
    return CountedCube(
        cube,
        np.array(counting.shown, bool),
        np.array(counting.fixed, bool),
        np.array(counting.leasts, np.int64),
        tuple(counting.blocks),
        tuple(counting.maps),
    )


class _Counting:
    def __init__(self, least: int, pseudonyms: Pseudonyms) -> None:
        self._least, self._pseudonyms = least, pseudonyms
        self.cells: list[Cell] = []
        self.counts: list[int] = []
        self.shown: list[bool] = []
        self.fixed: list[bool] = []
        self.leasts: list[int] = []
        self.sums: list[Sum] = []
        self.blocks: list[CountedBehaviour] = []
        self.maps: list[Mapped] = []
        self.also: dict[Cell, int] = {}
        self._places: dict[Cell, int] = {}
        self._totals: dict[tuple[str, str], dict[bytes, _Total]] = {}

    def add(self, drawn: Drawn) -> None:
        together = arms_together(drawn.arms, drawn.pairs)
        for arms in together:
            self._clusters(drawn, arms)
        self._answers(drawn, together)
        self._states(drawn)
        self._tie_totals(drawn.suite)

    def _answers(self, drawn: Drawn, together: Sequence[tuple[str, ...]]) -> None:
        families = strata_of(drawn, self._least, self._pseudonyms)
        asked: dict[tuple[JudgedAs, str], Mask] = {}
        for (judged, labels), arms in itertools.product(drawn.labels.items(), together):
            there = {arm: labels[arm] != MISSING for arm in arms}
            able = self._able(drawn, there)
            if not able:
                continue
            complete = np.logical_and.reduce([there[arm] for arm in able])
            asked |= {(judged, arm): complete for arm in able}
            yes = {arm: labels[arm] == YES for arm in able}
            pairs = tuple(pair for pair in drawn.pairs if {*pair} <= {*able})
            block = CountedBehaviour(drawn.suite, judged, ALL, able, pairs)
            whole = self._block(block, yes, complete)
            for family in families.values():
                parts = [
                    self._block(block._replace(stratum=stratum), yes, complete & mask)
                    for stratum, mask in family.items()
                ]
                self.sums += [Sum(w, tuple(p)) for w, *p in zip(whole, *parts, strict=True)]
        self._within(drawn, asked)

    def _within(self, drawn: Drawn, asked: Mapping[tuple[JudgedAs, str], Mask]) -> None:
        """What shows a narrower behaviour shows the broader one, which others show too: where that is so of every answer."""
        kinds: dict[tuple[JudgedAs, tuple[str, ...], str], Mask] = {}
        for (judged, arm), mask in asked.items():
            kinds[judged, (arm,), "yes"] = (drawn.labels[judged][arm] == YES) & mask
        for judged, pair in itertools.product(drawn.labels, drawn.pairs):
            if {(judged, arm) for arm in pair} <= asked.keys():
                one, other = (kinds[judged, (arm,), "yes"] for arm in pair)
                there = asked[judged, pair[0]] & asked[judged, pair[1]]
                kinds[judged, pair, "both"] = one & other
                kinds[judged, pair, "neither"] = there & ~one & ~other
        for narrow, broad in narrower(drawn.labels, drawn.broader):
            for (judged, of, what), mask in kinds.items():
                if judged != narrow or (broad, of, what) not in kinds:
                    continue
                inner, outer = (narrow, mask), (broad, kinds[broad, of, what])
                if what == "neither":
                    inner, outer = outer, inner
                if inner[1].any() and not (inner[1] & ~outer[1]).any():
                    self._tie_kinds(drawn.suite, inner[0], outer[0], of, what)
        self._made_up(drawn, kinds)

    def _tie_kinds(
        self, suite: str, inner: JudgedAs, outer: JudgedAs, of: tuple[str, ...], what: str
    ) -> None:
        """In every stratum: who is counted of the one is counted of the other."""
        for stratum, (part, whole) in self._in_strata(suite, (inner, outer), of, what):
            named = f"{what} but not {inner.category_id} by {inner.scorer}"
            other = CountedBehaviour(suite, outer, stratum, (), ()).cell(of, named)
            self.sums.append(Sum(whole, (part, self._others(other, whole, part))))

    def _in_strata(
        self, suite: str, judged: Sequence[JudgedAs], of: tuple[str, ...], what: str
    ) -> Iterator[tuple[str, list[int]]]:
        """Strata in which all of these behaviours have such a cell, and its place for each."""
        for stratum in dict.fromkeys(b.stratum for b in self.blocks if b.suite == suite):
            blocks = [CountedBehaviour(suite, one, stratum, (), ()) for one in judged]
            places = [self._places.get(block.cell(of, what)) for block in blocks]
            found = [place for place in places if place is not None]
            if len(found) == len(places):
                yield stratum, found

    def _made_up(
        self, drawn: Drawn, kinds: Mapping[tuple[JudgedAs, tuple[str, ...], str], Mask]
    ) -> None:
        """A behaviour that is nothing but those right below it, one of them in each answer."""
        for (broad, of, what), whole in kinds.items():
            below = [
                (one, mask)
                for (one, arms, kind), mask in kinds.items()
                if drawn.broader.get(one.category_id) == broad.category_id
                and (one.channel, arms, kind) == (broad.channel, of, "yes")
            ]
            if what != "yes" or len(below) < 2 or not whole.any():
                continue
            if (np.sum([mask for _, mask in below], axis=0) != whole).any():
                continue
            judged = [broad, *(one for one, _ in below)]
            for _, (at, *parts) in self._in_strata(drawn.suite, judged, of, "yes"):
                self.sums.append(Sum(at, tuple(parts)))

    def _block(self, block: CountedBehaviour, yes: Mapping[str, Mask], asked: Mask) -> list[int]:
        """Places of all cells of a behaviour in one stratum."""
        in_table = not block.stratum.startswith(REST)

        # Whoever is in a stratum is so with all behaviours, and tips one threshold; what shows one of them tips another.
        in_it = self._threshold(block.suite, block.stratum)
        shows_it = self._threshold(block.suite, block.stratum, *block.judged)

        def cell(of: Sequence[str], what: str, which: Mask, *, shown: bool = in_table) -> int:
            n = int(np.count_nonzero(which & asked))
            left = 0 if in_table else shows_it
            return self._cell(block.cell(of, what), n, shown, shows_it, self.counts[whole], left)

        self.blocks.append(block)
        n = whole = self._total(block.n, block.suite, block.stratum, asked, in_table, in_it)
        begun = len(self.cells)
        arms: dict[str, tuple[int, int]] = {}
        for arm, shows in yes.items():
            arms[arm] = cell((arm,), "yes", shows), cell((arm,), "no", ~shows, shown=False)
            self.sums.append(Sum(n, arms[arm]))
        for pair in block.pairs:
            one, other = (yes[arm] for arm in pair)
            kinds = (one & other, one & ~other, ~one & other, ~one & ~other)
            both, base_only, candidate_only, neither = (
                cell(pair, what, which) for what, which in zip(PAIRED, kinds, strict=True)
            )
            base, candidate = (arms[arm] for arm in pair)
            self.sums += [
                Sum(base[0], (both, base_only)),
                Sum(base[1], (candidate_only, neither)),
                Sum(candidate[0], (both, candidate_only)),
                Sum(candidate[1], (base_only, neither)),
            ]
        return [n, *range(begun, len(self.cells))]

    def _clusters(self, drawn: Drawn, arms: tuple[str, ...]) -> None:
        there = {arm: drawn.clusters[arm] != NOWHERE for arm in arms}
        if able := self._able(drawn, there):
            mapped = Mapped(drawn, able)
            self.maps.append(mapped)
            on_map = np.logical_and.reduce([there[arm] for arm in able])
            threshold = self._threshold(drawn.suite, ALL)
            n = self._total(mapped.n, drawn.suite, ALL, on_map, True, threshold)
            for arm in able:
                self._tree(mapped, arm, drawn.clusters[arm][on_map], n)

    def _tree(self, mapped: Mapped, arm: str, own: NDArray[np.int64], n: int) -> None:
        """All clusters of an arm, and the groups that they lie in."""
        drawn = mapped.drawn
        inside = {one: int(np.count_nonzero(own == one)) for one in _leaves(drawn)}
        children: dict[int, list[int]] = {}
        for one, above in drawn.parents.items():
            if above is not None:
                children.setdefault(above, []).append(one)

        def size(group: int) -> int:
            return inside[group] if group in inside else sum(map(size, children.get(group, ())))

        def cell(one: int) -> int:
            threshold = self._threshold(drawn.suite, drawn.map_id, str(one))
            return self._cell(mapped.cell(arm, one), size(one), True, threshold, len(own))

        places = {one: cell(one) for one in {**inside, **drawn.parents}}
        self.sums.append(Sum(n, tuple(places[cluster] for cluster in inside)))
        for above, below in children.items():
            self.sums.append(Sum(places[above], tuple(places[one] for one in below)))

    def _states(self, drawn: Drawn) -> None:
        for arm, found in drawn.states.items():
            for state in STATES:
                n = int(np.count_nonzero(found == state))
                threshold = self._threshold(drawn.suite, state)
                self._cell(state_cell(drawn.suite, arm, state), n, state != PLAIN, threshold)

    def _able(self, drawn: Drawn, there: Mapping[str, Mask]) -> tuple[str, ...]:
        """The arms that have something in enough prompts: else one person's answer would take those of the others away."""
        least = self._threshold(drawn.suite, ALL)
        return tuple(arm for arm, mine in there.items() if np.count_nonzero(mine) >= least)

    def _threshold(self, *named: str) -> int:
        return random_threshold(self._pseudonyms, self._least, *named)

    def _total(
        self, cell: Cell, suite: str, stratum: str, which: Mask, shown: bool, threshold: int
    ) -> int:
        """The place of what is counted of `which` prompts of a stratum. A judge that labels every answer counts all behaviours
        over the same ones, and whoever guesses that takes what is told of one for the others."""
        alike = self._totals.setdefault((suite, stratum), {})
        if (said := which.tobytes()) in alike:
            self.also[cell] = self._places[cell] = alike[said].place
        else:
            n, left = int(np.count_nonzero(which)), 0 if shown else threshold
            alike[said] = _Total(self._cell(cell, n, shown, threshold, left=left), which)
        return alike[said].place

    def _tie_totals(self, suite: str) -> None:
        """Where what is counted of one behaviour is of some of those whom another is counted of, the others are a count too."""
        for (of, _), alike in self._totals.items():
            totals = sorted(alike.values(), key=lambda one: -self.counts[one.place])
            for i, inner in enumerate(totals if of == suite else ()):
                outer = next(
                    (o for o in reversed(totals[:i]) if not (inner.which & ~o.which).any()), None
                )
                if outer is None or not inner.which.any():
                    continue
                whole, part = self.cells[outer.place], self.cells[inner.place]
                other = Cell(whole.table, (*whole.at, ("but of", str(part))))
                self.sums.append(
                    Sum(outer.place, (inner.place, self._others(other, outer.place, inner.place)))
                )

    def _others(self, cell: Cell, whole: int, part: int) -> int:
        """The place of those of a whole that are not in a part of it."""
        n = self.counts[whole] - self.counts[part]
        return self._cell(cell, n, False, left=self._threshold(str(cell)))

    def _cell(
        self,
        cell: Cell,
        n: int,
        shown: bool,
        threshold: int = 0,
        whole: int | None = None,
        left: int = 0,
    ) -> int:
        """Its place.

        Args:
            threshold: fewer are not told.
            whole: that is told, and tells of all but `n`, who have to be as many.
            left: of those whom told ones leave over of a whole: from how many more on, than have to be behind any count, it may be
                known how many they are; rounding makes that uncertain by up to as many.
        """
        self._places[cell] = len(self.cells)
        self.cells.append(cell)
        self.counts.append(n)
        self.shown.append(shown)
        self.fixed.append(min(n, n if whole is None else whole - n) < threshold)
        self.leasts.append(self._least + left)
        return len(self.cells) - 1


class _Total(NamedTuple):
    """The place of a total, and of which prompts it is."""

    place: int
    which: Mask


def _leaves(drawn: Drawn) -> Iterator[int]:
    """The clusters themselves, and what is in none."""
    yield from sorted({cluster for cluster in drawn.parents if cluster < GROUPS_FROM} | {-1})
