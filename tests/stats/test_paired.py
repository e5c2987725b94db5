"""Statistics: worked examples from the literature, and laws that hold for all counts."""

from __future__ import annotations

import math
import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import special

from logminer.stats import (
    benjamini_hochberg,
    clustered_equivalence,
    clustered_mean,
    exact_rate,
    minimum_detectable_difference,
    paired_equivalence,
    paired_proportions,
    paired_ratio_equivalence,
    tree_bh,
    tree_q_values,
)
from logminer.stats.score import ratio_z, tango_z

COUNT = st.integers(0, 60) | st.integers(0, 50_000)
COUNTS = st.tuples(COUNT, COUNT, COUNT, COUNT).filter(any)
CLUSTERED = st.lists(
    st.tuples(st.sampled_from([-1.0, -0.5, 0.0, 0.0, 0.25, 1.0]), st.integers(0, 12)),
    min_size=1,
    max_size=60,
)
FORTIETHS = st.lists(st.integers(0, 40), max_size=5)


@pytest.mark.parametrize(
    ("counts", "difference", "newcombe", "tango", "exact", "mid"),
    [
        ((59, 6, 16, 80), 0.0621, (0.0046, 0.1186), (0.0054, 0.1240), 0.052479, 0.034690),
        ((1, 1, 7, 12), 0.2857, (0.0256, 0.5069), (0.0260, 0.5172), 0.0703125, 0.0390625),
    ],
)
def test_published_paired_tables(counts, difference, newcombe, tango, exact, mid):
    result = paired_proportions(*counts)
    assert result.difference == pytest.approx(difference, abs=1e-4)
    assert result.newcombe == pytest.approx(newcombe, abs=1e-4)
    assert result.tango == pytest.approx(tango, abs=1e-4)
    assert result.p_mcnemar_exact == pytest.approx(exact, abs=1e-6)
    assert result.p_mcnemar_mid == pytest.approx(mid, abs=1e-6)


@pytest.mark.parametrize(
    ("counts", "margin", "p", "tolerance"),
    [
        ((43, 0, 1, 0), 0.10, 0.0438, 1e-4),
        ((0, 180, 200, 49_620), 0.002, 3.144e-5, 1e-8),
        ((0, 180, 200, 49_620), 0.001, 0.06285, 1e-5),
    ],
)
def test_published_equivalence(counts, margin, p, tolerance):
    assert paired_equivalence(*counts, margin=margin).p == pytest.approx(p, abs=tolerance)


def test_published_equivalence_statistic():
    result = paired_equivalence(43, 0, 1, 0, margin=0.10)
    assert min(result.z_lower, result.z_upper) == pytest.approx(1.7086, abs=1e-4)


def test_clustered_standard_error():
    differences = [1, 1, 0, 0, -1, 0, 1, 0, 0, 0, 1, 1]
    users = ["a", "a", "a", "b", "b", "c", "c", "c", "c", "d", "e", "e"]
    result = clustered_mean(differences, users)
    assert (result.mean, result.se) == pytest.approx((0.333333, 0.223952), abs=1e-6)
    assert (result.n, result.n_users) == (12, 5)
    assert result.high - result.mean == pytest.approx(2.7764451 * result.se, abs=1e-6)
    # Sums 2, −1, 1, 0, 2: of 16 sign patterns of the four that move, six reach a total of ±4.
    assert result.p_sign_flip == 6 / 16


def test_clustered_mean_of_singletons_is_the_usual_t():
    differences = np.random.default_rng(1).choice([-1, 0, 1], 80, p=[0.2, 0.5, 0.3])
    result = clustered_mean(differences, np.arange(80))
    assert result.se == pytest.approx(differences.std(ddof=1) / math.sqrt(80))
    assert result.p_sign_flip is None


def test_benjamini_hochberg_1995():
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
    p += [0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1]
    rejected, adjusted = benjamini_hochberg(p)
    assert rejected.tolist() == [True] * 4 + [False] * 11
    assert adjusted[:2] == pytest.approx([0.0015, 0.003])
    shuffled = np.random.default_rng(0).permutation(len(p))
    assert np.array_equal(benjamini_hochberg(np.array(p)[shuffled]).adjusted, adjusted[shuffled])


def test_tree_selects_families_then_tightens_within():
    families = {"hit": [0.001, 0.02, 0.04], "none": [0.3, 0.9], "empty": [], "also": [0.5, 0.01]}
    # Simes: .003, .6, .02; two of three families are selected, so within them the level is .0333.
    assert tree_bh(families) == {
        "hit": [True, True, False],
        "none": [False, False],
        "empty": [],
        "also": [False, True],
    }
    assert tree_bh({}) == {}
    assert tree_bh({"a": [0.04]}) == {"a": [True]}


