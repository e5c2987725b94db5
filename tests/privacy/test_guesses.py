"""Labels, figures and words of other languages are no names, whatever an English model says of them; listed names are."""

from __future__ import annotations

import pytest

from logminer.privacy.policy.guesses import likely
from logminer.privacy.spans import Span

NOBODY = [
    ("Ofen vorheizen, Kuchen backen, dazu Himbeeren", "Himbeeren"),
    ("Betreff: die Heizung", "Betreff"),
    ("Ticket 4 | Requester: wir", "Requester"),
    ("CC: alle", "CC"),
    ("we take flight LH 454 there", "LH"),
    ("a Dyson V11 or none", "V11"),
    ("fry it with Zucchero and stir", "Zucchero"),
    ("Mijn adres is hier", "Mijn"),
]
SOMEBODY = [
    ("then Vikram Malhotra came", "Vikram Malhotra"),
    ("Femke: ik kom", "Femke"),
    ("the lake at Nashville is cold", "Nashville"),
    ("dinner with Oluwaseun", "Oluwaseun"),
]


def guess(text: str, value: str) -> str | None:
    start = text.index(value)
    kind = "LOCATION" if value == "Nashville" else "PERSON"
    kept = likely(Span(start, start + len(value), kind, 0.85), text)
    return kept and text[kept.start : kept.end]


@pytest.mark.parametrize(("text", "value"), NOBODY)
def test_is_nobody(text: str, value: str) -> None:
    assert guess(text, value) is None


@pytest.mark.parametrize(("text", "value"), SOMEBODY)
def test_stays_a_name(text: str, value: str) -> None:
    assert guess(text, value) == value


def test_a_command_before_a_name_is_left_out() -> None:
    assert guess("Compare Kowalczyk and others", "Compare Kowalczyk") == "Kowalczyk"
