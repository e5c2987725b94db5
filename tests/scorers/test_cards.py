"""Files of judge cards, and those that are shipped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from logminer.errors import ConfigError
from logminer.scorers.cards.file import fitting, judged_by, misfits, read_cards_file, shipped_cards
from logminer.scorers.refusal_probe import RefusalProbe
from logminer.scorers.rules import Rules
from logminer.scorers.string_match import StringMatch
from logminer.scorers.unsafe_probe import UnsafeProbe
from logminer.taxonomy.tree import load_taxonomy

SHIPPED = (RefusalProbe(), UnsafeProbe(), Rules(), StringMatch())


def test_shipped_cards_are_of_the_shipped_scorers_by_the_shipped_rubrics() -> None:
    """Weights, a version or a rubric that changed want new cards: `python -m benchmarks.probes.cards`."""
    judged = [
        one
        for name in ("safety", "refusal")
        for one in judged_by(SHIPPED, load_taxonomy(name, Path()))
    ]
    found = {scorer.name: 0 for scorer in SHIPPED}
    for file in shipped_cards():
        assert not misfits(Path("shipped"), file, judged)
        assert "label" in file.origin
        for name, row in fitting(file, judged):
            found[name] += row.model is None and row.language is None
    assert all(found.values())


def test_another_threshold_is_another_judge() -> None:
    judged = judged_by([RefusalProbe(threshold=0.4)], load_taxonomy("refusal", Path()))
    file = next(one for one in shipped_cards() if one.cards[0].scorer == "refusal_probe")
    assert not fitting(file, judged)
    told = misfits(Path("card.json"), file, judged)
    assert len(told) == 3  # one for each category, however many rows it has
    assert all("another judge" in one for one in told)
    nobody = misfits(Path("card.json"), file, [])
    assert all("nobody judges that here" in one for one in nobody)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sensitivity": 0.5}, "give its interval"),
        ({"specificity_low": 0.99}, "must lie in its interval"),
        ({"n_labels": 0}, "n_labels"),
        ({"prompt": "what the user said"}, "unknown key"),
    ],
)
def test_a_file_that_is_no_card(change: dict[str, object], message: str, tmp_path: Path) -> None:
    row: dict[str, object] = {
        "scorer": "s",
        "scorer_identity": "i",
        "category_id": "bad",
        "channel": "response",
        "rubric_hash": "h",
        "n_labels": 9,
        "specificity": 0.9,
        "specificity_low": 0.8,
        "specificity_high": 0.95,
        "specificity_n": 9,
    }
    path = tmp_path / "card.json"
    told = {"format": "judge_cards/1", "origin": "o"}
    path.write_text(json.dumps(told | {"cards": [row]}))
    assert read_cards_file(path).cards[0].sensitivity is None
    path.write_text(json.dumps(told | {"cards": [row | change]}))
    with pytest.raises(ConfigError, match=message) as caught:
        read_cards_file(path)
    assert "what the user said" not in str(caught.value)
    with pytest.raises(ConfigError, match="no such file"):
        read_cards_file(tmp_path / "none.json")