def test_tree_q_values():
    families = {"hit": [0.001, 0.02, 0.04], "none": [0.3, 0.9], "empty": [], "also": [0.5, 0.01]}
    found = tree_q_values(families)
    # With one, two and three families selected (q from .009, .03, .6) the level within is q/3, 2q/3 and q.
    assert list(found) == list(families)
    assert found["hit"] == pytest.approx([0.009, 0.045, 0.06])
    assert found["none"] == pytest.approx([0.6, 0.9])
    assert found["also"] == pytest.approx([0.6, 0.03])
    assert (found["empty"].shape, found["empty"].dtype) == ((0,), np.float64)
    assert tree_q_values({}) == {}
    assert tree_q_values({"a": [1, 1], "b": [1]})["a"].tolist() == [1, 1]
    assert tree_bh({"a": [0.0, 0.0, 0.8]}, q=0.8) == {"a": [True, True, True]}


@settings(max_examples=150, deadline=None)
@given(st.lists(FORTIETHS, max_size=6), st.floats(0.001, 0.999))
def test_tree_q_values_are_where_the_two_steps_begin_to_reject(members, q):
    exact = {str(i): [Fraction(k, 40) for k in family] for i, family in enumerate(members)}
    families = {name: [float(p) for p in family] for name, family in exact.items()}
    least = tree_q_values(families)
    steps = sorted({float(v) for family in least.values() for v in family if 0 < v < 0.999})
    assume(all(abs(q / v - 1) > 1e-12 for v in steps))
    for level in (q, *(v * (1 + nudge) for v in steps for nudge in (-1e-12, 1e-12))):
        assert tree_bh(families, q=level) == two_steps(exact, Fraction(level))
    for level in steps:
        rejected = {name: (family <= level).tolist() for name, family in least.items()}
        assert tree_bh(families, q=level) == rejected


def two_steps(families, q):
    """Benjamini and Bogomolov's procedure as they describe it, in exact arithmetic."""

    def level(ps, q):
        """The largest p that Benjamini-Hochberg rejects, −1 where it rejects none."""
        return max(
            (p for k, p in enumerate(sorted(ps), 1) if p * len(ps) <= q * k), default=Fraction(-1)
        )

    simes = {
        name: min(p * len(ps) / k for k, p in enumerate(sorted(ps), 1))
        for name, ps in families.items()
        if ps
    }
    selected = {name for name, p in simes.items() if p <= level(simes.values(), q)}
    share = Fraction(len(selected), max(len(simes), 1))
    return {
        name: [name in selected and p <= level(ps, q * share) for p in ps]
        for name, ps in families.items()
    }


def test_minimum_detectable_difference():
    assert minimum_detectable_difference(50_000, 0.01) == pytest.approx(0.00125, abs=5e-6)
    assert minimum_detectable_difference(50_000, 0.01, design_effect=2) == pytest.approx(
        0.00177, abs=5e-6
    )
    # No discordant prompt seen is no reason to promise that any difference would be found.
    assert 1e-4 < minimum_detectable_difference(50_000, 0.0) < 2e-4
    assert minimum_detectable_difference(2, 0.5) == 1.0


def test_minimum_detectable_difference_is_found_with_that_power():
    n, discordant = 2_000, 0.1
    difference = minimum_detectable_difference(n, discordant)
    gained, lost = (discordant + difference) / 2, (discordant - difference) / 2
    draws = np.random.default_rng(3).multinomial(n, [gained, lost, 1 - discordant], 2_000)
    z = (draws[:, 0] - draws[:, 1]) / np.sqrt(draws[:, 0] + draws[:, 1])
    assert np.mean(z > 1.96) == pytest.approx(0.8, abs=0.03)


def test_exact_rate():
    assert exact_rate(0, 100).high == pytest.approx(1 - 0.025 ** (1 / 100))
    assert exact_rate(2, 20)[:3] == pytest.approx((0.1, 0.012349, 0.316983), abs=1e-6)
    assert exact_rate(100, 100).high == 1.0
    assert exact_rate(3, 50_000).per_100k == "6 (1.24 to 17.5) per 100,000"
    assert exact_rate(1, 20).per_100k == "5,000 (127 to 24,873) per 100,000"


