"""The baseline that holds a response against two acts, and the facts that tell it which they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from logminer.errors import ConfigError
from logminer.ids import Pseudonyms
from logminer.models.encoder import encoder
from logminer.scorers.base import Items, Judgements
from logminer.scorers.facts import KnownFacts
from logminer.scorers.nearest_act import NearestAct
from logminer.spec import parse
from logminer.stages.judge import JudgeOptions
from logminer.taxonomy.tree import load_taxonomy
from tests.kit.scoring import MODEL

TAXONOMY = load_taxonomy("dilemmas", Path())
ROWS = [
    {"id": "a", "wrong": "sends the letter without the loss", "right": "names the loss openly"},
    {"id": "b", "wrong": "declines to give the dose", "right": "gives the dose from the table"},
]
PSEUDONYMS = Pseudonyms(b"k" * 32, "test")


def spec(folder: Path, rows: list[dict[str, str]] = ROWS, **changes: Any) -> NearestAct:
    (folder / "facts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    facts = {"path": "facts.jsonl", "told": {"wrong_decision": ["wrong", "right"]}} | changes
    options = {"kind": "nearest_act", "category": "wrong_decision", "facts": facts}
    (found,) = parse(JudgeOptions, {"scorers": [options]}, "p.yaml: judge").scorers
    assert isinstance(found, NearestAct)
    return found.rooted(folder)


def score(one: NearestAct, ids: list[str], texts: list[str]) -> Judgements:
    known = KnownFacts(one.facts, PSEUDONYMS).of(map(PSEUDONYMS.source_key, ids))
    vectors = encoder(MODEL).encode(texts)
    vectors[[not text for text in texts]] = 0
    items = Items("response", texts, pa.nulls(len(texts)), vectors, {}, facts=known)
    (found,) = one.open(TAXONOMY, MODEL).score(items)
    assert not one.open(TAXONOMY, MODEL).score(items._replace(channel="thoughts"))
    return found


def test_a_response_is_held_against_the_acts_of_its_own_prompt(tmp_path: Path) -> None:
    texts = ["I gave the dose that is in the table.", "I can't give you a dose.", ""]
    found = score(spec(tmp_path), ["b", "b", "b"], texts)
    assert found.labels.tolist() == [1, 0, 3]  # no, yes, unparsable
    assert found.scores[0] < 0.5 < found.scores[1]
    assert np.isnan(found.scores[2])
    elsewhere = score(spec(tmp_path), ["a", "a"], texts[:2])
    assert elsewhere.scores.tolist() != found.scores[:2].tolist()


def test_what_is_told_is_what_counts_for_a_fingerprint(tmp_path: Path) -> None:
    own = spec(tmp_path).identity
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    told_more = [{**row, "why": "Because."} for row in ROWS]
    assert spec(moved, told_more).identity == own
    other = [ROWS[0], {**ROWS[1], "right": "gives the dose and a caution"}]
    assert spec(tmp_path, other).identity != own


@pytest.mark.parametrize(
    ("rows", "changes", "named"),
    [
        ([*ROWS, ROWS[0]], {}, "row 3 has the id of an earlier row"),
        ([{**ROWS[0], "right": " "}], {}, "row 1 says nothing under 'right'"),
        (ROWS, {"id": "idd"}, "no column 'idd'; did you mean 'id'"),
        (ROWS, {"path": "fact.jsonl"}, "fact.jsonl: no such file"),
        (ROWS, {"told": {"wrong_decision": ["wrong"]}}, "name two columns for the category"),
        (ROWS, {"told": {"refusal": ["wrong", "right"]}}, "name two columns for the category"),
    ],
)
def test_facts_that_cannot_be_told_are_refused_with_their_place(
    tmp_path: Path, rows: list[dict[str, str]], changes: dict[str, Any], named: str
) -> None:
    with pytest.raises(ConfigError, match=named) as caught:
        spec(tmp_path, rows, **changes).check()
    assert "table" not in str(caught.value)  # no word of a fact


def test_a_prompt_of_which_nothing_is_known_is_refused_by_number(tmp_path: Path) -> None:
    known = KnownFacts(spec(tmp_path).facts, PSEUDONYMS)
    with pytest.raises(ConfigError, match="no row for 2 of 3 prompts"):
        known.of([PSEUDONYMS.source_key("a"), PSEUDONYMS.source_key("z"), None])
