"""Users are dealt to halves that have near as many prompts, whatever the key and the order."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.sampling.halving import deal


def users(n: int, key: int = 0) -> np.ndarray:
    return np.array([hashlib.md5(f"{key}/{i}".encode()).hexdigest() for i in range(n)], "S32")


def coins(units: np.ndarray) -> np.ndarray:
    return np.array([hashlib.sha256(unit).digest()[0] & 1 for unit in units], bool)


def dealt(prompts: np.ndarray, key: int = 0, ahead: int = 0) -> np.ndarray:
    units = users(len(prompts), key)
    return deal(units, prompts, coins(units), ahead)


@pytest.mark.parametrize("key", range(5))
def test_heavy_users_leave_the_halves_even(key: int) -> None:
    prompts = np.maximum(1, 11_000 // np.arange(1, 900) ** 1.3).astype(np.int64)
    discovery = dealt(prompts, key)
    assert 0.49 < prompts[discovery].sum() / prompts.sum() < 0.51
    assert 0.45 < discovery.mean() < 0.55
    assert 0 < discovery[:10].sum() < 10
    coin = coins(users(len(prompts), key))
    assert abs(prompts[coin].sum() / prompts.sum() - 0.5) > 0.03  # what a coin alone does


def test_it_hangs_on_the_pseudonyms_and_not_on_their_order() -> None:
    units, prompts = users(200), np.random.default_rng(0).integers(1, 6, 200)
    first = deal(units, prompts, coins(units))
    order = np.random.default_rng(1).permutation(200)
    assert (deal(units[order], prompts[order], coins(units)[order]) == first[order]).all()
    assert not (dealt(prompts, key=1) == first).all()


@given(st.lists(st.integers(1, 30), min_size=1, max_size=12))
def test_no_split_is_worse_than_it_is_said_to_be(counts: list[int]) -> None:
    prompts = np.array(counts, np.int64)
    discovery = dealt(prompts)
    halves = sorted([prompts[discovery].sum(), prompts[~discovery].sum()])
    heaviest, total = prompts.max(), prompts.sum()
    if 2 * heaviest > total:
        assert halves == [total - heaviest, heaviest]
    else:
        assert 3 * halves[0] >= total
    assert halves[1] - halves[0] <= heaviest


def test_who_is_new_goes_to_the_smaller_half_until_it_has_caught_up() -> None:
    discovery = dealt(np.ones(100, np.int64), ahead=60)
    assert discovery.sum() == 20
    assert dealt(np.ones(100, np.int64), ahead=-200).all()


@pytest.mark.parametrize("key", range(8))
def test_who_has_more_than_anybody_is_not_among_those_who_are_tested(key: int) -> None:
    assert dealt(np.array([1, 9, 8, 1, 1]), key)[1]
