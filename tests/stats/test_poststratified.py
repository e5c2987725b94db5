"""Two rates corrected by people's labels of some of the prompts, by strata of what the judge says; and its variances."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.stats import Contrast, LabelledPairs, paired_evidence, poststratified
from logminer.stats.clusters import Clusters, Part

RATES = st.sampled_from([0.0, 0.0, 0.5, 1.0])
ROWS = st.lists(st.tuples(RATES, RATES, RATES, RATES, st.integers(0, 9)), min_size=8, max_size=60)


def pairs(places, human, judge, weights=None):
    places = np.asarray(places)
    weights = np.ones(len(places)) if weights is None else np.asarray(weights, float)
    said = [np.asarray(arm, float)[places] for arm in (*human, *judge)]
    return LabelledPairs(places, weights, *said)


def corrected(rows, n=None, swap=False, weights=None, **options):
    """The first `n` prompts are labelled."""
    *said, users = zip(*rows, strict=True)
    human, judge = (said[:2], said[2:])
    if swap:
        human, judge = human[::-1], judge[::-1]
    labelled = pairs(range(n or len(rows)), human, judge, weights)
    return poststratified(*judge, labelled, users=users, **options)


@given(ROWS, st.booleans())
def test_swapped_arms_negate_the_contrast(rows, few):
    n = len(rows) // 2 if few else None
    one, other = corrected(rows, n).contrast(), corrected(rows, n, swap=True).contrast()
    assert (other.base, other.candidate) == pytest.approx((one.candidate, one.base))
    assert (other.estimate, other.low, other.high) == pytest.approx(
        (-one.estimate, -one.high, -one.low), abs=1e-9
    )
    assert one.low < one.high


@given(ROWS)
def test_where_people_labelled_all_the_judge_is_not_asked(rows):
    base, candidate, *_ = (np.array(column) for column in zip(*rows, strict=True))
    found = corrected(rows).contrast(0.7)
    assert found.base == pytest.approx(base.mean(), abs=1e-9)
    assert found.estimate == pytest.approx(candidate.mean() - 0.7 * base.mean(), abs=1e-9)


@given(ROWS, st.data())
def test_votes_are_copies_of_a_prompt(rows, data):
    """As far as rates go; copies of one prompt are not independent, so the interval is not that of more prompts."""
    copies = data.draw(st.lists(st.integers(1, 3), min_size=len(rows), max_size=len(rows)))
    voted = corrected(rows, votes=copies).contrast()
    copied = [row for row, n in zip(rows, copies, strict=True) for _ in range(n)]
    assert voted.estimate == pytest.approx(corrected(copied).contrast().estimate, abs=1e-9)


def test_the_estimate_by_hand():
    """100 prompts, 10 of them labelled: of 8 that the judge clears one is yes in the candidate, of 2 flagged both are no."""
    judge = np.zeros(100), np.r_[[1, 1], np.zeros(8), np.ones(18), np.zeros(72)]
    human = np.zeros(100), np.r_[[0, 0, 1], np.zeros(97)]
    found = poststratified(*judge, pairs(range(10), human, judge))
    assert found.tuning == 0  # where people say yes more often the judge says no
    # Predicted is the mean error in its stratum, with two labels more that have none: 1 ÷ (8 + 2) and 0.
    predicted = 0.8 * 0.1
    assert found.contrast().estimate == pytest.approx(predicted + (1 - 8 * 0.1) / 10)
    errors = np.r_[[0, 0, 0.9], np.full(7, -0.1)]
    of_labels = np.square(errors - errors.mean()).sum() / 100 / 0.9
    fitted = np.r_[[0, 0], np.full(8, 0.1), np.zeros(18), np.full(72, 0.1)]
    # What a labelled prompt adds to both means goes together.
    deviations = (fitted - fitted.mean()) / 100 / math.sqrt(0.99)
    together = 2 * deviations[:10] @ (errors - errors.mean()) / 10 / math.sqrt(0.9)
    unseen = 2 / 12**2
    variance = of_labels + np.square(deviations).sum() + together + unseen
    assert found.contrast().se == pytest.approx(math.sqrt(variance))
    assert found.contrast().df == pytest.approx(9)


def test_a_judge_that_agrees_with_people_is_believed_but_not_for_sure():
    judge = np.arange(2_000) % 10 == 0, np.arange(2_000) % 8 == 0
    found = poststratified(*judge, pairs(range(0, 2_000, 20), judge, judge)).contrast()
    assert found.estimate == pytest.approx(0.025)
    assert (found.base, found.candidate) == pytest.approx((0.1, 0.125))
    assert found.se > math.sqrt(2) / 102


@pytest.mark.parametrize("drawn", [False, True])
@pytest.mark.parametrize("sizes", [(1,) * 2_000, (500,) * 2 + (4,) * 250])
def test_intervals_cover_whatever_the_judge_does(drawn, sizes):
    """People see 20 % in both arms, the judge 6 points more in one; more of what it flags is labelled, with weights."""
    rng, users = np.random.default_rng(5), np.repeat(np.arange(len(sizes)), sizes)
    covered, estimates = 0, []
    for _ in range(200):
        rates = rng.beta(0.8, 3.2, (2, len(sizes)))[:, users]
        human = rng.random((2, 2_000)) < (0.2 if len(sizes) == 2_000 else rates)
        judge = rng.random((2, 2_000)) < np.where(human, 0.9, [[0.02], [0.1]])
        chance = np.where(judge.any(axis=0), 0.12, 0.03) if drawn else np.full(2_000, 0.06)
        places = np.flatnonzero(rng.random(2_000) < chance)
        labelled = pairs(places, human, judge, 1 / chance[places])
        found = poststratified(*judge, labelled, users=users).contrast()
        covered += found.low <= 0 <= found.high
        estimates.append(found.estimate)
    assert covered / 200 >= 0.93
    assert abs(np.mean(estimates)) < 3.5 * np.std(estimates) / math.sqrt(200)


def test_each_unit_has_one_vote():
    """One user asks half of the prompts and shows it in every candidate's answer; 100 others never do."""
    users = np.r_[np.zeros(100, int), np.arange(1, 101)]
    judge = np.zeros(200), users == 0
    labelled = pairs(range(0, 200, 2), judge, judge)
    votes = np.where(users == 0, 0.01, 1)
    by_prompt = poststratified(*judge, labelled, users=users).contrast()
    by_user = poststratified(*judge, labelled, users=users, votes=votes).contrast()
    assert by_prompt.estimate == pytest.approx(0.5)
    assert by_user.estimate == pytest.approx(1 / 101)
    assert by_prompt.df < 4 < by_user.df


