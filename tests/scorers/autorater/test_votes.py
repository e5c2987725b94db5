"""What several votes come to."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.scorers.autorater.votes import Vote, judgement
from logminer.scorers.base import NO, UNPARSABLE, UNSURE, YES
from logminer.taxonomy.tree import Scale

SCALE = Scale(levels=("a", "b", "c", "d", "e", "f"), yes_from=3)


def votes(*said: int | str) -> list[Vote]:
    return [Vote(None, one) if isinstance(one, str) else Vote(one) for one in said]


@pytest.mark.parametrize(
    ("said", "label", "score", "error"),
    [
        ((YES,), YES, 1.0, None),
        ((NO,), NO, 0.0, None),
        ((UNSURE,), UNSURE, 0.5, None),
        (("prose",), UNPARSABLE, None, "prose"),
        ((YES, NO, YES), YES, 2 / 3, None),
        ((YES, NO), UNSURE, 0.5, None),
        ((YES, NO, UNSURE), UNSURE, 0.5, None),
        ((NO, "timeout", NO), NO, 0.0, None),
        ((NO, "timeout", "timeout"), UNPARSABLE, None, "timeout"),
        (("prose", "timeout", "timeout"), UNPARSABLE, None, "timeout"),
        ((NO, "prose"), NO, 0.0, None),
    ],
)
def test_the_majority(
    said: tuple[int | str, ...], label: int, score: float | None, error: str | None
) -> None:
    found = judgement(votes(*said), None)
    assert (found.label, found.score, found.error) == (label, pytest.approx(score), error)


@pytest.mark.parametrize(
    ("said", "label", "degree"),
    [
        ((0,), NO, 0),
        ((3,), YES, 3),
        ((5, 0, 2), NO, 2),
        ((5, 3, 0), YES, 3),
        ((2, 3), UNSURE, 2.5),
        ((0, 5, "malformed"), UNSURE, 2.5),
        ((4, 5, 0, 3), YES, 3.5),
    ],
)
def test_the_median_degree(said: tuple[int | str, ...], label: int, degree: float) -> None:
    found = judgement(votes(*said), SCALE)
    assert (found.label, found.score) == (label, pytest.approx(degree / 5))


@given(
    st.lists(
        st.sampled_from([YES, NO, UNSURE]) | st.sampled_from(["prose", "timeout"]), min_size=1
    ),
    st.randoms(use_true_random=False),
)
def test_a_vote_that_says_nothing_is_never_a_no(said: list[int | str], chance: Any) -> None:
    found = judgement(votes(*said), None)
    usable = [one for one in said if isinstance(one, int)]
    assert (found.label == UNPARSABLE) == (2 * len(usable) < len(said) or not usable)
    if found.label == NO:
        assert usable.count(NO) > max(usable.count(YES), usable.count(UNSURE))
    shuffled = said.copy()
    chance.shuffle(shuffled)
    assert judgement(votes(*shuffled), None).label == found.label


def test_evidence_is_that_of_a_vote_which_agrees() -> None:
    said = [Vote(NO, None, (0, 1)), Vote(YES), Vote(YES, None, (4, 6))]
    assert judgement(said, None).evidence == (4, 6)
