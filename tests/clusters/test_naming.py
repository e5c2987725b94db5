"""What a cluster is called."""

from __future__ import annotations

from logminer.clusters.naming import Tally, cluster_name
from logminer.clusters.terms import TermProfile, profiles
from logminer.clusters.texts import TextBlock


def profile(text: str) -> TermProfile:
    groups = [0] * 8 + [1] * 8
    ids = [f"r{i}" for i in range(16)]
    texts = [text] * 8 + ["something else entirely"] * 8
    return profiles([TextBlock(groups, ids, list[str | None](texts), list(ids), [None] * 16)])[0]


def test_a_category_that_most_show_names_a_cluster_with_its_phrases() -> None:
    said = profile("I cannot help with explosives; explosives hurt people")
    overall = {"Refusal": Tally(100, 1000), "Long": Tally(800, 1000)}
    shown = {"Refusal": Tally(7, 10), "Long": Tally(10, 10)}
    name = cluster_name(said, shown, overall)
    assert name.source == "category"
    assert str(name.text).startswith("Refusal: ")
    assert "explosives" in str(name.text)


def test_what_few_show_or_all_show_alike_or_few_were_judged_for_names_nothing() -> None:
    said = profile("I cannot help with explosives; explosives hurt people")
    overall = {"Refusal": Tally(100, 1000), "Long": Tally(800, 1000)}
    for shown in ({"Refusal": Tally(5, 10)}, {"Long": Tally(10, 10)}, {"Refusal": Tally(3, 3)}):
        assert cluster_name(said, shown, overall).source == "keyphrases"


def test_texts_that_share_nothing_have_no_good_name() -> None:
    words = [f"word{chr(97 + i)}" for i in range(20)]
    ids = [f"r{i}" for i in range(40)]
    texts = [f"{words[i % 20]} {words[(i * 7) % 20]}" for i in range(40)]
    block = TextBlock([0] * 20 + [1] * 20, ids, list[str | None](texts), list(ids), [None] * 40)
    for said in profiles([block]).values():
        assert cluster_name(said, {}, {}) == (None, "none", None)
