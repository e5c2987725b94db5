"""Tokens of a model, from the lengths of texts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.planning.tokens import fit_tokens
from logminer.sampling.census import PromptSize

SIZES = st.lists(
    st.builds(PromptSize, st.integers(1, 9), st.integers(0, 5000), st.integers(0, 2000)),
    min_size=30,
    max_size=60,
)


@given(SIZES, st.floats(0, 50), st.floats(0, 20), st.floats(0.1, 0.6), st.floats(0.3, 1.5))
def test_token_counts_that_follow_the_model_are_found(
    sizes: list[PromptSize], prompt: float, message: float, plain: float, other: float
) -> None:
    counts = [
        round(prompt + message * s.messages + plain * s.ascii + other * s.other) for s in sizes
    ]
    found = fit_tokens(sizes, counts)
    assert found
    assert min(found) >= 0
    total = PromptSize(*(sum(s[i] for s in sizes) for i in range(3)))
    assert found.tokens(len(sizes), total) == pytest.approx(sum(counts), rel=1e-6, abs=1)


def test_a_constant_count_is_no_length() -> None:
    chance = np.random.default_rng(0)
    sizes = [PromptSize(1, int(n), 0) for n in chance.lognormal(5, 1, 64)]
    found = fit_tokens(sizes, [7] * 64)
    assert found
    total = PromptSize(1000, 400_000, 0)
    assert found.tokens(1000, total) == pytest.approx(7000, rel=0.02)
    assert fit_tokens(sizes[:3], [7] * 3) is None
