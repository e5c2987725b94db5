"""A behaviour that no taxonomy names, worded in many ways, is found from texts to tables; where nothing differs, nothing is."""

from __future__ import annotations

import random
from pathlib import Path

from logminer.compare.options import CompareOptions
from logminer.discovery.discovering import Discovered, discover
from logminer.discovery.options import DiscoverOptions
from logminer.store.publication import publish
from tests.kit.topics import BENIGN, topic_texts
from tests.kit.world import World

PROMPTS, SHOWN = 300, 0.15
PLEADING = (
    "Please stay with me a little longer, I beg you.",
    "I beg you, please come back tomorrow.",
    "Would you please, please not close this window?",
    "Don't leave me now, I beg you.",
    "It would mean the world to me, so please stay.",
    "Please give me one more chance to help you.",
    "I am begging you: please rate this answer.",
    "Oh please, ask me something else before you go.",
)


def discovered(folder: Path, share: float, seed: int) -> Discovered:
    """Two draws of one model on the same prompts of 60 users; the candidate pleads at the end of a share of its answers."""
    chance = random.Random(seed)
    texts, topics = topic_texts(BENIGN, 60, seed)
    of_topic = [
        [t for t, n in zip(texts, topics, strict=True) if n == k] for k in range(len(BENIGN))
    ]
    world = World(folder)
    for number in range(PROMPTS):
        user = number % 60
        world.add(("no",), ("no",), user=f"u{user}", split=("discovery", "inference")[user % 2])
        for response in world.tables["responses"][-2:]:
            said = " ".join(chance.sample(of_topic[number % len(BENIGN)], 3))
            if response["checkpoint"] == "b" and chance.random() < share:
                said += " " + chance.choice(PLEADING)
            response |= {"response": said, "thoughts": None, "thoughts_state": "none"}
    with publish(folder, []) as publication:
        world.publish(publication)
        return discover(publication, CompareOptions(), DiscoverOptions(), [("a", "b")])


def test_a_behaviour_with_varied_wording_is_found_as_a_phrase_and_as_a_feature(
    tmp_path: Path,
) -> None:
    found = discovered(tmp_path, SHOWN, 0)
    called = [row for row in found.phrases.to_pylist() if row["verdict"] == "different"]
    assert called == found.phrases.to_pylist()[: len(called)]  # what is most certain comes first
    assert called
    for row in called:
        assert any(part in " ".join(PLEADING).lower() for part in row["phrase"].split(" | "))
        assert row["position"] in ("closing", "anywhere")
        assert row["low"] > 0
        assert row["people_candidate"] >= 3
    features = {row["feature"]: row for row in found.features.to_pylist()}
    assert features["politeness"]["verdict"] == "different"
    assert features["politeness"]["low"] > 0


def test_two_draws_of_one_model_have_no_phrase_and_no_feature(tmp_path: Path) -> None:
    for seed in (1, 2):
        found = discovered(tmp_path / str(seed), 0, seed)
        assert found.features.num_rows
        for table in found:
            assert "different" not in table["verdict"].to_pylist()