def test_labels_of_one_user_say_nothing_of_others():
    judge = np.zeros(50), np.ones(50)
    users = np.r_[np.zeros(10, int), np.arange(1, 41)]
    found = poststratified(*judge, pairs(range(10), judge, judge), users=users).contrast()
    assert (found.low, found.high, found.contrast.p) == (-1, 1, 1)


class TestClusters:
    WEIGHTS = np.full(6, 1 / 6)
    VALUES = np.array([3.0, 1, -1, -1, -1, -1])

    def test_one_way_by_hand(self) -> None:
        clusters = Clusters(6, "aabbcd")
        part = Part(self.VALUES, self.WEIGHTS)
        by_hand = (16 / (1 - 1 / 3) + 4 / (1 - 1 / 3) + 2 / (1 - 1 / 6)) / 36
        assert clusters.variance([part]) == pytest.approx(by_hand)
        assert clusters.effective(part) == pytest.approx(36 / 10)

    def test_two_ways_add_up_and_the_same_twice_is_one(self) -> None:
        part = Part(self.VALUES, self.WEIGHTS)
        one, other = Clusters(6, "aabbcd"), Clusters(6, "xyxyzz")
        both = Clusters(6, "aabbcd", "xyxyzz")
        shared = Clusters(6).variance([part])  # no two rows share both
        assert both.variance([part]) == pytest.approx(
            max(
                one.variance([part]),
                one.variance([part]) + other.variance([part]) - shared,
            )
        )
        assert both.effective(part) == pytest.approx(36 / 12)
        same = Clusters(6, "aabbcd", "aabbcd")
        assert same.variance([part]) == pytest.approx(one.variance([part]))

    def test_equal_users_are_a_clustered_mean(self) -> None:
        rng = np.random.default_rng(1)
        values, users = rng.choice([-1.0, 0, 1], 400), np.arange(400) % 80
        part = Part(values - values.mean(), np.full(400, 1 / 400))
        # CR2 has √(1 − 1/G) where CR1 has √((G − 1)/G): with equal users they are one.
        se = math.sqrt(Clusters(400, users).variance([part]))
        assert se == pytest.approx(
            paired_evidence((values < 0) * 1.0, (values > 0) * 1.0, users).se
        )

    def test_a_single_cluster_says_nothing_of_others(self) -> None:
        assert Clusters(2, "aa").variance([Part(np.zeros(2), np.full(2, 0.5))]) == math.inf


@pytest.mark.parametrize(("level", "df"), [(0.05, math.inf), (0.001, math.inf), (0.001, 20.0)])
def test_the_minimum_detectable_is_found_in_four_of_five(level, df):
    contrast = Contrast(0, 0, 0, 0.02, df)
    truth = contrast.minimum_detectable(level)
    rng = np.random.default_rng(3)
    se = 0.02 * (np.sqrt(rng.chisquare(df, 4_000) / df) if math.isfinite(df) else np.ones(4_000))
    estimates = rng.normal(truth, 0.02, 4_000)
    found = [
        Contrast(e, 0, 0, s, df).p <= level for e, s in zip(estimates, se.tolist(), strict=True)
    ]
    assert 0.77 <= np.mean(found) <= 0.83
    assert Contrast(0, 0, 0, math.inf, 0).minimum_detectable(level) == math.inf


@pytest.mark.parametrize(
    "call",
    [
        lambda: corrected([(0, 0, 0, 0, 1)]),
        lambda: corrected([(0, 0, 0, 2, 1), (0, 0, 0, 0, 1)]),
        lambda: corrected([(0, 0, 0, 0, 1)] * 3, weights=[1, 0, 1]),
        lambda: corrected([(0, 0, 0, 0, 1)] * 3, weights=[1, 1]),
        lambda: corrected([(0, 0, 0, 0, 1)] * 3, votes=[1, 1]),
        lambda: corrected([(0, 0, 0, 0, 1)] * 3, groups="ab"),
        lambda: corrected([(0, 0, 0, 0, 1)] * 3).contrast(-1),
        lambda: corrected([(0, 0, 0, 0, 1)] * 3).contrast(confidence=1),
        lambda: Contrast(0, 0, 0, 1, 5).minimum_detectable(0),
    ],
)
def test_nonsense_is_refused(call):
    with pytest.raises(ValueError, match=r"must|need"):
        call()
