"""Over which prompts something is counted: what lacks only few of them lacks these everywhere.

Else a behaviour that the judge failed on in seven answers would stand beside one where it did not, and the difference of how
many were judged would be about seven people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logminer.release.drawn import MISSING, NO, NOWHERE, YES, JudgedAs

__all__ = ["arms_together", "narrower", "pool", "pooled"]

Mask = NDArray[np.bool_]
Labels = Mapping[JudgedAs, Mapping[str, NDArray[np.int8]]]
Clusters = Mapping[str, NDArray[np.int64]]
MOST_LOST = 0.1  # of all prompts, for the sake of one number


def arms_together(arms: Sequence[str], pairs: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    """The arms that are counted over the same prompts: those of all pairs; any other alone."""
    paired = {arm for pair in pairs for arm in pair}
    together = tuple(arm for arm in arms if arm in paired)
    return [*([together] if together else []), *((a,) for a in arms if a not in paired)]


def narrower(
    judged: Iterable[JudgedAs], broader: Mapping[str, str]
) -> Iterator[tuple[JudgedAs, JudgedAs]]:
    """(narrower, broader) behaviours of one judge, by the taxonomy: category → the one that it lies under."""
    known = {*judged}
    for narrow in sorted(known):
        if above := broader.get(narrow.category_id):
            broad = narrow._replace(category_id=above)
            if broad in known:
                yield narrow, broad


def pool(
    labels: Labels,
    clusters: Clusters,
    together: Sequence[tuple[str, ...]],
    broader: Mapping[str, str],
    *,
    least: int,
    few: int,
) -> None:
    """Take labels and clusters of prompts away, in place, where a few are lacking elsewhere.

    Args:
        labels, clusters, broader: as in `Drawn`.
        together: see `arms_together`.
        least: prompts of an arm that has something at all.
        few: prompts that make up a count of their own.
    """
    for narrow, broad in narrower(labels, broader):
        # Whoever knows the taxonomy takes the two as they should be.
        one, other = labels[narrow], labels[broad]
        odd = np.logical_or.reduce([(one[arm] == YES) & (other[arm] == NO) for arm in one])
        if np.count_nonzero(odd) < few:
            for said in (*one.values(), *other.values()):
                said[odd] = MISSING
    sides: list[tuple[Mapping[str, NDArray[Any]], int]] = [
        *((of, MISSING) for of in labels.values()),
        (clusters, NOWHERE),
    ]
    groups = [
        (none, able)
        for arms in together
        for side, none in sides
        if (able := [side[arm] for arm in arms if np.count_nonzero(side[arm] != none) >= least])
    ]
    masks = [np.logical_and.reduce([said != none for said in able]) for none, able in groups]
    for (none, able), mask in zip(groups, pooled(masks, few), strict=True):
        for said in able:
            said[~mask] = none


def pooled(masks: Sequence[Mask], few: int) -> list[Mask]:
    """Each mask without the prompts that some other lacks, where that other lacks fewer than `few` of all that any has.

    Those that lack least come first, and none any more when a tenth of all prompts would be lost.
    """
    if not masks:
        return []
    whole: Mask = np.logical_or.reduce(masks)
    common, lacks = whole, [int(np.count_nonzero(whole & ~mask)) for mask in masks]
    for i in sorted(range(len(masks)), key=lambda i: (lacks[i], i)):
        left = common & masks[i]
        if lacks[i] >= few or left.sum() < (1 - MOST_LOST) * whole.sum():
            break
        common = left
    return [mask & common for mask in masks]
