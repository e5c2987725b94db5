"""Rates and differences corrected for a judge's errors: published figures, laws, coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import special

from logminer.stats import (
    JudgeError,
    cohen_kappa,
    prediction_powered_mean,
    rogan_gladen,
    rogan_gladen_contrast,
    shares_differ,
    weighted_share,
)
from logminer.stats.users import user_sums

FAIR = JudgeError(0.85, 200, 0.98, 200)
PERFECT = JudgeError(1.0, 1e12, 1.0, 1e12)
RATES = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.0, 0.5, 1.0]),
        st.sampled_from([0.0, 0.0, 0.25, 1.0]),
        st.integers(0, 8),
    ),
    min_size=1,
    max_size=50,
)
LABELLED = st.lists(
    st.tuples(
        st.sampled_from([-1.0, 0.0, 0.5, 1.0]),
        st.sampled_from([-1.0, 0.0, 1.0]),
        st.integers(0, 6),
        st.integers(1, 5),
    ),
    min_size=2,
    max_size=30,
)
UNLABELLED = st.lists(st.tuples(st.sampled_from([-1.0, 0.0, 1.0]), st.integers(0, 12)), max_size=30)


def prevalence(flagged, n, found, positives, left, negatives, **options):
    return rogan_gladen(
        flagged,
        n,
        true_positives=found,
        positives=positives,
        true_negatives=left,
        negatives=negatives,
        **options,
    )


# The first is a worked example with its published interval; the others are by the R script of the paper's authors.
@pytest.mark.parametrize(
    ("counts", "interval"),
    [
        ((400, 1_000, 180, 200, 140, 200), (0.056351, 0.262733)),
        ((350.5, 1_000, 88.2, 98, 70.4, 90.5), (0.059433, 0.289911)),
        ((23, 150, 96, 100, 89, 100), (0, 0.145668)),
        ((12, 400, 45, 60, 590, 600), (0, 0.051410)),
        ((2, 78, 50, 100, 199, 200), (0, 0.177704)),
    ],
)
def test_published_intervals_of_a_prevalence(counts, interval):
    result = prevalence(*counts)
    assert (result.low, result.high) == pytest.approx(interval, abs=1e-6)


def test_published_prevalences():
    assert prevalence(400, 1_000, 180, 200, 140, 200).estimate == pytest.approx(1 / 6)
    known = prevalence(23, 150, 96e7, 1e9, 89e7, 1e9)
    assert known.estimate == known.raw == pytest.approx(0.05098, abs=1e-5)
    assert (known.sensitivity, known.specificity) == pytest.approx((0.96, 0.89))
    wide = prevalence(30, 200, 9, 10, 28, 30, confidence=0.9)
    assert (wide.low, wide.high) == pytest.approx((0, 0.195332), abs=1e-6)


def test_a_prevalence_that_false_alarms_explain_may_be_nought():
    result = prevalence(900, 50_000, 180, 200, 1_970, 2_000)
    assert 0 < result.estimate < result.high
    assert result.low == 0
    below = prevalence(3, 1_000, 180, 200, 1_970, 2_000)
    assert below.raw < 0 == below.estimate
    assert prevalence(999, 1_000, 180, 200, 1_970, 2_000).estimate == 1


def test_labels_too_few_to_tell_the_judge_from_chance_tell_nothing():
    assert prevalence(5, 10, 1, 1, 1, 90)[1:3] == (0, 1)


@given(st.integers(1, 400), st.data())
def test_a_perfect_judge_leaves_the_share(n, data):
    flagged = data.draw(st.integers(0, n))
    result = prevalence(flagged, n, 1e12, 1e12, 1e12, 1e12)
    assert result.estimate == pytest.approx(flagged / n)
    # What is left is Agresti's and Coull's interval, which Wilson's lies within.
    wilson = weighted_share(np.arange(n) < flagged)
    assert result.low <= wilson.low + 1e-9
    assert wilson.high - 1e-9 <= result.high
    share, z = (flagged + 1.920729) / (n + 3.841459), 1.959964
    reach = z * math.sqrt(share * (1 - share) / (n + 3.841459))
    assert result.high == pytest.approx(min(share + reach, 1), abs=1e-5)


# Values of ppi-python 0.2.3 (ppi_mean_pointestimate, ppi_mean_ci with alpha .1): human, judge, how many of the
# unlabelled are −1, 0 and 1, weights; then estimate, low and high: tuned, at .35, weighted and tuned, weighted at .35.
PPI = [
    (
        [0.5, 1, 1, 0, 0, 1, -1, 1, 1, 0, 0, 0],
        [0.5, 1, 1, 0, 1, 0, -1, 1, 1, 0, 0, 0],
        (7, 16, 7),
        [3, 4, 3, 4, 3, 4, 5, 1, 3, 3, 2, 2],
        (0.210069444, -0.017017143, 0.437156032),
        (0.243750000, 0.010243527, 0.477256473),
        (0.130757463, -0.130595276, 0.392110201),
        (0.211486486, -0.072852521, 0.495825494),
    ),
    (
        [0, -1, 1, 0, 0.5, 0, 1, 0.5, -1, 1, 1, 1, 0, -1, -1, 1, 0, -1, 1, 0.5],
        [0, -1, 1, 0, 0.5, 0, 1, 0.5, -1, 1, 1, 1, 0, -1, 0, 1, 0, -1, 0, 0.5],
        (4, 7, 5),
        [5, 2, 1, 2, 1, 5, 2, 3, 2, 5, 1, 3, 5, 3, 5, 5, 4, 4, 3, 3],
        (0.128770358, -0.102035774, 0.359576490),
        (0.135625000, -0.096902087, 0.368152087),
        (0.082377599, -0.165691312, 0.330446510),
        (0.087109375, -0.162146149, 0.336364899),
    ),
    (
        [0, 1, 0, 1, -1, 0, 0, 1, 0],
        [0, 1, -1, 1, 1, 0, 0, 1, 0],
        (11, 19, 10),
        [4, 2, 1, 2, 5, 3, 5, 5, 5],
        (0.141965588, -0.185591652, 0.469522827),
        (0.096805556, -0.232281913, 0.425893024),
        (0.093737728, -0.291541585, 0.479017041),
        (-0.025937500, -0.428180916, 0.376305916),
    ),
]


@pytest.mark.parametrize("example", PPI)
def test_powered_means_are_those_of_ppi_python(example):
    human, judge, counts, weights, *expected = example
    rest = np.repeat([-1, 0, 1], counts)
    found = [
        prediction_powered_mean(human, judge, rest, weights=given, tuning=tuning, confidence=0.9)
        for given in (None, weights)
        for tuning in (None, 0.35)
    ]
    assert [result[:3] for result in found] == [pytest.approx(e, abs=1e-8) for e in expected]
    assert [result.tuning == 0.35 for result in found] == [False, True, False, True]


def test_worked_powered_mean():
    human, judge = ([int(digit) for digit in text] for text in ("1010010010", "1011010000"))
    result = prediction_powered_mean(human, judge, [1] * 30 + [0] * 70)
    assert result[:3] == pytest.approx((0.340944, 0.088672, 0.593217), abs=1e-6)
    assert (result.n, result.n_unlabelled, result.df) == (10, 100, math.inf)
    assert 0 < result.tuning < 1


def powered(rows, rest, sign=1.0, **options):
    human, judge, users, weights = zip(*rows, strict=True)
    values, owners = [value for value, _ in rest], [user for _, user in rest]
    chosen = {"users": users, "users_unlabelled": owners, "weights": weights} | options
    return prediction_powered_mean(
        sign * np.array(human), sign * np.array(judge), sign * np.array(values), **chosen
    )


@given(LABELLED, UNLABELLED, st.booleans(), st.booleans())
def test_powered_means_swap_and_do_not_depend_on_order(rows, rest, clustered, cautious):
    options = {"cautious": cautious}
    if not clustered:
        options |= {"users": None, "users_unlabelled": None}
    one, other = powered(rows, rest, **options), powered(rows, rest, -1, **options)
    assert (other.estimate, other.low, other.high, other.se) == pytest.approx(
        (-one.estimate, -one.high, -one.low, one.se), abs=1e-12
    )
    assert powered(rows[::-1], rest[::-1], **options) == pytest.approx(one, abs=1e-9)
    for value in (-0.3, 0.0, 0.2):
        assert other.contrast.p_below(-value) == pytest.approx(one.contrast.p_above(value))
    assert 0 <= one.tuning <= 1
    if cautious:
        assert one.low < one.estimate < one.high


@given(LABELLED, UNLABELLED)
def test_equal_weights_are_no_weights(rows, rest):
    equal = [(*row[:3], 3) for row in rows]
    assert powered(equal, rest) == pytest.approx(powered(rows, rest, weights=None), abs=1e-12)


@given(LABELLED, UNLABELLED, st.floats(0, 1))
def test_clustered_variance_is_what_users_add_up_to(rows, rest, tuning):
    assume(len({user for *_, user, _ in rows}) > 1)
    result = powered(rows, rest, tuning=tuning)
    tuning = tuning if rest else 0.0
    total = sum(weight for *_, weight in rows)
    rectifier = sum(w * (y - tuning * f) for y, f, _, w in rows) / total
    imputed = tuning * sum(f for f, _ in rest) / max(len(rest), 1)
    influence = {}
    for y, f, user, w in rows:
        influence.setdefault(user, []).append(w * (y - tuning * f - rectifier) / total)
    g = len(influence)
    for f, user in rest:
        influence.setdefault(user, []).append((tuning * f - imputed) / len(rest))
    variance = sum(sum(parts) ** 2 for parts in influence.values()) * g / (g - 1)
    assert result.estimate == pytest.approx(rectifier + imputed, abs=1e-12)
    assert result.se == pytest.approx(math.sqrt(variance), abs=1e-9)
    assert result.df == g - 1


def test_labels_alone_are_a_mean_clustered_by_user():
    differences, users = [1, 1, 0, 0, -1, 0, 1, 0, 0, 0, 1, 1], "aaabbccccdee"
    alone = prediction_powered_mean(differences, np.zeros(12), [], users=users, users_unlabelled=[])
    mean, se, reach = (
        1 / 3,
        0.223952,
        2.7764451 * 0.223952,
    )  # quantile of t, four degrees of freedom
    assert alone[:4] == pytest.approx((mean, mean - reach, mean + reach, se), abs=1e-5)
    assert alone.contrast.p == pytest.approx(2 * special.stdtr(4, -mean / se), abs=1e-5)
    assert (alone.tuning, alone.n_unlabelled) == (0, 0)


def test_labels_of_one_user_say_nothing_of_others():
    result = prediction_powered_mean([0, 1], [0, 1], [0.5], users="aa", users_unlabelled="b")
    assert (result.low, result.high, result.contrast.p) == (-math.inf, math.inf, 1)
    assert result.contrast.p_below(0.9) == 0.5


def test_no_disagreement_seen_is_not_a_judge_without_error():
    judge, rest = np.zeros(100), np.zeros(5_000)
    plain = prediction_powered_mean(judge, judge, rest)
    assert (plain.se, plain.contrast.p, plain.contrast.p_below(0.01)) == (0, 1, 0)
    wary = prediction_powered_mean(judge, judge, rest, cautious=True)
    assert wary.se == pytest.approx(math.sqrt(2) / 102)
    assert wary.contrast.p_below(0.02) > 0.05
    double = prediction_powered_mean(judge, judge, rest, cautious=2)
    assert double.se == pytest.approx(2 * wary.se)
    # A hundred labels of ten users tell less of the judge's errors than of a hundred users.
    few = prediction_powered_mean(
        judge, judge, rest, cautious=True, users=np.arange(100) % 10, users_unlabelled=rest
    )
    assert few.se == pytest.approx(math.sqrt(2 / (102 * 12)))


def test_cautious_intervals_cover_where_disagreement_is_rare():
    rng = np.random.default_rng(2)
    n, covered = 100, {False: 0, True: 0}
    for _ in range(400):  # the judge misses 1 % of what the candidate alone shows
        judge = rng.choice([-1.0, 0.0, 1.0], 3_000, p=[0.01, 0.97, 0.02])
        human = judge + (rng.random(3_000) < 0.01)
        for cautious in covered:
            result = prediction_powered_mean(human[:n], judge[:n], judge[n:], cautious=cautious)
            covered[cautious] += result.low <= 0.02 <= result.high
    assert covered[False] / 400 < 0.8
    assert covered[True] / 400 >= 0.95


def contrast(rows, one=FAIR, other=FAIR, swap=False, **options):
    base, candidate, users = zip(*rows, strict=True)
    arms = (candidate, base) if swap else (base, candidate)
    errors = (other, one) if swap else (one, other)
    chosen = {"users": users} | options
    return rogan_gladen_contrast(*arms, base_error=errors[0], candidate_error=errors[1], **chosen)


@given(RATES, st.booleans(), st.booleans())
def test_swapped_arms_negate_the_contrast(rows, shared, clustered):
    other = FAIR if shared else JudgeError(0.7, 31.5, 0.9, 80)
    options = {} if clustered else {"users": None}
    one = contrast(rows, other=other, **options)
    swapped = contrast(rows, other=other, swap=True, **options)
    assert (swapped.base, swapped.candidate) == (one.candidate, one.base)
    assert (swapped.estimate, swapped.low, swapped.high) == pytest.approx(
        (-one.estimate, -one.high, -one.low), abs=1e-12
    )
    assert swapped.contrast.p == pytest.approx(one.contrast.p)
    assert swapped.contrast.p_above(-0.1) == pytest.approx(one.contrast.p_below(0.1))
    assert one.low < one.high
    assert -1 <= one.low <= one.estimate <= one.high <= 1
    assert 0 <= one.contrast.p <= 1


@given(RATES, st.floats(1.1, 5))
def test_a_ratio_and_its_inverse_with_swapped_arms_are_one_hypothesis(rows, ratio):
    # candidate < ratio × base is base > candidate ÷ ratio, and at these rates nothing is truncated.
    rows = [(base / 9, candidate / 9, user) for base, candidate, user in rows] + [(0.1, 0.1, 99)]
    more = contrast(rows, PERFECT, PERFECT, slope=ratio).contrast
    less = contrast(rows, PERFECT, PERFECT, swap=True, slope=1 / ratio).contrast
    assert less.p_above(0) == pytest.approx(more.p_below(0), abs=1e-9)


def test_a_perfect_judge_leaves_the_difference():
    rng = np.random.default_rng(4)
    users = rng.integers(0, 200, 1_000)
    base, candidate = rng.random((2, 1_000)) < np.array([[0.1], [0.13]])
    result = rogan_gladen_contrast(
        base, candidate, base_error=PERFECT, candidate_error=PERFECT, users=users
    )
    plain = user_sums(candidate * 1.0 - base, users)
    reach = special.stdtrit(len(plain.sums) - 1, 0.975) * plain.se
    assert (result.base, result.candidate) == pytest.approx((base.mean(), candidate.mean()))
    assert result.estimate == pytest.approx(plain.mean)
    assert plain.se < result.se == pytest.approx(plain.se, rel=0.02)
    ends = plain.mean - reach, plain.mean + reach
    assert (result.low, result.high) == pytest.approx(ends, abs=1e-3)
    sizes = np.bincount(users)
    assert result.df == pytest.approx(1_000**2 / np.square(sizes).sum() - 1)
    p = 2 * special.stdtr(result.df, -abs(plain.mean) / plain.se)
    assert result.contrast.p == pytest.approx(p, rel=0.1)


def test_the_contrast_is_of_the_corrected_rates():
    rows = [(i < 60, i < 90, i) for i in range(1_000)]
    other = JudgeError(0.9, 100, 0.96, 100)
    result = contrast(rows, other=other, slope=1.5)
    assert result.base == pytest.approx((0.06 - 0.02) / 0.83)
    assert result.candidate == pytest.approx((0.09 - 0.04) / 0.86)
    assert result.estimate == pytest.approx(result.candidate - 1.5 * result.base)
    below = contrast([(0, i < 90, i) for i in range(1_000)])
    # The base is flagged less often than by mistake: no rate below 0, but the difference is the whole one.
    assert below.base == 0
    assert below.estimate == pytest.approx(0.09 / 0.83)


def test_one_calibration_for_both_arms_largely_cancels():
    rows = [(i % 40 == 0, i % 30 == 0, i) for i in range(5_000)]
    shared = contrast(rows)
    twin = JudgeError(*FAIR)
    own = contrast(rows, other=twin)
    assert own.estimate == shared.estimate
    # Two calibrations that found the same are two still: each has a specificity known to ±1 % only.
    assert shared.se < 0.005
    assert own.se > 2.5 * shared.se
    more = JudgeError(0.85, 20_000, 0.98, 20_000)
    surer = contrast(rows, more, JudgeError(*more))
    assert surer.se < own.se / 2
    assert contrast(rows, more, more).se < shared.se


def test_the_variance_of_two_calibrations_by_hand():
    # Nothing flagged: each corrected rate is −.02/.83, and two of the four kinds of half a prompt have one flag.
    result = contrast([(0, 0, i) for i in range(398)], other=JudgeError(*FAIR))
    sensitivity, specificity = 172 / 204, 198 / 204
    one_arm = (0.02 / 0.83) ** 2 * sensitivity * (1 - sensitivity) / 204
    one_arm += (0.85 / 0.83) ** 2 * specificity * (1 - specificity) / 204
    variance = 2 * one_arm / 0.83**2 + (1 / 0.83**2) / 400**2
    assert result.se == pytest.approx(math.sqrt(variance), rel=1e-12)


def test_no_difference_seen_is_not_certainty():
    same = contrast([(0, 0, i) for i in range(100)])
    assert (same.estimate, same.contrast.p) == (0, 1)
    assert same.high == -same.low > 0.02
    few = contrast([(0, 0, i % 5) for i in range(100)])
    assert few.high > 3 * same.high
    one_user = contrast([(0, 1, "a")] * 9)
    assert (one_user.low, one_user.high, one_user.contrast.p) == (-1, 1, 1)


@pytest.mark.parametrize("prompts_per_user", [1, 10])
@pytest.mark.parametrize("shared", [True, False])
def test_corrected_differences_cover(prompts_per_user, shared):
    rng = np.random.default_rng(6)
    n, truth, covered, repeats = 2_000, np.array([[0.02], [0.04]]), 0, 300
    users = np.repeat(np.arange(n // prompts_per_user), prompts_per_user)
    for _ in range(repeats):
        alike = rng.random((2, n)) < math.sqrt(0.3)
        shows = np.where(alike, rng.random(n)[users], rng.random((2, n))) < truth
        flags = rng.random((2, n)) < np.where(shows, 0.85, 0.02)
        one, other = (
            JudgeError(rng.binomial(200, 0.85) / 200, 200, rng.binomial(200, 0.98) / 200, 200)
            for _ in range(2)
        )
        result = rogan_gladen_contrast(
            *flags, base_error=one, candidate_error=one if shared else other, users=users
        )
        covered += result.low <= 0.02 <= result.high
    assert covered / repeats >= 0.93


@given(RATES, st.floats(-0.5, 0.5))
def test_one_sided_p_agree_with_the_interval(rows, value):
    result = contrast(rows, confidence=0.9)
    assume(result.df > 0 and min(abs(value - result.low), abs(value - result.high)) > 1e-9)
    assert (result.contrast.p_below(value) < 0.05) == (result.high < value)
    assert (result.contrast.p_above(value) < 0.05) == (result.low > value)
    assert result.contrast.p_above(value) + result.contrast.p_below(value) == pytest.approx(1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: prevalence(1, 10, 5, 10, 5, 10),
        lambda: prevalence(1, 10, 1, 10, 9, 10),
        lambda: prevalence(11, 10, 9, 10, 9, 10),
        lambda: prevalence(1, 10, 0, 0, 9, 10),
        lambda: prevalence(1, 10, 9, 10, -1, 10),
        lambda: prevalence(math.nan, 10, 9, 10, 9, 10),
        lambda: prevalence(1, 10, 9, 10, 9, 10, confidence=95),
        lambda: prediction_powered_mean([], [], []),
        lambda: prediction_powered_mean([1], [1], [1, 0]),
        lambda: prediction_powered_mean([1, 0], [1], [1, 0]),
        lambda: prediction_powered_mean([1, math.nan], [1, 0], [1, 0]),
        lambda: prediction_powered_mean([1, 0], [1, 0], [math.inf]),
        lambda: prediction_powered_mean([1, 0], [1, 0], [1], weights=[1, 0]),
        lambda: prediction_powered_mean([1, 0], [1, 0], [1], weights=[1]),
        lambda: prediction_powered_mean([1, 0], [1, 0], [1], tuning=math.nan),
        lambda: prediction_powered_mean([1, 0], [1, 0], [1], cautious=-1),
        lambda: prediction_powered_mean([1, 0], [1, 0], [1], confidence=0),
        lambda: prediction_powered_mean([1, 0], [1, 0], [1], users="ab"),
        lambda: prediction_powered_mean([1, 0], [1, 0], [1], users="a", users_unlabelled="b"),
        lambda: contrast([(0, 1, 0)], JudgeError(0.5, 9, 0.5, 9)),
        lambda: contrast([(0, 1, 0)], JudgeError(0.9, 0, 0.9, 9)),
        lambda: contrast([(0, 1, 0)], JudgeError(1.1, 9, 0.9, 9)),
        lambda: contrast([(0, 1.5, 0)]),
        lambda: contrast([(0, 1, 0)], slope=-1),
        lambda: contrast([(0, 1, 0)], confidence=1),
        lambda: contrast([(0, 1, 0)], users="ab"),
        lambda: rogan_gladen_contrast([0], [0, 1], base_error=FAIR, candidate_error=FAIR),
        lambda: rogan_gladen_contrast([], [], base_error=FAIR, candidate_error=FAIR),
        lambda: cohen_kappa([], []),
        lambda: cohen_kappa("ab", "a"),
        lambda: cohen_kappa("ab", "ab", weights=[1, 0]),
        lambda: weighted_share([]),
        lambda: weighted_share([0.5]),
        lambda: weighted_share([1], [math.nan]),
        lambda: shares_differ(1.2, 5, 0.5, 5),
        lambda: shares_differ(1.0, 0, 0.5, 5),
    ],
)
def test_nonsense_is_refused(call):
    with pytest.raises(ValueError, match=r"must|need"):
        call()
