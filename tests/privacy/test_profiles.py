"""What each profile takes out, and why."""

from __future__ import annotations

import pytest

from logminer.privacy.options import Profile
from logminer.privacy.policy.profiles import PROFILES, is_removed
from logminer.privacy.spans import Span


def test_every_rule_gives_its_reason() -> None:
    for rules in PROFILES.values():
        assert None in rules
        assert all(len(rule.why) > 5 for rule in rules.values())
    assert PROFILES["strict"].keys() <= PROFILES["balanced"].keys() | {
        "US_SSN",
        "US_DRIVER_LICENSE",
    }


@pytest.mark.parametrize(
    ("kind", "value", "goes"),
    [
        ("LOCATION", "Warsaw", True), ("LOCATION", "Springfield", True), ("LOCATION", "12 Main Street", True),
        ("LOCATION", "France", False), ("LOCATION", "the United States", False), ("LOCATION", "Texas", False),
        ("LOCATION", "Southeast Asia", False), ("LOCATION", "UK", False), ("LOCATION", "the Pacific Ocean", False),
        ("PERSON", "Anna Kowalska", True), ("PERSON", "Zizek", True), ("PERSON", "Niccolo Machiavelli", True),
        ("PERSON", "Lentil Soup", False), ("PERSON", "Python", False), ("PERSON", "myArray", False),
        ("PERSON", "Generate", False), ("PERSON", "Africans", False), ("PERSON", "KEY_SPACE", False),
        ("ORGANIZATION", "Acme Inc", False), ("NRP", "French", False), ("UUID", "x", False),
        ("DATE_TIME", "2019", False), ("DATE_TIME", "5 March 1987", True),
    ],
)  # fmt: skip
def test_balanced_by_type(kind: str, value: str, goes: bool) -> None:
    assert is_removed("balanced", Span(0, len(value), kind, 0.85), value) is goes
    identifier = value == "myArray"  # of code, which stays in both
    assert is_removed("strict", Span(0, len(value), kind, 0.85), value) is not identifier


@pytest.mark.parametrize("profile", ["strict", "balanced"])
def test_a_decimal_beside_its_number_is_none_to_call(profile: Profile) -> None:
    text = "3 0.00031"
    assert not is_removed(profile, Span(0, len(text), "PHONE_NUMBER", 0.4), text)
    assert is_removed(profile, Span(0, len(text), "PHONE_NUMBER", 0.7), text)