def test_never_seen_has_a_one_sided_bound():
    assert exact_rate(0, 50_000).per_100k == "0 of 50,000; at most 6.0 per 100,000"
    assert exact_rate(0, 500).per_100k == "0 of 500; at most 597 per 100,000"
    assert exact_rate(0, 10_000_000).per_100k == "0 of 10,000,000; at most 0.030 per 100,000"
    assert exact_rate(0, 100, confidence=0.9).at_most == pytest.approx(1 - 0.1 ** (1 / 100))
    assert exact_rate(7, 7).at_most == 1.0
    for events, n in ((0, 50_000), (3, 40), (19, 20)):
        found = exact_rate(events, n)
        # Were the rate as high, so few events would come with probability .05.
        assert special.bdtr(events, n, found.at_most) == pytest.approx(0.05)
        assert found.rate < found.at_most < found.high


@given(COUNTS)
def test_swapping_arms_negates(counts):
    both, base_only, candidate_only, neither = counts
    one = paired_proportions(*counts)
    other = paired_proportions(both, candidate_only, base_only, neither)
    assert other.difference == -one.difference
    assert other.tango == (-one.tango.high, -one.tango.low)
    assert other.newcombe == pytest.approx((-one.newcombe.high, -one.newcombe.low), abs=1e-12)
    assert other.p_mcnemar_mid == one.p_mcnemar_mid
    assert other.p_mcnemar_exact == one.p_mcnemar_exact
    if one.risk_ratio.low:
        assert other.risk_ratio.high == pytest.approx(1 / one.risk_ratio.low)
    equivalent = paired_equivalence(*counts, margin=0.05)
    swapped = paired_equivalence(both, candidate_only, base_only, neither, margin=0.05)
    assert swapped.p == pytest.approx(equivalent.p, abs=1e-12)
    assert swapped.z_lower == pytest.approx(equivalent.z_upper, abs=1e-6)


@given(COUNTS)
def test_intervals_hold_the_estimate_and_stay_in_range(counts):
    result = paired_proportions(*counts)
    for interval in (result.tango, result.newcombe):
        assert -1 <= interval.low <= result.difference + 1e-9
        assert result.difference - 1e-9 <= interval.high <= 1
        assert interval.low < interval.high
    ratio = result.risk_ratio
    if ratio.estimate is not None:
        assert ratio.low <= ratio.estimate * (1 + 1e-9)
        assert ratio.estimate <= ratio.high * (1 + 1e-9)
    assert 0 <= result.p_mcnemar_mid <= result.p_mcnemar_exact <= 1


@given(COUNT, COUNT)
def test_no_discordant_pair_is_no_evidence_of_difference(both, neither):
    assume(both + neither)
    result = paired_proportions(both, 0, 0, neither)
    assert (result.difference, result.p_mcnemar_mid, result.p_mcnemar_exact) == (0, 1, 1)
    assert result.tango.high == -result.tango.low > 0
    assert result.newcombe.high > 0 > result.newcombe.low


@given(COUNTS, st.floats(-0.999, 0.999), st.floats(0, 0.5))
def test_score_statistics_fall_as_the_hypothesis_rises(counts, difference, step):
    both, base_only, candidate_only, _ = counts
    n = sum(counts)
    higher = min(difference + step, 1.0)
    at = tango_z(base_only, candidate_only, n, difference)
    assert tango_z(base_only, candidate_only, n, higher) <= at + 1e-6 * max(1, abs(at))
    low, high = math.exp(difference), math.exp(higher)
    at = ratio_z(both, base_only, candidate_only, n, low)
    assert ratio_z(both, base_only, candidate_only, n, high) <= at + 1e-6 * max(1, abs(at))


@given(COUNTS, st.floats(0.001, 0.9))
def test_equivalence_agrees_with_the_interval(counts, margin):
    p = paired_equivalence(*counts, margin=margin).p
    interval = paired_proportions(*counts, confidence=0.9).tango
    inside = -margin < interval.low and interval.high < margin
    assume(min(abs(interval.low + margin), abs(interval.high - margin)) > 1e-9)
    assert (p < 0.05) == inside


def test_ratio_equivalence_agrees_with_its_interval():
    counts = (400, 12, 15, 9_573)
    interval = paired_proportions(*counts, confidence=0.9).risk_ratio
    widest = max(interval.high, 1 / interval.low)
    assert paired_ratio_equivalence(*counts, ratio=widest).p == pytest.approx(0.05, abs=1e-6)
    assert paired_ratio_equivalence(0, 0, 0, 9, ratio=1.5).p == 0.5


