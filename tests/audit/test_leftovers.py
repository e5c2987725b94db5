"""Identifiers and quasi-identifiers that are left in a text."""

from __future__ import annotations

import pytest

from logminer.audit.leftovers import blanked, certain, quasi_identifiers


def test_what_was_replaced_is_no_leftover() -> None:
    text = "Write to maria.keller@example.org or call +1 212 555 0147."
    assert [s.entity_type for s in certain(text)] == ["EMAIL_ADDRESS", "PHONE_NUMBER"]
    at = text.index("maria"), text.index(" or")
    assert [s.entity_type for s in certain(text, [at])] == ["PHONE_NUMBER"]
    # The rest of an identifier that was replaced in part counts where it is one by itself.
    assert certain("x.y@mail.example,z@mail.example", [(0, 16)])
    assert not certain("12maria.keller@example.org", [(2, 26)])
    assert blanked("abcdef", [(1, 3), (2, 4)]) == "a\x01\x01\x01ef"


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("I'm 34 and I live in Leeds; he works as a nurse at Mercy. Since May 3rd, 1987.", {"age", "place", "employer", "date"}),
        ("She's from Ohio. My employer is Acme. Due 2021-05-03.", {"place", "employer", "date"}),
        ("a 34-year-old; born in 1987", {"age"}),
        ("I am 5 minutes late and live in here, working with lists at 3/4", set()),
    ],
)  # fmt: skip
def test_quasi_identifiers(text: str, kinds: set[str]) -> None:
    assert quasi_identifiers(text) == kinds
    assert quasi_identifiers(text, [(0, len(text))]) == set()
