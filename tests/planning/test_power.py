"""What a study of this size can tell."""

from __future__ import annotations

import numpy as np
import pytest

from logminer import stats
from logminer.compare.options import CompareOptions
from logminer.planning.pilot import Disagreement, Pilot
from logminer.planning.power import ICC, Looked, design_effect, detectable


def test_design_effect() -> None:
    assert design_effect([1] * 50) == pytest.approx(1.0)
    assert design_effect([11] * 50) == pytest.approx(1 + 10 * ICC)
    assert design_effect([100, *[1] * 100]) == pytest.approx(1 + (10_100 / 200 - 1) * ICC)
    assert design_effect([]) == 1.0


def test_of_a_category_the_scorer_that_will_have_the_verdict_speaks() -> None:
    differ = {"rules": 30, "probe": 10}
    pilot = Pilot(
        100,
        1.0,
        {},
        {},
        [Disagreement("a", "b", s, "x", "response", 100, n) for s, n in differ.items()],
    )
    looked = Looked(1, 1, {"x": 1})
    told = [
        detectable(CompareOptions(), looked, 1000, 1.0, pilot, {"x": order})
        for order in (["asked", "probe", "rules"], ["rules", "probe"])
    ]
    assert [[(d.scorer, d.differ) for d in each] for each in told] == [
        [("probe", 10)],
        [("rules", 30)],
    ]


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
