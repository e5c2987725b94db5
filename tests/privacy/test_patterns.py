"""Identifiers that prove themselves are found wherever they stand."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.privacy.patterns import find_all, is_card, is_iban
from tests.kit.proven import LOCALES, planted

SETTINGS = ("I write to {} today, thanks", "it is {}.", '{{"k": "{}"}}', "see [this]({}), ok", 'x = "{}";', "({})", "{}\nnext line", "<{}>", "> {}", "a\t{}\tb")  # fmt: skip


@pytest.mark.parametrize("locale", LOCALES)
def test_every_email_card_iban_and_ip_is_found_wherever_it_stands(locale: str) -> None:
    for value in planted(locale):
        for setting in SETTINGS:
            text = setting.format(value)
            start = text.index(value)
            assert any(s.start <= start and s.end >= start + len(value) for s in find_all(text)), (
                setting
            )


@pytest.mark.parametrize(
    "text",
    [
        "anna@localhost.local", "a.b+c@x.example", "o'brien@mail.test", "mailto:me@host.internal?subject=x",
        "user%40example.com", "me@[192.0.2.7]", "https://user:secret@host/path", "jürgen@bücher.example",
        "IBANDE89370400440532013000", "de89370400440532013000", "[2001:470:1f0b::12]:443", "fe80::1%eth0",
        "10.0.0.1:8080", "192.168.001.001", "host:2001:470:1f0b::12", "6011 0009 9013 9424 12/27", "5018000000000009",
        "+1 (212) 555-0199", "call me at 601 234 567", "555-867-5309",
    ],
)  # fmt: skip
def test_unusual_forms_are_found(text: str) -> None:
    assert find_all(f"well, {text} it is"), text


@pytest.mark.parametrize(
    "text",
    [
        "std::vector<int> a::b", "@dataclass def f(x): ...", "1.2.3 and 12:30:45", "1732380000000", "@someone",
        "1111111111111111", "100 200 300 400 500 600", "3@4.5", "300.1.1.1", "version 10.4.2", "2024-02-03",
    ],
)  # fmt: skip
def test_code_and_numbers_are_left_alone(text: str) -> None:
    assert find_all(text) == []


@given(st.text(alphabet="01234567890 -.:@abcdefDEGB\n", max_size=200))
def test_proven_spans_lie_in_the_text_and_hold_what_they_say(text: str) -> None:
    for span in find_all(text):
        value = text[span.start : span.end]
        assert 0 <= span.start < span.end <= len(text)
        compact = re.sub(r"[^0-9A-Za-z]", "", value)
        if span.entity_type == "CREDIT_CARD":
            assert is_card(compact)
        if span.entity_type == "IBAN_CODE":
            assert is_iban(compact)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Ana Gomes,ana@example.com,+55 27 1557-0027\n", "+55 27 1557-0027"),
        ("Ana Gomes,212-555-0143,Boston", "212-555-0143"),
        ("id;tel\n7;+46 8 193 20 11", "+46 8 193 20 11"),
        ("it costs 1,212-555-0143", None),
    ],
)
def test_phone_numbers_in_cells_of_tables(text: str, number: str | None) -> None:
    found = [text[s.start : s.end] for s in find_all(text) if s.entity_type == "PHONE_NUMBER"]
    assert found == ([number] if number else [])
