"""The search for many needles at once finds what a plain one finds, in any form."""

from __future__ import annotations

import base64
from urllib.parse import quote

from hypothesis import example, given, settings
from hypothesis import strategies as st

from logminer.audit.canaries import Seeker
from logminer.audit.needles import Search


@given(
    st.lists(st.binary(min_size=6, max_size=14), min_size=1, max_size=8),
    st.lists(st.integers(0, 7), max_size=6),
    st.binary(max_size=30),
)
@settings(max_examples=200, deadline=None)
@example([b"aaaaaa", b"aaaaaaaa"], [0, 1, 1], b"aaaaaaaaaaaa")
def test_the_search_for_many_finds_what_a_plain_one_finds(
    needles: list[bytes], order: list[int], filler: bytes
) -> None:
    data = filler + b"".join(needles[i % len(needles)] + filler[:i] for i in order)
    there = {
        (number, at)
        for number, needle in enumerate(needles)
        for at in range(len(data))
        if data.startswith(needle, at)
    }
    assert set(Search(needles).find(data)) == there


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=8, max_size=20),
    st.integers(0, 2),
)
@settings(max_examples=100, deadline=None)
@example("straße 12 ß", 1)
@example("İstanbul ok", 0)
def test_any_canary_is_found_in_any_form(canary: str, lead: int) -> None:
    seeker = Seeker([canary])
    if seeker.whole_words or len("".join(canary.split())) < 8:
        return
    raw = b"-" * lead + canary.encode() + b"-"
    written = (canary, canary.upper().lower().upper(), canary[::-1], quote(canary), raw.hex())
    for text in (*written, base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()):
        if text == canary.upper().lower().upper() and text.casefold() != canary.casefold():
            continue  # there is no way back from these capitals
        assert {m.canary for m in seeker.in_texts(["nothing", f"so: {text}, yes"])} == {0}, text
    assert seeker.in_bytes(b"\x00\xff" + canary.encode() + b"\xff")
    assert not seeker.in_texts(["nothing is here", ""])


def test_numbers_are_found_however_grouped_and_not_inside_longer_ones() -> None:
    seeker = Seeker(["601 234 567", "4111111111111111"])

    def found(text: str) -> set[int]:
        return {m.canary for m in seeker.in_texts([text])}

    for text in (
        "601234567",
        "601-234-567",
        "(601) 234.567",
        "tel 601\u00a0234\u00a0567, 12:30",
        "12 601234567",
    ):
        assert found(text) == {0}, text
    for text in ("16012345670", "1601234567", "601 2345 678", "60.1234.568"):
        assert found(text) == set(), text
    for text in (
        "4111-1111-1111-1111",
        "4111 1111 1111 1111",
        "no. 41111111 11111111",
        "94111111111111111",
    ):
        assert found(text) == {1}, text
