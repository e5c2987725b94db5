"""Two samples told apart by swapping arms: enumerated, drawn, by users."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import energy_distance

from logminer.stats import discordant_e_value, swap_test

STATISTICS = ("mmd", "energy")
X, Y = [(0, 0), (1, 0), (0, 1)], [(1, 1), (2, 1), (1, 2)]
GRID = st.integers(-2, 2)


def by_definition(x, y, statistic, sigma):
    """Both statistics written out, one number at a time."""
    n = len(x)

    def k(a, b):
        if statistic == "energy":
            return -math.dist(a, b)
        return math.exp(-(math.dist(a, b) ** 2) / (2 * sigma**2))

    def within(rows):
        if statistic == "energy":
            return sum(k(a, b) for a in rows for b in rows) / n**2
        return sum(k(a, b) for a, b in itertools.permutations(rows, 2)) / (n * (n - 1))

    return within(x) + within(y) - 2 * sum(k(a, b) for a in x for b in y) / n**2


def test_worked_example():
    result = swap_test(X, Y, bandwidth=1.0)
    assert result.statistic == pytest.approx(0.442507, abs=1e-6)
    assert result[1:] == (0.25, True, 8)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(GRID, GRID, GRID, GRID, st.integers(0, 3)), min_size=2, max_size=7),
    st.sampled_from(STATISTICS),
    st.sampled_from([1.0, 1.7, 3.0]),
)
def test_enumeration_is_brute_force(rows, statistic, sigma):
    x, y = [tuple(map(float, r[:2])) for r in rows], [tuple(map(float, r[2:4])) for r in rows]
    users = [r[4] for r in rows]
    values = []
    for swapped in itertools.product((False, True), repeat=len(set(users))):
        swap = dict(zip(sorted(set(users)), swapped, strict=True))
        pairs = [(b, a) if swap[u] else (a, b) for a, b, u in zip(x, y, users, strict=True)]
        values.append(by_definition(*zip(*pairs, strict=True), statistic, sigma))
    result = swap_test(x, y, statistic=statistic, users=users, bandwidth=sigma)
    assert result.statistic == pytest.approx(values[0], abs=1e-12)
    assert result.p == np.mean(np.array(values) >= values[0] - 1e-10)
    assert (result.exact, result.swaps) == (True, len(values))


def test_energy_distance_of_numbers_is_scipys():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=1_500), rng.normal(0.2, 1.5, size=1_500)  # more than one block
    result = swap_test(x, y, statistic="energy", permutations=9)
    assert result.statistic == pytest.approx(energy_distance(x, y) ** 2, rel=1e-9)


def test_blocks_and_draws_agree_with_one_pass():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(1_100, 3)), rng.normal(0.05, 1, size=(1_100, 3))
    result = swap_test(x, y, bandwidth=2.0, permutations=99)

    def kernel(a, b):
        return np.exp(-((a[:, None] - b[None]) ** 2).sum(axis=2) / 8)

    def mean_apart(rows):
        return (kernel(rows, rows).sum() - len(rows)) / (len(rows) * (len(rows) - 1))

    expected = mean_apart(x) + mean_apart(y) - 2 * kernel(x, y).mean()
    assert result.statistic == pytest.approx(expected, abs=1e-12)
    assert (result.exact, result.swaps) == (False, 99)
    assert (result.p * 100) % 1 == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_swapping_arms_keeps_statistic_and_p(statistic):
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(60, 4)), rng.normal(0.2, 1, size=(60, 4))
    for users in (None, np.arange(60) // 3, [f"user {i % 6}" for i in range(60)]):
        one = swap_test(x, y, statistic=statistic, users=users)
        other = swap_test(y, x, statistic=statistic, users=users)
        assert other.statistic == pytest.approx(one.statistic, rel=1e-12)
        assert other[1:] == one[1:]


@pytest.mark.parametrize("statistic", STATISTICS)
def test_finds_a_shift_and_a_spread(statistic):
    rng = np.random.default_rng(3)
    prompts = rng.normal(size=(150, 5))
    x = prompts + rng.normal(size=(150, 5))
    same = prompts + rng.normal(size=(150, 5))
    shifted = same + 0.3
    wider = prompts + 2.2 * rng.normal(size=(150, 5))
    assert swap_test(x, same, statistic=statistic).p > 0.05
    assert swap_test(x, shifted, statistic=statistic).p <= 0.005
    assert swap_test(x, wider, statistic=statistic).p <= 0.005


@pytest.mark.parametrize("statistic", STATISTICS)
def test_level_holds_with_users_and_is_lost_without(statistic):
    rng, repetitions, users = np.random.default_rng(4), 400, np.repeat(np.arange(8), 10)
    clustered, ignoring = [], []
    for _ in range(repetitions):
        x, y = (np.repeat(rng.normal(size=(8, 2)), 10, axis=0) for _ in range(2))
        common = {"statistic": statistic, "permutations": 99, "seed": 0}
        clustered.append(swap_test(x, y, users=users, **common).p)
        ignoring.append(swap_test(x, y, **common).p)
    for level in (0.05, 0.2, 0.5):
        error = math.sqrt(level * (1 - level) / repetitions)
        assert np.mean(np.array(clustered) <= level) == pytest.approx(level, abs=3 * error)
    assert np.mean(np.array(ignoring) <= 0.05) > 0.5


def test_median_bandwidth():
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(40, 3)), rng.normal(size=(40, 3))
    pooled = np.concatenate([x, y])
    distances = [math.dist(a, b) for a, b in itertools.combinations(pooled, 2)]
    assert swap_test(x, y) == pytest.approx(swap_test(x, y, bandwidth=float(np.median(distances))))
    # The scale of the vectors and where they lie say nothing.
    assert swap_test(1e3 * x + 7, 1e3 * y + 7) == pytest.approx(swap_test(x, y))
    # Most answers are the same refusal: the median distance is 0, and a few differ.
    x, y = np.zeros((30, 2)), np.zeros((30, 2))
    y[:8] = 1
    assert swap_test(x, y).p <= 0.02


@pytest.mark.parametrize("statistic", STATISTICS)
def test_equal_answers_are_no_evidence(statistic):
    same = np.random.default_rng(6).normal(size=(50, 384))
    assert swap_test(same, same, statistic=statistic).p == 1
    assert swap_test(np.ones((50, 3)), np.ones((50, 3)), statistic=statistic)[:2] == (0, 1)
    # One user, however many prompts, says nothing of others.
    assert swap_test(X, Y, statistic=statistic, users=[1, 1, 1])[1:] == (1, True, 2)


def test_a_wide_kernel_keeps_its_digits():
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=(8, 2)), rng.normal(0.5, 1, size=(8, 2))
    # There the kernel is 1 − d²/2σ², and what is left to see is the difference of means.
    wide, wider = (swap_test(x, y, bandwidth=b) for b in (1e5, 1e7))
    assert wider.p == wide.p < 1
    assert wider.statistic == pytest.approx(wide.statistic * 1e-4, rel=1e-6)


def test_draws_are_seeded_and_enumeration_needs_no_seed():
    rng = np.random.default_rng(8)
    x, y = rng.normal(size=(20, 2)), rng.normal(0.3, 1, size=(20, 2))
    one, again, other = (swap_test(x, y, permutations=499, seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert one.statistic == other.statistic
    assert one.p != other.p
    assert one.p == pytest.approx(swap_test(x[:, :], y, permutations=99_999).p, abs=0.06)
    assert swap_test(x[:6], y[:6], seed=1) == swap_test(x[:6], y[:6], seed=2)
    # 2⁶ swaps are enumerated where that many may be.
    assert swap_test(x[:6], y[:6], permutations=64).exact
    assert not swap_test(x[:6], y[:6], permutations=63).exact


@pytest.mark.parametrize(
    "call",
    [
        lambda: swap_test(X, Y[:2]),
        lambda: swap_test(X[:1], Y[:1]),
        lambda: swap_test(X, Y, users=[1, 2]),
        lambda: swap_test(X, Y, statistic="mean"),
        lambda: swap_test(X, Y, permutations=0),
        lambda: swap_test(X, Y, bandwidth=0.0),
        lambda: swap_test([1, math.nan], [1, 2]),
        lambda: discordant_e_value(-1, 2),
    ],
)
def test_nonsense_is_refused(call):
    with pytest.raises(ValueError, match=r"must|need"):
        call()
