"""What a study of this size can tell."""

from __future__ import annotations

import numpy as np
import pytest

from logminer import stats
from logminer.planning.power import ICC, design_effect


def test_design_effect() -> None:
    assert design_effect([1] * 50) == pytest.approx(1.0)
    assert design_effect([11] * 50) == pytest.approx(1 + 10 * ICC)
    assert design_effect([100, *[1] * 100]) == pytest.approx(1 + (10_100 / 200 - 1) * ICC)
    assert design_effect([]) == 1.0


@pytest.mark.parametrize(("n", "discordant"), [(2000, 0.1), (600, 0.3)])
def test_the_smallest_margin_has_the_power_it_says(n: int, discordant: float) -> None:
    margin = stats.smallest_margin(n, discordant)
    chance = np.random.default_rng(0)
    repeats, found = 400, 0
    for _ in range(repeats):
        differ = int(chance.binomial(n, discordant))
        base_only = int(chance.binomial(differ, 0.5))
        tested = stats.paired_equivalence(
            0, base_only, differ - base_only, n - differ, margin=margin
        )
        found += tested.p < 0.05
    assert found / repeats == pytest.approx(0.8, abs=0.06)
    with pytest.raises(ValueError, match="discordant"):
        stats.smallest_margin(n, 0.0)
