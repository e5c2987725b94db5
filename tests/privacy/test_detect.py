"""Which texts are looked at: of any length and form, each once."""

import itertools
from collections.abc import Callable

import pytest

from logminer.privacy.cuttings import Unanalysable
from logminer.privacy.detect import Detector
from logminer.privacy.spans import Span


@pytest.fixture(scope="module")
def looking() -> Callable[[str], list[Span]]:
    detector = Detector("strict", ("en",), {})
    return lambda text: detector.detect([(text, "en")])[0]


def test_a_text_that_comes_again_is_looked_at_once(looking: Callable[[str], list[Span]]) -> None:
    text = "Anna Kowalska lives in Warsaw and writes to bob@mail.test. " * 20
    detector = Detector("strict", ("en",), {})
    together = detector.detect([(text, "en"), ("Hello Jan Nowak", "en"), (text, "en")])
    assert together[0] == together[2] == looking(text)
    assert detector.detect([(text, "en")]) == [together[0]]


def test_names_that_are_hidden_are_found(looking: Callable[[str], list[Span]]) -> None:
    for text, value in [
        ("I met Anna\u200b Kow\u00adalska in May.", "Anna\u200b Kow\u00adalska"),
        ("I met Аnna Kоwalska in May.", "Аnna Kоwalska"),
        ("Write to ａｎｎａ＠mail.test now", "ａｎｎａ＠mail.test"),
        (r'{"text": "Dear Mrs.\n\u0041nna Kowalska, hello"}', r"\u0041nna Kowalska"),
        (r'{"a": "{\"card\": \"4111\\u00201111 1111 1111\"}"}', r"4111\\u00201111 1111 1111"),
    ]:
        start = text.index(value)
        found = looking(text)
        assert any(s.start <= start and s.end >= start + len(value) for s in found), text
        assert all(a.end <= b.start for a, b in itertools.pairwise(found))


def test_long_texts_are_looked_at_to_their_end(looking: Callable[[str], list[Span]]) -> None:
    filler = "The weather was fine and nothing happened at all. "
    text = (
        "Anna Kowalska came. " + filler * 3_000 + "At last Maria Schneider wrote to jan@mail.test."
    )
    found = looking(text)
    values = {text[s.start : s.end] for s in found}
    assert {"Anna Kowalska", "jan@mail.test"} <= values
    assert any("Maria Schneider" in value for value in values)
    with pytest.raises(Unanalysable, match="text_too_long"):
        looking("a " * 10_000_001)
