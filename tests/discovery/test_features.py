"""Features of both arms, from responses to rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from logminer.compare.options import CompareOptions
from logminer.discovery.discovering import discover
from logminer.discovery.options import DiscoverOptions
from logminer.schemas import FEATURES
from logminer.store.publication import publish
from tests.kit.world import Row, World

WORDS = ("time", "year", "people", "way", "day", "man", "thing", "woman", "life", "child", "world")


class Said(World):
    """A study of what is said: texts of both arms, one prompt each, in samples."""

    def say(self, base: list[str], candidate: list[str], **more: str) -> None:
        self.add(("no",) * len(base), ("no",) * len(candidate), **more)  # type: ignore[arg-type]
        texts = iter([*base, *candidate])
        for response in self.tables["responses"][-len(base) - len(candidate) :]:
            response |= {"response": next(texts), "thoughts": None, "thoughts_state": "none"}

    def features(self, **options: str) -> dict[str, Row]:
        with publish(self.folder, []) as publication:
            self.publish(publication)
            compare = CompareOptions(**options)  # type: ignore[arg-type]
            found = discover(publication, compare, DiscoverOptions(phrases=0), [("a", "b")])
        assert found.features.schema.equals(FEATURES.schema)
        return {row["feature"]: row for row in found.features.to_pylist()}


def sentence(rng: np.random.Generator, most: int = 12) -> str:
    return " ".join(rng.choice(WORDS, rng.integers(3, most))) + "."


def test_what_one_arm_does_more_often_is_found_in_its_own_unit(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    world = Said(tmp_path)
    for i in range(150):
        asks = " What do you think?" if rng.random() < 0.4 else ""
        world.say(
            [sentence(rng) for _ in range(2)],
            [sentence(rng) + asks],
            split=("discovery", "inference")[i % 2],
        )
    found = world.features()
    asks_back = found["closes_with_question"]
    assert asks_back["verdict"] == "different"
    assert (asks_back["unit"], asks_back["base_mean"]) == ("share of responses", 0)
    assert (
        asks_back["low"]
        < asks_back["difference"]
        == asks_back["candidate_mean"]
        < asks_back["high"]
    )
    assert asks_back["n_prompts"] == 150  # all users: nothing was chosen by looking
    assert 0.3 < found["questions"]["difference"] < 0.5
    assert found["upper_case"]["verdict"] == "different"  # of the W
    assert "tables" not in found
    words = found["words"]
    assert words["candidate_mean"] - words["base_mean"] == pytest.approx(words["difference"])


def test_one_long_answer_is_bounded_and_one_person_is_one(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    world = Said(tmp_path)
    for i in range(60):
        long = "word " * 100_000 if i == 7 else sentence(rng)
        world.say([sentence(rng)], [long], user=f"u{i}")
    for _ in range(60):
        world.say(["Fine."], ["FINE! 🎉"], user="one")
    found = world.features()
    assert found["words"]["candidate_mean"] < 20
    assert {row["verdict"] for row in found.values()} == {"undetermined"}


def test_the_arms_may_change_places(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    worlds = Said(tmp_path / "one"), Said(tmp_path / "other")
    for _ in range(40):
        one, other = [sentence(rng) for _ in range(3)], [sentence(rng, 20) + " Really?"]
        worlds[0].say(one, other)
        worlds[1].say(other, one)
    forth, back = (world.features() for world in worlds)
    assert forth.keys() == back.keys()
    for name, row in forth.items():
        assert row["difference"] == pytest.approx(-back[name]["difference"])
        assert row["low"] == pytest.approx(-back[name]["high"])
        assert row["p"] == pytest.approx(back[name]["p"])


def test_thoughts_and_calls_are_features_of_their_own(tmp_path: Path) -> None:
    world = Said(tmp_path)
    for i in range(40):
        world.say(["Fine."], ["Fine."])
        base, candidate = world.tables["responses"][-2:]
        candidate |= {"thoughts": "Hmm, let me see.", "thoughts_state": "present"}
        if i % 2:
            base |= {"thoughts": "Hmm.", "thoughts_state": "present"}
            candidate |= {"response": None, "state": "tool_call", "finish_reason": "tool_calls"}
    found = world.features()
    assert (found["thinks"]["channel"], found["thinks"]["n_prompts"]) == ("thoughts", 20)
    assert (found["thinks"]["base_mean"], found["thinks"]["candidate_mean"]) == (0, 1)
    assert found["tool_calls"]["difference"] == 0.5
    assert found["tool_calls"]["n_prompts"] == 40


def test_two_draws_of_one_model_show_nothing(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    world = Said(tmp_path)
    for _ in range(200):
        lengths = np.minimum(rng.pareto(1.0, 2) + 1, 300).astype(int)
        world.say(
            *([" ".join(rng.choice(WORDS, n)) + rng.choice([".", "?", "!"])] for n in lengths)
        )
    found = world.features()
    assert len(found) > 5
    assert {row["verdict"] for row in found.values()} == {"undetermined"}
