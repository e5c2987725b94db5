"""Over which prompts behaviours are counted."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.ids import Pseudonyms
from logminer.release.cube import count
from logminer.release.drawn import MISSING, NO, NOWHERE, YES, JudgedAs
from logminer.release.history import pooled_before
from logminer.release.ledger import KeptRelease
from logminer.release.pooling import Pooled, pool, pooled
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
    near = pooled(masks, FEW)
    whole = np.logical_or.reduce(masks).sum()
    able = [i for i, mask in enumerate(masks) if whole - mask.sum() < FEW]
    assert {*near} <= {*able}
    assert np.logical_and.reduce([masks[i] for i in near]).sum() >= 0.9 * whole or not near
    assert {*near} == {*able} or np.logical_and.reduce([masks[i] for i in able]).sum() < 0.9 * whole


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
    near = pool(labels, clusters, [("a", "b")], {"insult": "harm"}, least=FEW, few=FEW)
    assert {one.judged for one in near} == {insult, harm, None}
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


def test_what_was_pooled_stays_so_and_nothing_else_is() -> None:
    """Though more lack it by now, and another lacks few: else people who did nothing would be counted otherwise."""
    one, other, new = (JudgedAs(name, "response", "rules") for name in ("insult", "harm", "lie"))
    labels = {judged: {"a": np.full(N, NO, np.int8)} for judged in (one, other, new)}
    labels[one]["a"][:90] = MISSING
    labels[new]["a"][-3:] = MISSING
    before = {Pooled(judged, ("a",)) for judged in (one, other)}
    clusters = {"a": np.full(N, NOWHERE)}
    near = pool(labels, clusters, [("a",)], {}, least=FEW, few=FEW, before=before)
    assert near == before
    counted = {judged: int((of["a"] != MISSING).sum()) for judged, of in labels.items()}
    assert counted == {one: N - 90, other: N - 90, new: N - 93}


def test_a_release_says_what_it_pooled() -> None:
    """Its cells and sums do: there is nothing else that has to be kept."""
    cube = count([drawn()], LEAST, Pseudonyms(b"k" * 32, "tests")).cube
    told = np.ones(len(cube.cells), bool)
    now = datetime.now(UTC)
    kept = KeptRelease("r", now, LEAST, 5, cube.read(told), frozenset(), cube.sums_read())
    found = pooled_before([kept], "logs")
    assert found is not None
    assert {(one.judged and one.judged.category_id, one.arms) for one in found} == {
        *itertools.product(("insult", "harm"), (("a", "b"), ("logged",)))
    }
    assert pooled_before([kept], "another") is None
