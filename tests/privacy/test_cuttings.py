"""Cuttings: of a text with an endless run, its ends; of any other, all."""

import pytest

from logminer.privacy.cuttings import cut


@pytest.mark.parametrize("unit", ["a", "ab", "a\n", "abc"])
def test_an_endless_run_is_seen_wherever_it_begins(unit: str) -> None:
    run = unit * (1_600 // len(unit))
    for before in range(75):
        text = "x y" * before + run + " end"
        assert sum(len(some.content) for some in cut(text)) < len(text)


def test_a_text_without_one_is_there_to_the_last_word() -> None:
    text = " ".join(f"word{number}" for number in range(5_000))
    covered = {
        at for some in cut(text) for at in range(some.offset, some.offset + len(some.content))
    }
    assert covered == set(range(len(text)))
    assert all(text.startswith(some.content, some.offset) for some in cut(text))
