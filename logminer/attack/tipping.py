"""Counts that one person tips: an attacker whose accounts stand just below what a release tells, and one more.

No texts are needed: people are put where the attacker wants them, in a group of his own, and counted and protected as a release
counts and protects them. The target is there or not, or shows a behaviour or not; that is the secret. Where what is released
looks the same either way, nobody can tell it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.attack.invented import ARMS, BASE, CANDIDATE, CROWD, behaviour, invented
from logminer.attack.scores import Figure, of_views
from logminer.ids import Pseudonyms
from logminer.release.cells import Cell
from logminer.release.cube import count
from logminer.release.drawn import NO, YES, Drawn
from logminer.release.protecting import protect
from logminer.release.thresholds import suite_stands

__all__ = ["tipping"]

NOBODY = -1  # of a row: it is no target's

View = dict[str, tuple[tuple[str, int], ...]]


class _Place(NamedTuple):
    """A way to be counted, and how a row of a target's group is told by it."""

    name: str
    drawn: Callable[[NDArray[np.int64], NDArray[np.bool_], int], Drawn]
    key: Callable[[int], tuple[str, str]]


def tipping(
    least: int, contribution: int, targets: int, accounts: Sequence[int], pseudonyms: Pseudonyms
) -> Iterator[Figure]:
    """For each place where people are counted, and each number of accounts: of how many targets it shows whether they are there.

    Args:
        least: people behind a count that is told.
        contribution: prompts of a person that count.
        targets: each has a group of its own: a cluster, a stratum, a behaviour, or a suite that stands or does not.
        accounts: how many people of each group are the attacker.
        pseudonyms: of a project; they hold what is random of the thresholds.
    """
    for place in PLACES:
        for writing in accounts:
            views = [
                _view(place, least, contribution, targets, writing, pseudonyms, there=there)
                for there in (False, True)
            ]
            differing = sum(
                views[0].get(group) != views[1].get(group)
                for group in (place.key(i)[1] for i in range(targets))
            )
            yield of_views(place.name, "default", writing, differing, targets)
    for writing in accounts:
        differing = sum(
            _left_over(least, contribution, i, writing, pseudonyms, there=True)
            != _left_over(least, contribution, i, writing, pseudonyms, there=False)
            for i in range(targets)
        )
        yield of_views("left over", "default", writing, differing, targets)
    for writing in accounts:
        differing = sum(
            suite_stands(pseudonyms, least, f"suite {i}", writing)
            != suite_stands(pseudonyms, least, f"suite {i}", writing + 1)
            for i in range(targets)
        )
        yield of_views("suite", "default", writing, differing, targets)


def _view(
    place: _Place,
    least: int,
    contribution: int,
    targets: int,
    accounts: int,
    pseudonyms: Pseudonyms,
    *,
    there: bool,
) -> View:
    """What is told of each target's group: cells and their rounded counts."""
    crowd = [NOBODY] * (CROWD * least)
    groups = np.repeat(
        [*crowd, *np.repeat(range(targets), accounts), *range(targets)], contribution
    )
    own = np.repeat([True] * (len(crowd) + targets * accounts) + [there] * targets, contribution)
    name = place.key(0)[0]
    view: View = {}
    for cell, n in _told(place.drawn(groups, own, contribution), least * contribution, pseudonyms):
        group = dict(cell.at).get(name, "")
        view[group] = (*view.get(group, ()), (str(cell), n))
    return view


def _told(drawn: Drawn, least: int, pseudonyms: Pseudonyms) -> Iterator[tuple[Cell, int]]:
    """The cells of which a release tells, and what."""
    found = count([drawn], least, pseudonyms)
    told = protect(found.cube, least, fixed=found.fixed, shown=found.shown, leasts=found.least).told
    for cell, n in found.cube.read(told).items():
        if n is not None:
            yield cell, n


def _left_over(
    least: int,
    contribution: int,
    target: int,
    accounts: int,
    pseudonyms: Pseudonyms,
    *,
    there: bool,
) -> dict[Cell, int]:
    """What is told where all but the attacker's people have a value of an attribute, and the target has it or not."""
    values = ["v"] * (CROWD * least) + [None] * accounts + [None if there else "v"]
    nobody = dict.fromkeys((BASE, CANDIDATE), np.full(len(values) * contribution, NO, np.int8))
    drawn = invented(
        len(values) * contribution,
        contribution,
        strata={f"kept {target}": np.repeat(np.array(values, object), contribution)},
        labels={behaviour(0): nobody},
    )
    return dict(_told(drawn, least * contribution, pseudonyms))


def _clusters(groups: NDArray[np.int64], own: NDArray[np.bool_], contribution: int) -> Drawn:
    """Each group is a cluster; cluster 0 is the crowd's, and that of a target that is elsewhere."""
    clusters = np.where(own, groups + 1, 0)
    return invented(
        len(groups),
        contribution,
        clusters=dict.fromkeys(ARMS, clusters),
        parents=dict.fromkeys(range(int(groups.max()) + 2)),
        map_id="map",
    )


def _strata(groups: NDArray[np.int64], own: NDArray[np.bool_], contribution: int) -> Drawn:
    """Each group is a stratum, as the speakers of one language are; half of its people show the one behaviour."""
    values = np.array(
        [f"v{g}" if mine else f"v{NOBODY}" for g, mine in zip(groups, own, strict=True)], object
    )
    shows = np.arange(len(groups)) % 2
    labels = {
        behaviour(0): {BASE: np.full(len(groups), NO, np.int8), CANDIDATE: shows.astype(np.int8)}
    }
    return invented(len(groups), contribution, strata={"kept": values}, labels=labels)


def _answers(groups: NDArray[np.int64], own: NDArray[np.bool_], contribution: int) -> Drawn:
    """Each group is a behaviour that nobody else shows, and the attacker's people show in the candidate's answers alone."""
    none = np.full(len(groups), NO, np.int8)
    labels = {
        behaviour(g): {
            BASE: none,
            CANDIDATE: np.where((groups == g) & own, YES, NO).astype(np.int8),
        }
        for g in range(int(groups.max()) + 1)
    }
    return invented(len(groups), contribution, labels=labels)


PLACES = (
    _Place("cluster", _clusters, lambda group: ("cluster", str(group + 1))),
    _Place("stratum", _strata, lambda group: ("stratum", f"kept=v{group}")),
    _Place("behaviour", _answers, lambda group: ("category", f"b{group}")),
)
