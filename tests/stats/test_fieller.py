"""Shares of a whole change, and the claim that nothing is beyond its margin."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from logminer.stats import ChangeShare, all_within, paired_evidence, share_of_change

NOTHING = ChangeShare(None, None, None)


def stages(rng, sizes, rates, agree=0.3, icc=0.1):
    """Units, and yes/no answers of each stage, [stages, n]; a prompt is answered as by the stage before with chance `agree`."""
    units = np.repeat(np.arange(len(sizes)), sizes)
    answers, before = [], 0.0
    for i, rate in enumerate(rates):
        own = rate if not i else before + (rate - before) / (1 - agree)
        size = (1 / icc if not i else (1 - agree) / icc) - 1
        of_units = rng.beta(own * size, (1 - own) * size, len(sizes))
        drawn = (rng.random(len(units)) < of_units[units]) * 1.0
        kept = rng.random(len(units)) < agree
        answers.append(np.where(kept, answers[-1], drawn) if i else drawn)
        before = rate
    return units, np.array(answers)


def changes(answers, step=1):
    return answers[step] - answers[step - 1], answers[-1] - answers[0]


def test_many_independent_prompts_have_fieller_s_set():
    rng = np.random.default_rng(3)
    part, whole = changes(stages(rng, [1] * 20_000, (0.4, 0.2, 0.1))[1])
    n, t = len(part), special.stdtrit(len(part) - 1, 0.975)
    # The closed form: roots of (mean part − r mean whole)² = t² var(part − r whole) / n.
    vp, vw, cov = np.var(part, ddof=1) / n, np.var(whole, ddof=1) / n, np.cov(part, whole)[0, 1] / n
    p, w = part.mean(), whole.mean()
    low, high = sorted(np.roots([w**2 - t**2 * vw, -2 * (p * w - t**2 * cov), p**2 - t**2 * vp]))
    found = share_of_change(part, whole, np.arange(n))
    assert found.share == pytest.approx(p / w)
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-4), pytest.approx(high, abs=5e-4))


def test_what_few_changes_did_not_show_is_not_ruled_out():
    # Of 40 prompts that changed all did in the first step: the share is 1, but 5 % may have come with another.
    part = np.repeat([-1.0, 0.0], [40, 260])
    found = share_of_change(part, part, np.arange(300))
    assert found.share == pytest.approx(1.0)
    assert 0.91 < found.low < 0.95
    assert 1.05 < found.high < 1.1


def test_where_no_change_is_not_ruled_out_there_is_nothing_to_attribute():
    part, whole = np.zeros(200), np.repeat([1.0, -1.0, 0.0], [12, 9, 179])
    assert share_of_change(part, whole, np.arange(200)) == NOTHING
    assert share_of_change(whole, np.ones(200), np.zeros(200, int)) == NOTHING  # a single unit


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.booleans(), st.sampled_from(["prompt", "unit"]))
def test_laws_of_shares(seed, grouped, weight):
    rng = np.random.default_rng(seed)
    units, answers = stages(rng, rng.integers(1, 20, 30), (0.5, 0.3, 0.2))
    groups = rng.integers(0, 60, len(units)) if grouped else None
    part, whole = changes(answers)
    ways = {"prompts": groups, "weight": weight}
    found = share_of_change(part, whole, units, **ways)
    # It is bounded only where the whole change is beyond chance, and has 0 wherever the step may be 0.
    none = np.zeros_like(whole)

    def p(difference):
        more, less = np.maximum(difference, none), np.maximum(-difference, none)
        return paired_evidence(less, more, units, prompts=groups, weight=weight).p

    if found.share is None:
        assert found == NOTHING
        return
    assert p(whole) <= 0.05
    assert found.low <= found.share <= found.high
    if p(part) > 0.05 + 1e-6:
        assert found.low <= 1e-6
        assert found.high >= -1e-6
    # Backwards through the chain, the rest of it, and prompts in another order.
    order = rng.permutation(len(units))
    moved = ways | {"prompts": None if groups is None else groups[order]}
    back = share_of_change(-part, -whole, units, **ways)
    rest = share_of_change(whole - part, whole, units, **ways)
    shuffled = share_of_change(part[order], whole[order], units[order], **moved)
    assert back == pytest.approx(found, abs=1e-5)
    assert rest.share == pytest.approx(1 - found.share)
    assert (rest.low, rest.high) == pytest.approx(
        (1 - found.high, 1 - found.low), rel=0.05, abs=0.1
    )
    assert shuffled == pytest.approx(found, abs=1e-4)


@pytest.mark.parametrize(
    ("sizes", "rates"),
    [
        ([20] * 12, (0.4, 0.25, 0.1)),
        ([200] + [1] * 200, (0.4, 0.4, 0.15)),
        ([1] * 300, (0.12, 0.07, 0.03)),
    ],
)
def test_sets_cover_the_true_share(sizes, rates):
    rng, repeats = np.random.default_rng(len(sizes)), 120
    covered = bounded = 0
    true = (rates[1] - rates[0]) / (rates[2] - rates[0])
    for _ in range(repeats):
        units, answers = stages(rng, sizes, rates, icc=0.1 if max(sizes) > 1 else 0.001)
        found = share_of_change(*changes(answers), units)
        bounded += found.share is not None
        covered += found.share is None or found.low - 1e-9 <= true <= found.high + 1e-9
    assert covered / repeats >= 0.95 - 3 * math.sqrt(0.05 * 0.95 / repeats)
    assert bounded / repeats > 0.5


def test_no_change_is_rarely_attributed():
    rng, repeats = np.random.default_rng(8), 250
    found = 0
    for _ in range(repeats):
        units, answers = stages(rng, [10] * 25, (0.2, 0.3, 0.2))
        found += share_of_change(*changes(answers), units).share is not None
    assert found / repeats <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / repeats)


def test_the_headline_needs_every_row_and_corrects_nothing():
    assert all_within([0.01, 0.05, 0.049]) == (True, 0.05, 3, ())
    assert all_within([0.04] * 1000).claimed
    assert all_within([0.01, 0.06, None]) == (False, None, 3, (1, 2))
    assert all_within([0.01, 0.06]) == (False, 0.06, 2, (1,))
    assert not all_within([]).claimed
    assert not all_within([0.03], alpha=0.01).claimed
    for bad in ([1.2], [math.nan]):
        with pytest.raises(ValueError, match="p must lie"):
            all_within(bad)
