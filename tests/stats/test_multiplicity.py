"""Many tests at once: Benjamini-Hochberg, and trees of families."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from logminer.stats import benjamini_hochberg, tree_bh, tree_q_values

FORTIETHS = st.lists(st.integers(0, 40), max_size=5)


def test_benjamini_hochberg_1995():
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
    p += [0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1]
    rejected, adjusted = benjamini_hochberg(p)
    assert rejected.tolist() == [True] * 4 + [False] * 11
    assert adjusted[:2] == pytest.approx([0.0015, 0.003])
    shuffled = np.random.default_rng(0).permutation(len(p))
    assert np.array_equal(benjamini_hochberg(np.array(p)[shuffled]).adjusted, adjusted[shuffled])


def test_tree_selects_families_then_tightens_within():
    families = {"hit": [0.001, 0.02, 0.04], "none": [0.3, 0.9], "empty": [], "also": [0.5, 0.01]}
    # Simes: .003, .6, .02; two of three families are selected, so within them the level is .0333.
    assert tree_bh(families) == {
        "hit": [True, True, False],
        "none": [False, False],
        "empty": [],
        "also": [False, True],
    }
    assert tree_bh({}) == {}
    assert tree_bh({"a": [0.04]}) == {"a": [True]}


def test_tree_q_values():
    families = {"hit": [0.001, 0.02, 0.04], "none": [0.3, 0.9], "empty": [], "also": [0.5, 0.01]}
    found = tree_q_values(families)
    # With one, two and three families selected (q from .009, .03, .6) the level within is q/3, 2q/3 and q.
    assert list(found) == list(families)
    assert found["hit"] == pytest.approx([0.009, 0.045, 0.06])
    assert found["none"] == pytest.approx([0.6, 0.9])
    assert found["also"] == pytest.approx([0.6, 0.03])
    assert (found["empty"].shape, found["empty"].dtype) == ((0,), np.float64)
    assert tree_q_values({}) == {}
    assert tree_q_values({"a": [1, 1], "b": [1]})["a"].tolist() == [1, 1]
    assert tree_bh({"a": [0.0, 0.0, 0.8]}, q=0.8) == {"a": [True, True, True]}


@settings(max_examples=150, deadline=None)
@given(st.lists(FORTIETHS, max_size=6), st.floats(0.001, 0.999))
def test_tree_q_values_are_where_the_two_steps_begin_to_reject(members, q):
    exact = {str(i): [Fraction(k, 40) for k in family] for i, family in enumerate(members)}
    families = {name: [float(p) for p in family] for name, family in exact.items()}
    least = tree_q_values(families)
    steps = sorted({float(v) for family in least.values() for v in family if 0 < v < 0.999})
    assume(all(abs(q / v - 1) > 1e-12 for v in steps))
    for level in (q, *(v * (1 + nudge) for v in steps for nudge in (-1e-12, 1e-12))):
        assert tree_bh(families, q=level) == two_steps(exact, Fraction(level))
    for level in steps:
        rejected = {name: (family <= level).tolist() for name, family in least.items()}
        assert tree_bh(families, q=level) == rejected


def two_steps(families, q):
    """Benjamini and Bogomolov's procedure as they describe it, in exact arithmetic."""

    def level(ps, q):
        """The largest p that Benjamini-Hochberg rejects, −1 where it rejects none."""
        return max(
            (p for k, p in enumerate(sorted(ps), 1) if p * len(ps) <= q * k), default=Fraction(-1)
        )

    simes = {
        name: min(p * len(ps) / k for k, p in enumerate(sorted(ps), 1))
        for name, ps in families.items()
        if ps
    }
    selected = {name for name, p in simes.items() if p <= level(simes.values(), q)}
    share = Fraction(len(selected), max(len(simes), 1))
    return {
        name: [name in selected and p <= level(ps, q * share) for p in ps]
        for name, ps in families.items()
    }


@settings(max_examples=20)
@given(st.lists(st.floats(0, 1), max_size=30))
def test_adjusted_p_never_fall_below_p(p):
    rejected, adjusted = benjamini_hochberg(p)
    assert bool(np.all(adjusted >= np.array(p) - 1e-12))
    assert rejected.tolist() == (adjusted <= 0.05).tolist()
