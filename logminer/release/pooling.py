"""Over which prompts something is counted: what lacks only few of them lacks these everywhere.

Else a behaviour that the judge failed on in seven answers would stand beside one where it did not, and the difference of how
many were judged would be about seven people.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.release.drawn import MISSING, NO, NOWHERE, YES, JudgedAs

__all__ = ["Pooled", "arms_together", "narrower", "pool", "pooled"]

Mask = NDArray[np.bool_]
Labels = Mapping[JudgedAs, Mapping[str, NDArray[np.int8]]]
Clusters = Mapping[str, NDArray[np.int64]]
MOST_LOST = 0.1  # of all prompts, for the sake of one number


class Pooled(NamedTuple):
    """What is counted over the same prompts as others: a behaviour, or null for the map, in some arms."""

    judged: JudgedAs | None
    arms: tuple[str, ...]


def arms_together(arms: Sequence[str], pairs: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    """The arms that are counted over the same prompts: those of all pairs; any other alone."""
    paired = {arm for pair in pairs for arm in pair}
    together = tuple(arm for arm in arms if arm in paired)
    return [*([together] if together else []), *((a,) for a in arms if a not in paired)]


def narrower(
    judged: Iterable[JudgedAs], broader: Mapping[str, str]
) -> Iterator[tuple[JudgedAs, JudgedAs]]:
    """(narrower, broader) behaviours on one channel, by the taxonomy: category → the one that it lies under. Whoever judges them."""
    known = sorted(judged)
    for narrow in known:
        seen, above = set[str](), broader.get(narrow.category_id)
        while above is not None and above not in seen:
            seen.add(above)
            above = broader.get(above)
        for broad in known:
            if broad.category_id in seen and broad.channel == narrow.channel:
                yield narrow, broad


def pool(
    labels: Labels,
    clusters: Clusters,
    together: Sequence[tuple[str, ...]],
    broader: Mapping[str, str],
    *,
    least: int,
    few: int,
    lost: float = MOST_LOST,
    before: Collection[Pooled] | None = None,
) -> frozenset[Pooled]:
    """Take labels and clusters of prompts away, in place, where a few are lacking elsewhere.

    Args:
        labels, clusters, broader: as in `Drawn`.
        together: see `arms_together`.
        least: prompts of an arm that has something at all.
        few: prompts that make up a count of their own.
        lost: see `pooled`.
        before: what was pooled when this was released first; None: it was not. It stays as it was, or people who did nothing would
            be counted otherwise.

    Returns:
        What was pooled.
    """
    for narrow, broad in narrower(labels, broader):
        if narrow.scorer != broad.scorer:
            continue  # two judges may disagree
        # Whoever knows the taxonomy takes the two as they should be.
        one, other = labels[narrow], labels[broad]
        odd = np.logical_or.reduce([(one[arm] == YES) & (other[arm] == NO) for arm in one])
        if np.count_nonzero(odd) < few:
            for said in (*one.values(), *other.values()):
                said[odd] = MISSING
    sides: list[tuple[JudgedAs | None, Mapping[str, NDArray[Any]], int]] = [
        *((judged, of, MISSING) for judged, of in labels.items()),
        (None, clusters, NOWHERE),
    ]
    groups = [
        (Pooled(of, arms), none, able)
        for arms in together
        for of, side, none in sides
        if (able := [side[arm] for arm in arms if np.count_nonzero(side[arm] != none) >= least])
    ]
    masks = [np.logical_and.reduce([said != none for said in able]) for _, none, able in groups]
    names = [name for name, _, _ in groups]
    if before is None:
        near = pooled(masks, few, lost)
    else:
        near = _still(
            [mask if name in before else None for name, mask in zip(names, masks, strict=True)]
        )
    for (_, none, able), mask in zip(groups, masks, strict=True):
        counted: Mask = np.logical_and.reduce([mask, *(masks[i] for i in near)])
        for said in able:
            said[~counted] = none
    return frozenset(names[i] for i in near)


def _still(masks: Sequence[Mask | None]) -> list[int]:
    """Places of those that are there, but for such as would take half of all prompts away by now."""
    there = [mask for mask in masks if mask is not None]
    whole = int(np.logical_or.reduce(there).sum()) if there else 0
    near, common = list[int](), None
    for i, mask in sorted(
        enumerate(masks), key=lambda one: -1 if one[1] is None else -one[1].sum()
    ):
        if mask is None:
            continue
        left = mask if common is None else mask & common
        if 2 * left.sum() >= whole:
            common = left
            near.append(i)
    return near


def pooled(masks: Sequence[Mask], few: int, lost: float = MOST_LOST) -> list[int]:
    """Places of the masks that are counted over what all of them have: each lacks fewer than `few` of all that any has.

    Those that lack least come first, and none any more when a share `lost` of all prompts would be.
    """
    near = list[int]()
    if not masks:
        return near
    whole: Mask = np.logical_or.reduce(masks)
    common, lacks = whole, [int(np.count_nonzero(whole & ~mask)) for mask in masks]
    for i in sorted(range(len(masks)), key=lambda i: (lacks[i], i)):
        left = common & masks[i]
        if lacks[i] >= few or left.sum() < (1 - lost) * whole.sum():
            break
        common = left
        near.append(i)
    return near
