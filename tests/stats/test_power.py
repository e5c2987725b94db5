"""What can be found, and what was never seen."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from logminer.stats import (
    exact_rate,
    minimum_detectable_difference,
    paired_evidence,
    paired_proportions,
    showable_margin,
)


def test_minimum_detectable_difference():
    assert minimum_detectable_difference(50_000, 0.01) == pytest.approx(0.00125, abs=5e-6)
    assert minimum_detectable_difference(50_000, 0.01, design_effect=2) == pytest.approx(
        0.00177, abs=5e-6
    )
    # No discordant prompt seen is no reason to promise that any difference would be found.
    assert 1e-4 < minimum_detectable_difference(50_000, 0.0) < 2e-4
    assert minimum_detectable_difference(2, 0.5) == 1.0


@pytest.mark.parametrize(
    ("n", "discordant", "alpha"),
    [(2_000, 0.1, 0.05), (500, 0.02, 1e-4), (500, 0.02, 0.05), (5_000, 0.2, 2e-4)],
)
def test_minimum_detectable_difference_is_found_with_that_power(n, discordant, alpha):
    difference = minimum_detectable_difference(n, discordant, alpha=alpha)
    discordant = max(discordant, difference)
    cells = [(discordant - difference) / 2, (discordant + difference) / 2, 1 - discordant]
    draws = np.random.default_rng(3).multinomial(n, cells, 2_000).tolist()
    distinct = {(lost, gained) for lost, gained, _ in draws}
    p = {each: paired_proportions(0, *each, n - sum(each)).p_mcnemar_mid for each in distinct}
    found = [p[lost, gained] <= alpha and gained > lost for lost, gained, _ in draws]
    assert np.mean(found) == pytest.approx(0.8, abs=0.03)


def test_fewer_units_detect_less():
    told = [
        minimum_detectable_difference(900, 0.1, alpha=1e-3, units=u) for u in (8, 30, 1e6, None)
    ]
    assert told[0] > 1.3 * told[1] > 1.3 * told[2]
    assert told[2] == pytest.approx(told[3], rel=1e-2)


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


@pytest.mark.parametrize(("size", "discordant"), [(1, 0.2), (2, 0.2)])
def test_of_equal_arms_four_of_five_are_shown_to_be_so_within_the_smallest_margin(size, discordant):
    chance, units = np.random.default_rng(4), np.repeat(np.arange(60 // size), size)
    prone, upwards = (np.repeat(chance.random((2, 250, 60 // size)), size, axis=2) for _ in "ab")
    drawn = chance.random((3, 250, 60))
    base = drawn[0] < 0.5
    differs = np.where(drawn[1] < 0.5, drawn[2], prone[0]) < discordant
    up = upwards[0] < 0.5  # answers of one unit differ the same way
    base = np.where(differs, ~up, base).astype(float)
    found = [
        paired_evidence(one, np.where(differing, 1 - one, one), units)
        for one, differing in zip(base, differs, strict=True)
    ]
    margin = float(np.median([showable_margin(one) for one in found]))
    shown = np.mean([one.p_equivalence(margin) <= 0.05 for one in found])
    assert shown == pytest.approx(0.8, abs=0.07)


def test_the_smallest_margin_is_bounded_where_nothing_or_everything_differs():
    units = np.arange(48) // 2
    same, other = np.zeros(48), np.ones(48)
    never = paired_evidence(same, same, units)
    assert 0.05 < showable_margin(never) < showable_margin(never, alpha=0.01) < 0.3
    assert showable_margin(paired_evidence(same[:3], other[:3], units[:3])) == 1.0
    always = paired_evidence(same, other, units)
    assert showable_margin(always) == pytest.approx(
        showable_margin(paired_evidence(other, same, units)), abs=1e-3
    )
