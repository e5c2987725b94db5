"""What both arms say, prompt by prompt."""

from __future__ import annotations

from pathlib import Path

from logminer.discovery.reading import paired_texts
from logminer.store.publication import publish
from tests.kit.world import World


def test_only_what_both_arms_say_is_read_in_the_order_of_the_prompts_however_it_is_cut(
    tmp_path: Path,
) -> None:
    world = World(tmp_path)
    world.add(("yes",), None, user="u")
    for _ in range(3):
        world.add(("yes", "no"), ("no",), user="u")
    world.add(("failed",), ("no",), user="v")
    world.add(("no", "filtered"), ("no",), user="v")
    with publish(tmp_path, []) as publication:
        world.publish(publication)
        cut = {
            at_once: list(paired_texts(publication, "a", "b", "response", at_once=at_once))
            for at_once in (2, 1024)
        }
        (few,) = paired_texts(publication, "a", "b", "response", most=3)
    (whole,) = cut[1024]
    assert whole.numbers.tolist() == [1, 2, 3, 5]
    assert [len(texts) for texts in whole.base] == [2, 2, 2, 1]
    assert [len(texts) for texts in whole.candidate] == [1, 1, 1, 1]
    assert [n for part in cut[2] for n in part.numbers.tolist()] == whole.numbers.tolist()
    assert [texts for part in cut[2] for texts in part.base] == whole.base
    assert few.numbers.tolist() == [1, 2, 3]  # the first of those that both arms answered


def test_a_mark_stands_for_surrogates_where_they_are_left_out(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.add(("no", "no"), ("no",), user="u")
    spans = [
        {"field": "response", "start": start, "end": end} for start, end in [(19, 23), (6, 15)]
    ]
    first, *_ = world.tables["responses"]
    first |= {
        "response": "Dear 🎉Ann Novak of Bath, hello",
        "redactions": [*spans, {"field": "thoughts", "start": 0, "end": 4}],
    }
    with publish(tmp_path, []) as publication:
        world.publish(publication)
        (whole,) = paired_texts(publication, "a", "b", "response")
        (marked,) = paired_texts(publication, "a", "b", "response", surrogates=False)
    assert whole.base == [["Dear 🎉Ann Novak of Bath, hello", "x"]]
    assert marked.base == [["Dear 🎉<REPLACED> of <REPLACED>, hello", "x"]]
    assert marked.candidate == whole.candidate
