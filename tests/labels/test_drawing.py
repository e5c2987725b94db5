"""Which texts are drawn, and with what weights."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from logminer.labels.drawing import allocate
from tests.kit.sheets import Judged


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    return Judged(tmp_path_factory.mktemp("judged"))


class TestDraw:
    def test_half_of_it_is_flagged_and_weights_add_up_to_the_study(self, judged: Judged) -> None:
        units = judged.draw(60)
        strata = Counter(unit.stratum for unit, _ in units)
        assert strata == {"neither": 30, "discordant": 15, "both": 15}
        assert sum(weight for _, weight in units) == pytest.approx(judged.PROMPTS)
        assert len({unit.prompt_id for unit, _ in units}) == 60
        assert all(len(unit.responses) == 2 for unit, _ in units)

    def test_a_larger_draw_holds_the_smaller_and_another_seed_is_another(
        self, judged: Judged
    ) -> None:
        draws = [{unit for unit, _ in judged.draw(n)} for n in (4, 50, 51, 300, 10**6)]
        assert all(small < large for small, large in pairwise(draws))
        assert len(draws[-1]) == judged.PROMPTS
        assert judged.draw(50) == judged.draw(50)
        assert judged.draw(50) != judged.draw(50, seed=1)
        assert {weight for _, weight in judged.draw(judged.PROMPTS)} == {1.0}

    def test_weighted_estimates_are_unbiased(self, judged: Judged) -> None:
        """Of 225 draws: the difference of the arms, both rates, and the scorer's, within Monte Carlo error."""
        estimates = []
        with judged.opened() as draw:
            draws = [draw(60, seed) for seed in range(225)]
        for units in draws:
            said = np.array([[judged.truth[r] == "yes" for r in u.responses] for u, _ in units])
            weights = np.array([weight for _, weight in units])
            rates = weights @ said / judged.PROMPTS
            estimates.append([*rates, rates[1] - rates[0]])
        every = judged.draw(judged.PROMPTS)
        true = np.mean([[judged.truth[r] == "yes" for r in u.responses] for u, _ in every], axis=0)
        found, error = np.mean(estimates, axis=0), np.std(estimates, axis=0) / 15
        assert np.all(np.abs(found - [*true, true[1] - true[0]]) < 3 * error)

    def test_seats(self) -> None:
        assert allocate({"neither": 9, "discordant": 0, "both": 1}, 6) == {
            "neither": 5,
            "discordant": 0,
            "both": 1,
        }
        sizes, before = {"neither": 30, "discordant": 2, "both": 11}, Counter[str]()
        for n in range(50):
            after = allocate(sizes, n)
            assert sum(after.values()) == min(n, 43)
            assert all(before[name] <= taken <= sizes[name] for name, taken in after.items())
            assert n < 4 or all(after.values())
            before = Counter(after)
