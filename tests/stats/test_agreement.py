"""Agreement of two judges, weighted shares, and their intervals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.stats import cohen_kappa, kappa_interval, shares_differ, weighted_share


def test_weighted_share_covers_where_misses_are_heavy():
    # 300 items of weight 1 that are all hits, 600 that are drawn one in twelve and hit nine times in ten.
    random, truth, covered, by_kish = np.random.default_rng(5), (300 + 540) / 900, 0, 0
    weights = np.repeat([1.0, 12.0], [300, 50])
    for _ in range(500):
        hits = np.r_[np.ones(300), random.permutation(np.repeat([1, 0], [540, 60]))[:50]]
        share = weighted_share(hits, weights)
        covered += share.low <= truth <= share.high
        kish = weights.sum() ** 2 / np.square(weights).sum()
        plain = weighted_share(np.ones(1000) * (np.arange(1000) < 1000 * share.share))
        assert plain.effective_n == pytest.approx(1000)  # equal weights are a plain draw
        assert share.effective_n <= kish + 1e-9
        reach = 1.96 * np.sqrt(share.share * (1 - share.share) / kish)
        by_kish += abs(share.share - truth) <= reach
    assert 0.93 <= covered / 500 <= 0.98
    assert by_kish / 500 < 0.93  # as if weights knew nothing of hits


def test_kappa():
    # 20 and 15 agreed, 5 and 10 not: .7 against .5 by chance.
    first, second = ["y"] * 25 + ["n"] * 25, ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15
    assert cohen_kappa(first, second) == pytest.approx((0.4, 0.7, 50))
    # sklearn.metrics.cohen_kappa_score, also with sample_weight
    first, second, weights = "aabbcaabccab", "aabacabbccab", [1, 2, 1, 3, 1, 1, 2, 1, 1, 4, 1, 2]
    assert cohen_kappa(first, second).kappa == pytest.approx(0.7446808511)
    weighted = cohen_kappa(first, second, weights=weights)
    assert (weighted.kappa, weighted.agreement) == pytest.approx((0.6240601504, 0.75))
    assert cohen_kappa([True] * 4, [True] * 4) == (None, 1, 4)
    assert cohen_kappa("aabb", "bbaa").kappa == -1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1))
def test_kappa_is_symmetric_and_knows_equal_weights(pairs):
    first, second = zip(*pairs, strict=True)
    result = cohen_kappa(first, second)
    assert cohen_kappa(second, first) == pytest.approx(result)
    assert cohen_kappa(first, second, weights=[2.5] * len(pairs)) == pytest.approx(result)
    assert result.kappa is None or -1 - 1e-9 <= result.kappa <= 1 + 1e-9


def test_kappa_interval_covers_and_knows_clusters():
    rng = np.random.default_rng(0)
    cells = [0.24, 0.06, 0.07, 0.63]  # both, first alone, second alone, neither: kappa .695
    truth = (0.87 - (0.3 * 0.31 + 0.7 * 0.69)) / (1 - (0.3 * 0.31 + 0.7 * 0.69))
    covered = 0
    for _ in range(400):
        seen = rng.choice(4, 200, p=cells)
        low, high = kappa_interval((seen < 2).tolist(), (seen % 2 == 0).tolist())
        covered += low <= truth <= high
    assert 0.92 <= covered / 400 <= 0.98
    once = kappa_interval("ynynyyynny", "ynynyynnny")
    copies = kappa_interval("ynynyyynny" * 3, "ynynyynnny" * 3, users=list(range(10)) * 3)
    alone = kappa_interval("ynynyyynny" * 3, "ynynyynnny" * 3)
    assert alone[1] - alone[0] < copies[1] - copies[0]
    assert copies == pytest.approx(once, abs=0.2)


def test_kappa_interval_at_the_ends():
    assert kappa_interval("yyy", "yyy") is None
    low, high = kappa_interval("yynn" * 5, "yynn" * 5)
    assert high == 1
    assert 0.6 < low < 1  # never to disagree on 20 items is not certainty
    assert kappa_interval("yn", "yn", users="aa") == (-1, 1)
    assert kappa_interval("yn" * 9, "ny" * 9).low == -1
    with pytest.raises(ValueError, match="a user for each"):
        kappa_interval("yn", "yn", users="a")


def test_weighted_share():
    # Newcombe 1998, Stat. Med. 17:857: Wilson's intervals of 81 of 263 and 0 of 20
    assert weighted_share(np.arange(263) < 81) == pytest.approx(
        (81 / 263, 0.2553, 0.3662, 263), abs=1e-4
    )
    assert weighted_share([0] * 20) == pytest.approx((0, 0, 0.1611, 20), abs=1e-4)
    weighted = weighted_share([1, 0, 0, 1], [3, 1, 1, 1])
    assert weighted.share == pytest.approx(4 / 6)
    assert weighted.effective_n == 36 / 12
    assert weighted[:3] == pytest.approx(weighted_share([1, 1, 0])[:3])
    assert weighted_share([True, False], [7, 7]) == weighted_share([True, False])


def test_shares_differ():
    # statsmodels 0.14, test_proportions_2indep(method="agresti-caffo")
    assert shares_differ(7 / 34, 34, 1 / 34, 34) == pytest.approx(0.0351400666)
    assert shares_differ(1.0, 40, 0.9, 40) == pytest.approx(0.0846410996)
    assert shares_differ(170 / 200, 200, 199 / 210, 210) == pytest.approx(0.0012050439)
    assert shares_differ(1.0, 10.5, 1.0, 10.5) == 1
    assert shares_differ(0.3, 12.5, 0.9, 20) == shares_differ(0.9, 20, 0.3, 12.5)


def test_a_share_of_few_users_is_less_sure():
    assert weighted_share([1, 0, 1, 1], users="abcd") == weighted_share([1, 0, 1, 1])
    hits = np.ones(200)
    hits[:3] = 0
    users = np.arange(200) // 20
    together, apart = weighted_share(hits, users=users), weighted_share(hits, users=users[::-1])
    assert together == pytest.approx(apart)
    scattered = weighted_share(hits, users=np.arange(200) % 10)
    assert 10 < together.effective_n < scattered.effective_n < 200
    # Users who never differed may yet: what ten of them would tell.
    assert weighted_share(np.ones(200), users=users).effective_n == pytest.approx(10)
    assert weighted_share(hits, users=np.zeros(200)).effective_n == 1


@pytest.mark.parametrize(("users", "share"), [(10, 0.98), (40, 0.98), (30, 0.8)])
def test_intervals_of_a_share_cover_with_twenty_labels_a_user(users, share):
    rng, codes, plain, clustered = np.random.default_rng(8), np.repeat(np.arange(users), 20), 0, 0
    for _ in range(300):  # a correlation of .2 within users
        rates = rng.beta(4 * share, 4 * (1 - share), users)
        hits = rng.random(len(codes)) < rates[codes]
        plain += holds(weighted_share(hits), share)
        clustered += holds(weighted_share(hits, users=codes), share)
    assert plain / 300 < 0.8
    assert clustered / 300 >= 0.93


def holds(interval, truth):
    return interval.low <= truth <= interval.high
