"""Spans are replaced, and what is known is spared."""

import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logminer.ids import Pseudonyms
from logminer.privacy.mentions.found import FoundValues
from logminer.privacy.mentions.spread import gathered
from logminer.privacy.redact import redact, spare
from logminer.privacy.spans import Span
from logminer.privacy.surrogates.surrogates import Surrogates

KEY = b"k" * 32
PSEUDONYMS = Pseudonyms(KEY, "test")


@st.composite
def spans_in_text(draw: st.DrawFn) -> tuple[str, list[Span]]:
    text = draw(st.text(min_size=1, max_size=120))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=10, unique=True)))
    kinds = st.sampled_from(["PERSON", "LOCATION", "ORGANIZATION", "EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE", "IP_ADDRESS", "URL", "DATE_TIME", "NRP", "UUID", "US_SSN"])  # fmt: skip
    return text, [Span(a, b, draw(kinds)) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]


def outside(text: str, spans: list) -> list[str]:
    edges = [(0, 0), *((s.start, s.end) for s in spans), (len(text), len(text))]
    return [text[a[1] : b[0]] for a, b in itertools.pairwise(edges)]


@given(spans_in_text())
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_value_gets_a_surrogate_that_is_not_itself(case: tuple[str, list[Span]]) -> None:
    text, spans = case
    made = []
    for _ in range(2):
        found = FoundValues.opened(PSEUDONYMS, "c")
        gathered([text], [spans], found)
        made.append(redact(text, spans, Surrogates(PSEUDONYMS, "c", found)))
    done, again = made
    assert done == again
    assert len(done.redactions) == len(spans)
    for span, r in zip(spans, done.redactions, strict=True):
        surrogate = done.text[r.start : r.end]
        assert surrogate
        assert surrogate.casefold() != text[span.start : span.end].casefold()
        assert "<" not in surrogate
    assert outside(text, spans) == outside(done.text, list(done.redactions))


def test_a_name_beside_a_known_one_still_goes() -> None:
    text = "Maria Keller Zimmerman"
    (left,) = spare(text, [Span(0, len(text), "PERSON")], frozenset({"Maria Keller"}))
    assert text[left.start : left.end] == "Zimmerman"
    assert spare("x maria@keller.com", [Span(2, 18, "EMAIL_ADDRESS")], frozenset({"Maria Keller"}))
