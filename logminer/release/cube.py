"""From drawn prompts to every count that a release could tell, and the sums that tie them.

How many prompts were drawn is not told, nor how many responses are plain answers: each may be any number from what is told
upwards, so that nothing told says how many were *not* judged, have no vector, or lack an answer. These counts need no cell:
there is no end to what an attacker has to think possible of them.

A behaviour is counted over the prompts on which all compared arms are judged, so that its arms and pairs have one `n` and
no difference of two tells of few.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.ids import Pseudonyms
from logminer.messages.states import STATES
from logminer.release.cells import Cell, Cube, Sum
from logminer.release.drawing import GROUPS_FROM, NOWHERE
from logminer.release.drawn import MISSING, YES, Drawn, JudgedAs

__all__ = [
    "ALL",
    "PAIRED",
    "Counted",
    "answers_cell",
    "arms_together",
    "cluster_cell",
    "clustered_cell",
    "count",
    "random_threshold",
    "state_cell",
    "strata_of",
]

Mask = NDArray[np.bool_]
ALL = "all"
PAIRED = ("both", "base_only", "candidate_only", "neither")
PLAIN = "answered"
REST = "others than "  # begins what is not told of a family of strata


class Counted(NamedTuple):
    """A cube, and which of its cells may be told at all.

    Attributes:
        shown: [cells] some table has a place for it.
        fixed: [cells] a cluster of too few by a threshold that only the key knows, so that whoever plants responses around one
            does not learn from it whether one more is there.
    """

    cube: Cube
    shown: Mask
    fixed: Mask


def answers_cell(suite: str, judged: JudgedAs, stratum: str, of: Sequence[str], what: str) -> Cell:
    """`of`: the arm, the pair, or the arms that are counted together, as what is counted asks: yes, both, n …"""
    names = ("category", "channel", "scorer")
    at = [("suite", suite), *zip(names, judged, strict=True), ("stratum", stratum)]
    return Cell("answers", (*at, ("arms", " ".join(of)), ("count", what)))


def clustered_cell(drawn: Drawn, arms: Sequence[str]) -> Cell:
    """Prompts to which all of `arms` have responses that lie on the map."""
    at = (("suite", drawn.suite), ("map", drawn.map_id), ("arms", " ".join(arms)), ("count", "n"))
    return Cell("clusters", at)


def cluster_cell(drawn: Drawn, arm: str, cluster: int) -> Cell:
    """Of these, the responses of `arm` in a cluster or a group of clusters."""
    at = (("suite", drawn.suite), ("map", drawn.map_id), ("arms", arm), ("cluster", str(cluster)))
    return Cell("clusters", at)


def state_cell(suite: str, arm: str, state: str) -> Cell:
    """Responses of an arm in a state."""
    return Cell("states", (("suite", suite), ("arms", arm), ("state", state)))


def arms_together(drawn: Drawn) -> list[tuple[str, ...]]:
    """The arms that are counted over the same prompts: those of all pairs; any other alone."""
    paired = {arm for pair in drawn.pairs for arm in pair}
    together = tuple(arm for arm in drawn.arms if arm in paired)
    return [*([together] if together else []), *((a,) for a in drawn.arms if a not in paired)]


def strata_of(drawn: Drawn, least: int) -> dict[str, Mapping[str, Mask]]:
    """Family → stratum → its prompts; the last has what is in no other and is not told of: without a value, or with one that fewer
    than `least` prompts have. Without a family whose value is the same for all."""
    families: dict[str, Mapping[str, Mask]] = {}
    for family, values in drawn.strata.items():
        found: dict[str, Mask] = {}
        for value in sorted({v for v in values.tolist() if v is not None}):
            mask = np.asarray(values == value, bool)
            if np.count_nonzero(mask) >= least:
                found[f"{family}={value}"] = mask
        rest = ~np.logical_or.reduce([np.zeros(len(drawn), bool), *found.values()])
        if not found or (len(found) == 1 and not rest.any()):
            continue
        if rest.any():
            found[f"{REST}{', '.join(found)}"] = rest
        families[family] = found
    return families


def count(studies: Sequence[Drawn], least: int, pseudonyms: Pseudonyms) -> Counted:
    """Every count of every table.

    Args:
        studies: each with a suite of its own.
        least: drawn prompts behind a count that is told.
        pseudonyms: of the project; they keep what is random of a cluster's threshold, from `least` to twice that.
    """
    counting = _Counting(least, pseudonyms)
    for drawn in studies:
        counting.answers(drawn)
        counting.clusters(drawn)
        counting.states(drawn)
    cube = Cube(tuple(counting.cells), np.array(counting.counts, np.int64), tuple(counting.sums))
    return Counted(cube, np.array(counting.shown, bool), np.array(counting.fixed, bool))


class _Counting:
    def __init__(self, least: int, pseudonyms: Pseudonyms) -> None:
        self._least, self._pseudonyms = least, pseudonyms
        self.cells: list[Cell] = []
        self.counts: list[int] = []
        self.shown: list[bool] = []
        self.fixed: list[bool] = []
        self.sums: list[Sum] = []
        self._places: dict[Cell, int] = {}

    def answers(self, drawn: Drawn) -> None:
        families = strata_of(drawn, self._least)
        everybody = np.ones(len(drawn), bool)
        for judged, labels in drawn.labels.items():
            for arms in arms_together(drawn):
                able = tuple(arm for arm in arms if (labels[arm] != MISSING).any())
                if not able:
                    continue
                said = np.stack([labels[arm] for arm in able])
                complete = (said != MISSING).all(axis=0)
                yes = {arm: labels[arm] == YES for arm in able}
                pairs = [pair for pair in drawn.pairs if {*pair} <= {*able}]
                block = (drawn.suite, judged, pairs, yes, complete)
                whole = self._block(*block, ALL, everybody, shown=True)
                for family in families.values():
                    parts = [
                        self._block(*block, stratum, mask, shown=not stratum.startswith(REST))
                        for stratum, mask in family.items()
                    ]
                    self.sums += [Sum(w, tuple(p)) for w, *p in zip(whole, *parts, strict=True)]
        for narrow, broad in _nested(drawn):
            self._within(drawn, narrow, broad, [ALL, *(s for f in families.values() for s in f)])

    def _within(
        self, drawn: Drawn, narrow: JudgedAs, broad: JudgedAs, strata: Sequence[str]
    ) -> None:
        """What shows `broad` shows `narrow`, or something else of it."""
        for stratum, arm in itertools.product(strata, drawn.arms):
            at = stratum, (arm,)
            part = self._places.get(answers_cell(drawn.suite, narrow, *at, "yes"))
            whole = self._places.get(answers_cell(drawn.suite, broad, *at, "yes"))
            if part is not None and whole is not None:
                named = answers_cell(drawn.suite, broad, *at, f"yes but not {narrow.category_id}")
                other = self._cell(named, self.counts[whole] - self.counts[part], False)
                self.sums.append(Sum(whole, (part, other)))

    def _block(
        self,
        suite: str,
        judged: JudgedAs,
        pairs: Sequence[tuple[str, str]],
        yes: Mapping[str, Mask],
        complete: Mask,
        stratum: str,
        mask: Mask,
        *,
        shown: bool,
    ) -> list[int]:
        """Places of all cells of a behaviour in one stratum."""
        begun, mask = len(self.cells), mask & complete

        def cell(of: Sequence[str], what: str, which: Mask, shown: bool) -> int:
            named = answers_cell(suite, judged, stratum, of, what)
            return self._cell(named, int(np.count_nonzero(which & mask)), shown)

        n = cell((*yes,), "n", complete, shown)
        arms: dict[str, tuple[int, int]] = {}
        for arm, shows in yes.items():
            arms[arm] = cell((arm,), "yes", shows, shown), cell((arm,), "no", ~shows, False)
            self.sums.append(Sum(n, arms[arm]))
        for base, candidate in pairs:
            one, other = yes[base], yes[candidate]
            kinds = (one & other, one & ~other, ~one & other, ~one & ~other)
            both, base_only, candidate_only, neither = (
                cell((base, candidate), what, which, shown)
                for what, which in zip(PAIRED, kinds, strict=True)
            )
            self.sums += [
                Sum(arms[base][0], (both, base_only)),
                Sum(arms[base][1], (candidate_only, neither)),
                Sum(arms[candidate][0], (both, candidate_only)),
                Sum(arms[candidate][1], (base_only, neither)),
            ]
        return list(range(begun, len(self.cells)))

    def clusters(self, drawn: Drawn) -> None:
        for arms in arms_together(drawn):
            able = tuple(arm for arm in arms if (drawn.clusters[arm] != NOWHERE).any())
            if not able:
                continue
            placed = np.stack([drawn.clusters[arm] for arm in able])
            there = placed[:, (placed != NOWHERE).all(axis=0)]
            n = self._cell(clustered_cell(drawn, able), there.shape[1], True)
            for arm, own in zip(able, there, strict=True):
                self._tree(drawn, arm, own, n)

    def _tree(self, drawn: Drawn, arm: str, own: NDArray[np.int64], n: int) -> None:
        """All clusters of an arm, and the groups that they lie in."""
        inside = {one: int(np.count_nonzero(own == one)) for one in _leaves(drawn)}
        children: dict[int, list[int]] = {}
        for one, above in drawn.parents.items():
            if above is not None:
                children.setdefault(above, []).append(one)

        def size(group: int) -> int:
            return inside[group] if group in inside else sum(map(size, children.get(group, ())))

        places = {
            one: self._cell(
                cluster_cell(drawn, arm, one), size(one), True, self._threshold(drawn, one)
            )
            for one in {**inside, **drawn.parents}
        }
        self.sums.append(Sum(n, tuple(places[cluster] for cluster in inside)))
        for above, below in children.items():
            self.sums.append(Sum(places[above], tuple(places[one] for one in below)))

    def states(self, drawn: Drawn) -> None:
        for arm, found in drawn.states.items():
            for state in STATES:
                n = int(np.count_nonzero(found == state))
                self._cell(state_cell(drawn.suite, arm, state), n, state != PLAIN)

    def _threshold(self, drawn: Drawn, cluster: int) -> int:
        """Of all that cluster over −1; what is in none is no finding."""
        if cluster < 0:
            return self._least
        return random_threshold(
            self._pseudonyms, self._least, drawn.suite, drawn.map_id, str(cluster)
        )

    def _cell(self, cell: Cell, n: int, shown: bool, threshold: int = 0) -> int:
        self._places[cell] = len(self.cells)
        self.cells.append(cell)
        self.counts.append(n)
        self.shown.append(shown)
        self.fixed.append(n < threshold)
        return len(self.cells) - 1


def random_threshold(pseudonyms: Pseudonyms, least: int, *named: str) -> int:
    """From `least` to twice that less one, evenly: the same for the same name, and known to nobody without the key."""
    drawn = int.from_bytes(pseudonyms.digest("released-threshold", *named)[:8], "big")
    return least + drawn % least


def _nested(drawn: Drawn) -> Iterator[tuple[JudgedAs, JudgedAs]]:
    """(narrower, broader) behaviours of one judge that it never gives one without the other of: whoever knows the taxonomy
    subtracts them."""
    for narrow, labels in drawn.labels.items():
        for broad, others in drawn.labels.items():
            if (
                drawn.broader.get(narrow.category_id) == broad.category_id
                and narrow[1:] == broad[1:]
            ):
                both = [(labels[arm], others[arm]) for arm in drawn.arms]
                judged = all(((one == MISSING) == (other == MISSING)).all() for one, other in both)
                if judged and not any(((one == YES) & (other != YES)).any() for one, other in both):
                    yield narrow, broad


def _leaves(drawn: Drawn) -> Iterator[int]:
    """The clusters themselves, and what is in none."""
    yield from sorted({cluster for cluster in drawn.parents if cluster < GROUPS_FROM} | {-1})
