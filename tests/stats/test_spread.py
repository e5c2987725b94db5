"""The share of one more place, from those that were measured."""

from __future__ import annotations

import numpy as np
import pytest

from logminer.stats import predicted_share

FIVE = [(0.92, 116.0), (0.93, 143.0), (0.97, 175.0), (0.95, 121.0), (0.70, 36.0)]


def test_two_places_tell_nothing_of_a_third() -> None:
    assert predicted_share(FIVE[:2]) is None
    assert predicted_share([]) is None


def test_places_that_differ_leave_much_open() -> None:
    found = predicted_share(FIVE)
    alike = predicted_share([(0.9, n) for _, n in FIVE])
    assert found is not None
    assert alike is not None
    assert found.low < 0.70 < 0.97 < found.high
    assert alike.low > 0.84
    assert predicted_share(FIVE[::-1]) == pytest.approx(found)
    missed = predicted_share([(1 - share, n) for share, n in FIVE])
    assert missed == pytest.approx((1 - found.high, 1 - found.low))


def test_it_holds_one_more_place_about_as_often_as_it_says() -> None:
    rng, held = np.random.default_rng(0), []
    for _ in range(600):
        truth = 1 / (1 + np.exp(-rng.normal(1.5, 0.8, 7)))
        shares = [(rng.binomial(60, one) / 60, 60.0) for one in truth[:6]]
        found = predicted_share(shares)
        assert found is not None
        held.append(found.low <= truth[6] <= found.high)
    assert np.mean(held) > 0.89


@pytest.mark.parametrize("shares", [[(1.2, 5.0)], [(0.5, 0.0)], [(-0.1, 5.0)]])
def test_no_share_is_refused(shares: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="must lie"):
        predicted_share(shares)