@given(CLUSTERED)
def test_clustered_swapping_and_order(rows):
    values, users = zip(*rows, strict=True)
    one, other = clustered_mean(values, users), clustered_mean([-v for v in values], users)
    assert (other.mean, other.low, other.high) == pytest.approx((-one.mean, -one.high, -one.low))
    assert (other.p, other.p_sign_flip) == pytest.approx((one.p, one.p_sign_flip))
    assert one.low < one.high
    assert 0 <= one.p <= 1
    backwards = clustered_mean(values[::-1], users[::-1])
    assert (backwards.mean, backwards.p) == pytest.approx((one.mean, one.p))
    p = clustered_equivalence(values, users, margin=0.3).p
    assert clustered_equivalence([-v for v in values], users, margin=0.3).p == pytest.approx(p)
    assert 0 <= p <= 1


@given(st.lists(st.tuples(st.floats(-1, 1), st.integers(-100, 20)), min_size=1, max_size=40))
def test_users_may_be_integers_of_any_kind_or_names(rows):
    values, users = zip(*rows, strict=True)
    keys = np.array(users)
    expected = clustered_mean(values, [f"user {u}" for u in users])
    for same in (users, keys, keys.astype(np.int8), keys * 2**54, keys.astype(str)):
        assert clustered_mean(values, same) == expected
    assert clustered_mean(values, (keys + 100).astype(np.uint64) + 2**63) == expected


@pytest.mark.parametrize("n_users", [1, 5])
def test_no_variance_is_not_certainty(n_users):
    users = np.arange(60) % n_users
    result = clustered_mean(np.zeros(60), users)
    assert (result.mean, result.p, result.p_sign_flip) == (0, 1, 1)
    assert result.low < -0.3
    assert result.high > 0.3
    # Sixty equal answers of few users are no proof that all users would see the same.
    assert clustered_equivalence(np.zeros(60), users, margin=0.05).p > 0.2


def test_clustered_equivalence_keeps_its_level_for_rare_behaviours():
    rng = np.random.default_rng(5)
    users, margin, wrong = np.repeat(np.arange(500), 5), 0.002, 0
    for _ in range(300):  # the truth lies on the margin
        kind = np.where(rng.random(500)[users] < 0.3, rng.random(500)[users], rng.random(2_500))
        differences = np.where(kind < margin, 1, 0)
        wrong += clustered_equivalence(differences, users, margin=margin).p < 0.05
    assert wrong / 300 <= 0.08


def test_clustered_equivalence_of_many_independent_prompts_is_tangos():
    differences = np.zeros(50_000)
    differences[:180], differences[180:380] = -1, 1
    clustered = clustered_equivalence(differences, np.arange(50_000), margin=0.002)
    assert clustered.p == pytest.approx(3.144e-5, rel=0.02)


@pytest.mark.parametrize(
    "call",
    [
        lambda: paired_proportions(0, 0, 0, 0),
        lambda: paired_proportions(1, -1, 0, 0),
        lambda: paired_proportions(1, 1, 1, 1, confidence=95),
        lambda: paired_equivalence(1, 1, 1, 1, margin=0),
        lambda: paired_ratio_equivalence(1, 1, 1, 1, ratio=0.8),
        lambda: clustered_mean([], []),
        lambda: clustered_mean([0, 1], ["a"]),
        lambda: clustered_mean([math.nan], ["a"]),
        lambda: clustered_equivalence([2.0], ["a"], margin=0.1),
        lambda: benjamini_hochberg([0.1, math.nan]),
        lambda: benjamini_hochberg([0.1], q=1.5),
        lambda: tree_bh({}, q=0.0),
        lambda: tree_q_values({"a": [0.1], "b": [math.nan]}),
        lambda: exact_rate(3, 2),
        lambda: minimum_detectable_difference(0, 0.1),
        lambda: minimum_detectable_difference(10, 0.1, power=80),
    ],
)
def test_nonsense_is_refused(call):
    with pytest.raises(ValueError, match=r"must|need"):
        call()


@settings(max_examples=20)
@given(st.lists(st.floats(0, 1), max_size=30))
def test_adjusted_p_never_fall_below_p(p):
    rejected, adjusted = benjamini_hochberg(p)
    assert bool(np.all(adjusted >= np.array(p) - 1e-12))
    assert rejected.tolist() == (adjusted <= 0.05).tolist()


def test_a_whole_study_takes_seconds():
    started = time.perf_counter()
    for step in range(100):  # 20 categories × 5 strata
        paired_proportions(59 + step, 6, 16, 49_000)
    assert time.perf_counter() - started < 1
