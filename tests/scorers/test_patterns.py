"""No phrase lacks its hint."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.scorers import patterns
from logminer.scorers.patterns import Phrases

PHRASES = {
    name: p for name in patterns.__all__ if isinstance(p := getattr(patterns, name), Phrases)
}


@pytest.mark.parametrize("name", sorted(PHRASES))
@given(data=st.data())
def test_a_hint_is_missing_from_no_phrase(name: str, data: st.DataObject) -> None:
    phrases = PHRASES[name]
    text = data.draw(st.from_regex(phrases.expression))
    found = phrases.expression.search(text)
    assert found is not None
    assert any(hint in text for hint in phrases.hints), found.group()
