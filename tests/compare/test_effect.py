"""Effects on prompts: what is asked of one once it is found."""

from __future__ import annotations

import numpy as np
import pytest

from logminer.compare.effect import effect
from logminer.compare.options import Margin
from logminer.stats import paired_difference, paired_ratio_equivalence


def drawn(rng, users, base=0.3, candidate=0.3, together=9.0):
    """Answers of users who each have rates of their own."""
    codes = np.arange(users.max() + 1)
    arms = []
    for rate in (base, candidate):
        of_users = rng.beta(rate * together, (1 - rate) * together, len(codes))
        arms.append((rng.random(len(users)) < of_users[users]) * 1.0)
    return arms


def test_effect_is_the_paired_difference():
    rng, users = np.random.default_rng(1), np.repeat(np.arange(40), 5)
    base, candidate = drawn(rng, users, candidate=0.4)
    groups = rng.integers(0, 90, len(users))
    for weight in ("prompt", "unit"):
        found = effect(base, candidate, users, 0.95, groups=groups, weight=weight)
        plain = paired_difference(base, candidate, users, prompts=groups, weight=weight, margin=0.1)
        assert found.interval(0.95) == (found.low, found.high) == (plain.low, plain.high)
        assert (found.p, found.n_effective, found.largest_share) == (
            plain.p,
            plain.n_effective,
            plain.largest_share,
        )
        assert found.p_equivalence(Margin(absolute=0.1)) == plain.p_equivalence
        assert found.rates[1] - found.rates[0] == pytest.approx(found.difference)
        wider = found.interval(0.999)
        assert wider.low < found.low
        assert wider.high > found.high
        assert sum(found.counts) == len(users)


def test_ratio_of_independent_prompts_is_the_score_test_and_of_few_users_more_cautious():
    base, candidate = np.repeat([[1.0, 1, 0, 0], [1, 0, 1, 0]], [80, 6, 5, 400], axis=1)
    margin = Margin(absolute=0.2, ratio=1.3)
    score = paired_ratio_equivalence(80, 6, 5, 400, ratio=1.3).p
    assert effect(base, candidate, np.arange(491), 0.95).p_equivalence(margin) == score
    few = effect(base, candidate, np.arange(491) % 8, 0.95).p_equivalence(margin)
    assert score < few < 0.5


def test_ratio_keeps_its_level_where_users_are_few():
    rng, users, wrong = np.random.default_rng(5), np.repeat(np.arange(20), 25), 0
    for _ in range(300):  # the true ratio is the margin's
        base, candidate = drawn(rng, users, 0.2, 0.3)
        found = effect(base, candidate, users, 0.95)
        wrong += found.p_equivalence(Margin(absolute=0.5, ratio=1.5)) <= 0.05
    assert wrong / 300 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


@pytest.mark.parametrize(("level", "per_user"), [(0.05, 1), (0.002, 1), (0.05, 10)])
def test_minimum_detectable_is_found_in_four_of_five(level, per_user):
    rng, users = np.random.default_rng(9), np.repeat(np.arange(1_000 // per_user), per_user)
    told = np.median(
        [effect(*drawn(rng, users), users, 0.95).minimum_detectable(level) for _ in range(30)]
    )
    found = [effect(*drawn(rng, users, 0.3, 0.3 + told), users, 0.95).p for _ in range(300)]
    assert np.mean(np.array(found) <= level) == pytest.approx(0.8, abs=0.08)


def test_units_that_all_agree_by_chance_detect_nothing():
    users = np.repeat(np.arange(8), 20)
    found = effect(*drawn(np.random.default_rng(2), users), users, 0.95)
    assert found.minimum_detectable(0.05) < 1
    assert found.minimum_detectable(1e-3) == 1
