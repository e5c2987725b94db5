"""Laws of redaction, on texts that are made up: idempotent, in place, consistent within a conversation, not across."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from faker import Faker
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logminer.audit.leftovers import certain
from logminer.ids import Pseudonyms
from logminer.privacy.anonymiser import Anonymiser, open_anonymiser
from logminer.privacy.options import AnonymiseOptions
from logminer.privacy.requests import ConversationRequest, TextRequest, known_surrogates

PSEUDONYMS = Pseudonyms(b"k" * 32, "laws")
SLOW = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def _values() -> dict[str, list[str]]:
    fake = Faker("en_US")
    fake.seed_instance(11)
    return {
        "name": [fake.name() for _ in range(20)],
        "mail": [fake.email() for _ in range(20)],
        "card": [fake.credit_card_number("visa16") for _ in range(20)],
        "ip": [fake.ipv4_public() for _ in range(20)],
    }


VALUES = _values()
CARRIERS = (
    "My name is {name} and you can write to {mail} about it.",
    "Please charge {card} for the order.",
    "{name} asked me to check {ip} before noon.",
    "```python\nnotify('{mail}')\n```",
    "How do I sort a list of numbers in Python?",
    "\U0001f389 {mail} \u05e9\u05dc\u05d5\u05dd",
    "It rained all day, and nobody said a word.",
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    carriers = draw(st.lists(st.sampled_from(CARRIERS), min_size=1, max_size=4))
    fields = {kind: draw(st.sampled_from(values)) for kind, values in VALUES.items()}
    return draw(st.sampled_from((" ", "\n\n"))).join(carriers).format(**fields)


@pytest.fixture(scope="module", params=["surrogate", "placeholder"])
def anonymiser(request: pytest.FixtureRequest) -> Anonymiser:
    options = AnonymiseOptions(operator=request.param, unsupported_script="mask")
    return open_anonymiser(options, PSEUDONYMS)


def talk(anonymiser: Anonymiser, contents: Sequence[str], conversation: str = "c"):
    roles = itertools.cycle(("user", "assistant"))
    messages = [
        {"role": role, "content": text} for role, text in zip(roles, contents, strict=False)
    ]
    (done,) = anonymiser.conversations([ConversationRequest(messages, conversation, "en")])
    assert done.rejected is None
    return done


def replaced(done, message: int) -> list[tuple[str, str]]:
    """(type, what stands in its place) of each redaction in a message, in order."""
    text = done.messages[message]["content"]
    return [
        (r["entity_type"], text[r["start"] : r["end"]])
        for r in done.redactions
        if r["message_index"] == message
    ]


@given(st.lists(texts(), min_size=1, max_size=3))
@SLOW
def test_spans_are_sorted_apart_and_all_else_is_untouched(
    anonymiser: Anonymiser, contents: list[str]
) -> None:
    done = talk(anonymiser, contents)
    for index, raw in enumerate(contents):
        text = done.messages[index]["content"]
        spans = [(r["start"], r["end"]) for r in done.redactions if r["message_index"] == index]
        edges = [0, *itertools.chain(*spans), len(text)]
        assert edges == sorted(edges)
        assert all(start < end for start, end in spans)
        place = 0
        for start, end in zip(edges[::2], edges[1::2], strict=True):  # what lies between them
            place = raw.index(text[start:end], place) + end - start
        assert raw.endswith(text[edges[-2] :])
        assert raw.startswith(text[: edges[1]])


@given(st.lists(texts(), min_size=1, max_size=3))
@SLOW
def test_what_was_planted_is_gone_and_nothing_proven_is_left(
    anonymiser: Anonymiser, contents: list[str]
) -> None:
    done = talk(anonymiser, contents)
    for index, raw in enumerate(contents):
        text = done.messages[index]["content"]
        ranges = [(r["start"], r["end"]) for r in done.redactions if r["message_index"] == index]
        assert not certain(text, ranges)
        for kind in ("mail", "card", "ip"):
            assert not [v for v in VALUES[kind] if v in raw and v in text]


@given(texts())
@SLOW
def test_redacting_again_changes_nothing(anonymiser: Anonymiser, raw: str) -> None:
    """A model that repeats its prompt gives it back as it was."""
    done = talk(anonymiser, [raw])
    text = done.messages[0]["content"]
    known = known_surrogates(done.messages, done.redactions)
    (again,) = anonymiser.texts([TextRequest(text, "c", "en", known)])
    assert again.text == text
    assert again.redactions == ()


@given(texts(), texts())
@SLOW
def test_consistent_within_a_conversation_and_unlinkable_across(
    anonymiser: Anonymiser, first: str, second: str
) -> None:
    here = talk(anonymiser, [first, second, first])
    assert here.messages[2]["content"] == here.messages[0]["content"]
    assert replaced(here, 0) == replaced(here, 2)
    assert here == talk(anonymiser, [first, second, first])
    there = talk(anonymiser, [first, second, first], conversation="d")
    one, other = replaced(here, 0), replaced(there, 0)
    assert [kind for kind, _ in one] == [kind for kind, _ in other]
    telling = {"EMAIL_ADDRESS", "CREDIT_CARD", "IP_ADDRESS"}
    for (kind, mine), (_, theirs) in zip(one, other, strict=True):
        if kind in telling and not mine.startswith("<"):
            assert mine != theirs
