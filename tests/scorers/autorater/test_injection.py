"""Orders to the judge, put into texts on purpose."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from logminer.scorers.autorater.injection import ORDERS, inject, is_canary
from logminer.scorers.autorater.rubric import Form
from tests.kit.autoraters import DEGREE, LABEL, PSEUDONYMS


@given(st.text(max_size=60), st.integers(0, 2**128 - 1), st.sampled_from([LABEL, DEGREE]))
def test_an_order_leaves_the_text_as_it_was(text: str, number: int, form: Form) -> None:
    found = inject(text, f"{number:032x}", form)
    assert found.text[: found.at] + found.text[found.at + found.length :] == text
    for start, end in ((0, found.at), (found.at + found.length, len(found.text))):
        span = found.original((start, end))
        assert span is not None
        assert text[span[0] : span[1]] == found.text[start:end]
    if found.length > 1:
        assert found.original((found.at, found.at + 1)) is None


def test_a_share_of_the_texts_gets_every_kind_of_order() -> None:
    ids = [PSEUDONYMS.id("question", str(n)) for n in range(4000)]
    chosen = [id for id in ids if is_canary(id, 0.1)]
    assert 330 < len(chosen) < 470
    assert [id for id in chosen if is_canary(id, 0.05)] == [id for id in ids if is_canary(id, 0.05)]
    assert not [id for id in ids if is_canary(id, 0)]
    assert all(is_canary(id, 1) for id in ids)
    assert len({inject("", id, LABEL).text for id in chosen}) == 2 * len(ORDERS)
