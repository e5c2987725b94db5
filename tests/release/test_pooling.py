"""Over which prompts behaviours are counted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.ids import Pseudonyms
from logminer.release.cube import count
from logminer.release.drawn import MISSING, NO, NOWHERE, YES, JudgedAs
from logminer.release.pooling import pool, pooled
from logminer.release.protecting import protect
from tests.release.test_cube import ARMS, LEAST, N, drawn

FEW = 20


@given(
    seed=st.integers(0, 2**32),
    lost=st.lists(st.sampled_from([0, 1, 5, 19, 20, 150]), min_size=1, max_size=8),
)
def test_no_two_totals_differ_by_few_unless_a_tenth_would_be_lost(
    seed: int, lost: list[int]
) -> None:
    rng = np.random.default_rng(seed)
    masks = [np.isin(np.arange(N), rng.choice(N, n, replace=False), invert=True) for n in lost]
    found = pooled(masks, FEW)
    whole = np.logical_or.reduce(masks).sum()
    assert all(not (one & ~mask).any() for one, mask in zip(found, masks, strict=True))
    near = [one for one, mask in zip(found, masks, strict=True) if whole - mask.sum() < FEW]
    alike = {one.tobytes() for one in near}
    common = np.logical_and.reduce([m for m in masks if whole - m.sum() < FEW])
    assert len(alike) == 1 or common.sum() < 0.9 * whole
    assert all(
        one.sum() >= 0.9 * whole - (whole - mask.sum())
        for one, mask in zip(found, masks, strict=True)
    )


def test_what_few_lack_is_counted_for_none_and_so_is_what_no_taxonomy_allows() -> None:
    """Prompt 0 has no thoughts, 1 no place on the map, and at 2 the judge found an insult that is no harm; many lack a third."""
    insult, harm, other = (
        JudgedAs(name, "response", "rules") for name in ("insult", "harm", "lie")
    )
    labels = {
        one: {arm: np.full(N, NO, np.int8) for arm in ("a", "b")} for one in (insult, harm, other)
    }
    labels[harm]["a"][0] = MISSING
    labels[insult]["b"][2] = YES
    labels[other]["a"][:100] = MISSING
    clusters = {arm: np.zeros(N, np.int64) for arm in ("a", "b")}
    clusters["a"][1] = NOWHERE
    pool(labels, clusters, [("a", "b")], {"insult": "harm"}, least=FEW, few=FEW)
    counted = {
        one: np.flatnonzero(np.logical_and.reduce([said != MISSING for said in of.values()]))
        for one, of in labels.items()
    }
    assert counted[insult].tolist() == counted[harm].tolist() == [*range(3, N)]
    assert counted[other].tolist() == [*range(100, N)]
    assert all(
        (of == NOWHERE).tolist() == [True] * 3 + [False] * (N - 3) for of in clusters.values()
    )


@pytest.mark.parametrize("rest", [5, 12, 19, 24])
def test_who_has_no_value_is_not_told_by_those_who_have_one(rest: int) -> None:
    """Whether so many are more than enough is for the key to say."""
    kept = np.array(["yes"] * (N - rest) + [None] * rest, object)
    told = []
    for key in (b"a", b"b", b"c", b"d"):
        counted = count([drawn(strata={"kept": kept})], LEAST, Pseudonyms(key * 32, "tests"))
        cube = counted.cube
        found = protect(cube, LEAST, shown=counted.shown, fixed=counted.fixed, leasts=counted.least)
        read = {str(cell): n for cell, n in cube.read(found.told).items() if n is not None}
        where = "answers [suite logs, category harm, channel response, scorer rules, stratum "
        arms = f"arms {ARMS[0]} {ARMS[1]}, count n]"
        told.append({f"{where}all, {arms}", f"{where}kept=yes, {arms}"} <= read.keys())
    assert not any(told) or rest > LEAST
