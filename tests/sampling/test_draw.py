"""Users are drawn: shares of strata, nested samples, seeds."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from logminer.ids import Pseudonyms
from logminer.sampling.draw import Draw, Unit, draw, position

PSEUDONYMS = Pseudonyms(b"k" * 32, "p")
UNITS = st.lists(
    st.builds(
        Unit,
        st.integers(0, 2**64 - 1),
        st.sampled_from(["en", "ja", "fi"]),
        st.integers(1, 5),
    ),
    max_size=60,
)


def taken(found: Draw, units: list[Unit]) -> list[Unit]:
    limits = {name: int(limit, 16) for name, limit in found.thresholds.items()}
    return [unit for unit in units if unit.position < limits.get(unit.stratum, limits[""])]


@given(UNITS, st.integers(1, 100))
def test_each_stratum_gets_its_share_but_for_half_a_user(units: list[Unit], prompts: int) -> None:
    found = taken(draw(units, prompts, 0, "language"), units)
    everything = sum(unit.prompts for unit in units)
    for stratum in {unit.stratum for unit in units}:
        here = [unit for unit in units if unit.stratum == stratum]
        size = sum(unit.prompts for unit in here)
        share = min(size, prompts * size / everything)
        users: Counter[int] = Counter()
        for unit in here:
            users[unit.position] += unit.prompts
        got = sum(unit.prompts for unit in found if unit.stratum == stratum)
        assert abs(got - share) <= max(users.values()) / 2 + 1


@given(UNITS, st.integers(1, 50), st.integers(0, 50))
def test_a_larger_sample_holds_the_smaller(units: list[Unit], prompts: int, more: int) -> None:
    small, large = (taken(draw(units, n, 0, None), units) for n in (prompts, prompts + more))
    assert set(small) <= set(large)


@given(UNITS)
def test_a_sample_as_large_as_the_dump_is_the_dump(units: list[Unit]) -> None:
    everything = sum(unit.prompts for unit in units)
    for stratify in ("language", None):
        assert taken(draw(units, max(1, everything), 0, stratify), units) == units


def test_another_seed_draws_other_users() -> None:
    places = [[position(PSEUDONYMS, seed, f"u{i}") for i in range(500)] for seed in (0, 1)]
    first, second = ({i for i in range(500) if p[i] < 2**63} for p in places)
    assert 80 < len(first & second) < 170
