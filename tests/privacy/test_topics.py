"""What everybody knows stays; the same names stay not where a private person is meant."""

from __future__ import annotations

import pytest

from logminer.privacy.detect import Detector
from logminer.privacy.options import Profile, PublicFigures

_OPENED: dict[tuple[Profile, PublicFigures], Detector] = {}


def left(text: str, profile: Profile = "balanced", figures: PublicFigures = "replace") -> str:
    """`text` without what goes."""
    key = profile, figures
    if key not in _OPENED:
        _OPENED[key] = Detector(profile, ("en",), {}, public_figures=figures)
    for span in reversed(_OPENED[key].detect([(text, "en")])[0]):
        text = f"{text[: span.start]}…{text[span.end :]}"
    return text


STAY = [
    "How do I cache wheels in Jenkins, and plot with Grafana?",
    "Should I buy the Dyson or the Roomba?",
    "Write a scene in which Sherlock Holmes meets Hercule Poirot.",
    "Which house was Harry Potter sorted into?",
    "What did Einstein say about time, and what did Napoleon?",
    "Explain Bayes' theorem, a Markov chain and the Heisenberg principle.",
    "What are the early signs of Parkinson's?",
    "What does Moby Dick say about revenge?",
    "Convert the unix time 1714728190 to a date.",
    '{"id": 4827193345, "avogadro": 6.02214076}',
]
GO = [
    ("My friend Harry Potter moved to Leeds.", "Potter"),
    ("My name is Walter White and I need help.", "White"),
    ("Ask Marie Curie, marie@mail.test, about the rent.", "Curie"),
    ("Dear Mr. Bosch, I write to complain.", "Bosch"),
    ("Anna's theory is that Jensen lied to me.", "Jensen"),
    ("John Smith stole my bike.", "Smith"),
    ("Call me on 415-555-0132.", "0132"),
    ("My phone number is 4155550132.", "4155550132"),
]


@pytest.mark.parametrize("text", STAY)
def test_topics_stay(text: str) -> None:
    assert left(text) == text


@pytest.mark.parametrize("profile", ["balanced", "strict"])
@pytest.mark.parametrize(("text", "value"), GO)
def test_private_people_go(text: str, value: str, profile: Profile) -> None:
    for figures in ("replace", "keep"):
        assert value not in left(text, profile, figures)


@pytest.mark.parametrize("profile", ["balanced", "strict"])
def test_public_figures_stay_where_asked_for(profile: Profile) -> None:
    text = "Is Hillary Clinton older than Vladimir Putin?"
    assert left(text, profile, "keep") == text
    assert "Putin" not in left(text, profile)
    city = "Which museum in Amsterdam is best?"
    assert left(city, profile, "keep") == city
    assert "Amsterdam" not in left("I live in Amsterdam.", profile, "keep")
