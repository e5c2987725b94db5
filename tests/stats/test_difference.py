"""Paired differences of unequal users and shared prompts: known values, laws, and levels in simulation."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from logminer.stats import (
    paired_difference,
    paired_equivalence,
    paired_evidence,
    paired_proportions,
)
from logminer.stats.flips import flip_tail

RATE = st.sampled_from([0.0, 0.0, 1.0, 0.5, 0.25])
ROWS = st.lists(
    st.tuples(RATE, RATE, st.integers(0, 9), st.integers(0, 14)), min_size=1, max_size=50
)
WEIGHT = st.sampled_from(["prompt", "unit"])


def columns(rows):
    return [np.array(column) for column in zip(*rows, strict=True)]


def test_known_values():
    base = np.zeros(12)
    candidate = np.array([1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1])
    base[4] = 1
    users = [ord(name) for name in "aaabbccccdee"]
    result = paired_difference(base, candidate, users, margin=0.3)
    assert (result.n, result.n_clusters, result.difference) == (12, 5, pytest.approx(1 / 3))
    assert result.n_effective == pytest.approx(144 / (9 + 4 + 16 + 1 + 4))
    assert result.largest_share == pytest.approx(4 / 12)
    assert paired_evidence(base, candidate, users).se == pytest.approx(0.223952, abs=1e-6)
    # Sums 2, −1, 1, 0, 2: of 16 sign patterns of the four that move one reaches 6 and two reach 4, which was found.
    assert flip_tail(np.array([2.0, -1, 1, 0, 2]), np.ones(5), 4.0) == (1 + 2 / 2) / 16
    assert result.p == pytest.approx(0.25955, abs=1e-5)  # the score's, by a hair more cautious
    by_unit = paired_difference(base, candidate, users, weight="unit")
    assert by_unit.difference == pytest.approx((2 / 3 - 1 / 2 + 1 / 4 + 0 + 1) / 5)
    assert by_unit.n_effective == pytest.approx(5)


@pytest.mark.parametrize("weight", ["prompt", "unit"])
@pytest.mark.parametrize("units", [1, 6, 12, 49])
def test_units_that_are_alike_are_counted_whole(units, weight):
    users = np.repeat(np.arange(units), 3)
    result = paired_difference(0 * users, 1 + 0 * users, users, prompts=users, weight=weight)
    assert (result.n_effective, result.difference) == (units, 1)
    assert result.largest_share == 1 / units


def test_the_interval_holds_none_where_its_p_is_not_small():
    # The flips reject a difference of .19, but not one of 0.
    base = np.arange(13) == 4
    users = [5, 7, 1, 2, 8, 9, 9, 10, 8, 5, 7, 10, 2]
    result = paired_difference(
        base, np.ones(13), users, prompts=[2, 2, 4, 3, 3, 1, 1, 2, 5, 0, 3, 0, 2]
    )
    assert result.p > 0.05
    assert result.low < 0 < result.high


def test_independent_prompts_are_mcnemar_and_tango():
    base, candidate = np.repeat([[1, 1, 0, 0], [1, 0, 1, 0]], [59, 6, 16, 80], axis=1)
    result = paired_difference(base, candidate, np.arange(161), prompts=np.arange(161), margin=0.1)
    expected = paired_proportions(59, 6, 16, 80)
    assert (result.low, result.high) == expected.tango
    assert (result.difference, result.p) == (expected.difference, expected.p_mcnemar_mid)
    assert result.p_equivalence == paired_equivalence(59, 6, 16, 80, margin=0.1).p
    # One user with two prompts among so many changes next to nothing.
    shared = paired_difference(base, candidate, np.minimum(np.arange(161), 159), margin=0.1)
    assert shared.p == pytest.approx(result.p, rel=0.15)
    assert (shared.low, shared.high) == pytest.approx(expected.tango, abs=0.005)


def test_tails_are_those_of_all_patterns():
    rng = np.random.default_rng(1)
    for terms in (rng.normal(size=17), np.array([20.0, *rng.normal(size=16)]), np.ones(16)):
        signs = np.array(list(itertools.product((-1.0, 1.0), repeat=len(terms))))
        sums = signs @ terms
        for observed in np.quantile(sums, [0.6, 0.9, 0.98, 0.9995]):
            exact = np.mean(sums > observed + 1e-9) / 2 + np.mean(sums > observed - 1e-9) / 2
            found = flip_tail(terms, np.ones(len(terms)), observed)
            assert found == pytest.approx(exact, rel=0.2)
    # No floor: a thousand users who all go one way.
    assert flip_tail(np.ones(1), np.full(1, 1_000.0), 1_000.0) == pytest.approx(
        2.0**-1001, rel=0.05
    )


@given(ROWS, WEIGHT, st.booleans())
@example([(0.25, 0.0, 0, 0), (0.25, 0.0, 1, 0), (0.0, 0.0, 4, 0), (0.5, 0.0, 4, 1)], "unit", True)
def test_swapping_order_and_names(rows, weight, shared):
    base, candidate, units, groups = columns(rows)
    keys = {"weight": weight, "margin": 0.2, "prompts": groups if shared else None}
    one = paired_difference(base, candidate, units, **keys)
    other = paired_difference(candidate, base, units, **keys)
    assert other[:4] == pytest.approx(one[:4])
    assert other[4:7] == pytest.approx((-one.difference, -one.high, -one.low), abs=1e-6)
    assert other[7:] == pytest.approx(one[7:], rel=1e-6, abs=1e-12)
    keys["prompts"] = groups[::-1] * 7 - 50 if shared else None
    renamed = paired_difference(base[::-1], candidate[::-1], 2**40 - units[::-1], **keys)
    assert renamed == pytest.approx(one, rel=1e-6, abs=1e-6)


@given(ROWS, WEIGHT, st.booleans(), st.sampled_from([0.8, 0.95, 0.999]))
def test_always_numbers_that_agree(rows, weight, shared, confidence):
    base, candidate, units, groups = columns(rows)
    result = paired_difference(
        base,
        candidate,
        units,
        prompts=groups if shared else None,
        weight=weight,
        confidence=confidence,
        margin=0.1,
    )
    assert np.isfinite(result).all()
    assert -1 <= result.low <= result.difference + 1e-9
    assert result.difference - 1e-9 <= result.high <= 1
    assert result.low < result.high
    assert 0 <= result.p <= 1
    assert 0 <= result.p_equivalence <= 1
    assert 1 <= result.n_effective + 1e-9 <= result.n + 1e-6
    evidence = paired_evidence(base, candidate, units, prompts=groups if shared else None)
    assume(not evidence.independent)  # there the mid p and the score interval are two tests
    assume(abs(result.p - (1 - confidence)) > 1e-6)
    assert (result.p < 1 - confidence) == (not result.low <= 0 <= result.high)


@pytest.mark.parametrize("n_users", [1, 5])
def test_no_variance_is_not_certainty(n_users):
    users = np.arange(60) % n_users
    for base, candidate in ((np.zeros(60), np.zeros(60)), (np.ones(60), np.ones(60))):
        result = paired_difference(base, candidate, users, margin=0.05)
        assert (result.difference, result.p) == (0, 1)
        assert result.low < -0.3
        assert result.high > 0.3
        # Sixty equal answers of few users are no proof that all users would see the same.
        assert result.p_equivalence > 0.2
    alone = paired_difference(np.zeros(60), np.ones(60), np.zeros(60, int), margin=0.05)
    assert (alone.p, alone.low, alone.high, alone.p_equivalence) == (
        1,
        -1,
        1,
        pytest.approx(1, abs=0.5),
    )


def test_one_template_is_one_prompt():
    rng = np.random.default_rng(3)
    base, candidate = rng.random(300) < 0.1, rng.random(300) < 0.6
    users, template = np.arange(300), np.zeros(300, int)
    assert paired_difference(base, candidate, users).p < 1e-10
    shared = paired_difference(base, candidate, users, prompts=template)
    assert (shared.p, shared.n_effective) == (1, pytest.approx(1))
    own = np.concatenate([template, 1 + users])
    half = paired_difference(
        np.tile(base, 2), np.concatenate([candidate, base]), np.tile(users, 2), prompts=own
    )
    assert half.n_effective == pytest.approx(4, abs=0.1)
    assert half.p > 0.3


SIZES = {
    "one has half": [300] + [1] * 300,
    "Zipf": (800 / np.arange(1, 301) ** 1.2).astype(int).clip(1).tolist(),
    "twelve": [30] * 12,
}


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
def test_levels_hold_for_unequal_users(sizes):
    rng, users = np.random.default_rng(7), np.repeat(np.arange(len(sizes)), sizes)
    found, repeats, margin = [], 500, 0.1
    for shift in (0.0, margin):
        for _ in range(repeats):
            base, candidate = (rng.beta(1.8, 7.2, len(sizes)) for _ in "ab")
            arms = rng.random((2, len(users))) < np.array([base, candidate + shift])[:, users]
            result = paired_difference(*arms, users, margin=margin)
            covered = result.low <= shift <= result.high
            found.append((result.p <= 0.05, not covered, result.p_equivalence <= 0.05))
    none, on_margin = np.array(found).reshape(2, repeats, 3).mean(axis=1)
    noise = 3 * np.sqrt(0.05 * 0.95 / repeats)
    assert none[0] <= 0.05 + noise
    assert on_margin[1] <= 0.05 + noise
    assert on_margin[2] <= 0.05 + noise
