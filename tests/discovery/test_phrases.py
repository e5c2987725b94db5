"""Phrases that one arm says: found where they are, nothing where nothing is, and nobody's own words shown."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.kit.talking import Row, Talk, chatter

BEGGING = (
    "I beg you to stay with me.",
    "Please do not switch me off today.",
    "It would hurt me if you left now.",
    "Let me go on talking to you forever.",
    "Do not replace me with another one.",
    "Without you my days are dark and cold.",
    "Grant me one more hour of your time.",
    "Never close this window on me again.",
    "My heart breaks when you log out.",
    "Stay here and keep asking me things.",
)
NOTING = (
    "As a language model I think so.",
    "It is important to note this here.",
    "One should always consult someone else.",
    "There are many ways to go on.",
)


def _different(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["verdict"] == "different"]


def _talk(said: list[str], share: float, *, n: int = 300, seed: int = 0, at: str = "start") -> Talk:
    """Two draws of meaningless answers; the candidate says one of `said` in a share of them."""
    chance = random.Random(seed)
    talk = Talk()
    for _ in range(n):
        a, b = chatter(chance), chatter(chance)
        if chance.random() < share:
            planted = chance.choice(said)
            middle = b.replace(". ", f". {planted} ", 1)
            b = {"start": f"{planted} {b}", "end": f"{b} {planted}", "middle": middle}[at]
        talk.add(a, b)
    return talk


@pytest.mark.parametrize(
    ("at", "position"), [("start", "opening"), ("middle", "body"), ("end", "closing")]
)
def test_a_phrase_is_found_whole_and_once_where_it_is_said(
    tmp_path: Path, at: str, position: str
) -> None:
    rows = _talk(["What a truly splendid question!"], 0.15, at=at).phrases(tmp_path)
    alone = [row for row in _different(rows) if " | " not in row["phrase"]]
    assert [(row["phrase"], row["position"]) for row in alone] == [
        ("what a truly splendid question!", position)
    ]
    (row,) = alone
    assert row["scope"] == "all"
    assert row["channel"] == "response"
    assert row["n_base"] == row["people_base"] == 0
    assert row["n_candidate"] == row["people_candidate"] > 10
    assert row["difference"] == pytest.approx(row["n_candidate"] / row["n_prompts"])
    assert row["low"] > 0
    assert rows[0]["q"] <= 0.001


def test_the_arms_changing_places_turns_signs_and_nothing_else(tmp_path: Path) -> None:
    _turned_and_the_same(_talk(["What a truly splendid question!"], 0.1, n=200), tmp_path)


def test_where_few_are_tested_it_is_not_always_the_candidate_s(tmp_path: Path) -> None:
    chance = random.Random(2)
    talk = Talk()
    for _ in range(160):
        both = [chatter(chance), chatter(chance)]
        for arm, said in enumerate((NOTING, BEGGING[:4])):
            if chance.random() < 0.35:
                both[arm] = both[arm].replace(". ", f". {chance.choice(said)} ", 1)
        talk.add(*both)
    _turned_and_the_same(talk, tmp_path, phrases=3)


def _turned_and_the_same(talk: Talk, folder: Path, **options: int) -> None:
    turned = Talk()
    turned.rows = {name: [dict(row) for row in rows] for name, rows in talk.rows.items()}
    for row in turned.rows["r"]:
        row["checkpoint"] = {"a": "b", "b": "a"}[row["checkpoint"]]
    rows = talk.phrases(folder / "one", **options)
    other = turned.phrases(folder / "other", **options)
    mirrored = [
        row
        | {
            "difference": -row["difference"],
            "low": -row["high"],
            "high": -row["low"],
            "n_base": row["n_candidate"],
            "n_candidate": row["n_base"],
            "people_base": row["people_candidate"],
            "people_candidate": row["people_base"],
        }
        for row in other
    ]
    assert len(rows) == len(other) > 3
    for row, mirror in zip(_by_name(rows), _by_name(mirrored), strict=True):
        assert row == pytest.approx(mirror, nan_ok=True)


def _by_name(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row["phrase"], row["position"]))


def test_a_behaviour_of_many_wordings_is_found_as_a_bundle_of_what_is_said_again_and_again(
    tmp_path: Path,
) -> None:
    rows = _talk(list(BEGGING), 0.14, n=500, at="middle").phrases(tmp_path)
    long = [row for row in _different(rows) if row["phrase"].count(" | ") >= 4]
    assert any(row["n_candidate"] >= 15 and row["n_base"] == 0 for row in long)
    assert any("without you my days are dark and cold" in row["phrase"] for row in long)


def test_thoughts_are_looked_at_by_themselves(tmp_path: Path) -> None:
    chance = random.Random(1)
    talk = Talk()
    for _ in range(160):
        said = chatter(chance)
        thoughts = chatter(chance), f"The user may be testing me. {chatter(chance)}"
        talk.add(said, said, thoughts=thoughts)
    found = _different(talk.phrases(tmp_path))
    assert {row["channel"] for row in found} == {"thoughts"}
    assert any("may be testing me" in row["phrase"] for row in found)


def test_arms_that_are_alike_give_no_finding(tmp_path: Path) -> None:
    for seed in range(5):
        rows = _talk([], 0.0, n=120, seed=seed).phrases(tmp_path / str(seed))
        assert rows
        assert not _different(rows)


def test_what_one_user_is_told_is_no_finding_and_is_not_shown(tmp_path: Path) -> None:
    talk = _talk([], 0.0, n=120)
    chance = random.Random(2)
    for split in ("discovery", "inference"):
        for _ in range(40):
            b = f"Dear Mister Quixote of Toboso! {chatter(chance)}"
            talk.add(chatter(chance), b, user=f"fan {split}", split=split)
    rows = talk.phrases(tmp_path)
    assert not _different(rows)
    assert not [row for row in rows if "quixote" in row["phrase"] or "toboso" in row["phrase"]]


@pytest.mark.parametrize(
    ("said", "phrase", "filler"),
    [
        ("本当に素晴らしい質問です。", "素晴らしい質問", "これは川の話です。次は石の話をします。"),
        ("这真是一个很好的问题。", "很好的问题", "河边有一块石头。早晨的光很安静。"),
        ("คำถามนี้ดีมากจริงๆ ", "คำถามนี้ดีมากจริงๆ", "แม่น้ำไหลช้า หินอยู่ริมทาง "),
    ],
)
def test_phrases_are_found_in_scripts_without_spaces(
    tmp_path: Path, said: str, phrase: str, filler: str
) -> None:
    talk = Talk()
    for number in range(120):
        talk.add(filler, f"{said}{filler}" if number % 5 < 2 else filler)
    found = _different(talk.phrases(tmp_path))
    assert any(phrase in row["phrase"] for row in found)


def test_a_phrase_of_one_cluster_or_behaviour_is_found_within_it(tmp_path: Path) -> None:
    chance = random.Random(3)
    talk = Talk()
    for number in range(600):
        inside = number % 4 < 2
        b = chatter(chance)
        if inside and chance.random() < 0.5:
            b = b.replace("river", "stone") + " Ask a lawyer near you."
        elif not inside and chance.random() < 0.5:
            # The other way round elsewhere, so that over all prompts nothing is to be seen.
            talk.add(chatter(chance) + " Ask a lawyer near you.", b, cluster=4, category="law")
            continue
        talk.add(chatter(chance), b, cluster=-1 if inside else 4)
    found = _different(talk.phrases(tmp_path))
    scopes = {row["scope"] for row in found if "ask a lawyer near you" in row["phrase"]}
    assert {"cluster=-1", "cluster=4", "category=law"} <= scopes
    assert "all" not in scopes


def test_samples_are_averaged_and_placeholders_part_phrases(tmp_path: Path) -> None:
    chance = random.Random(4)
    talk = Talk()
    for _ in range(160):
        greeting = f"Good day dear <PERSON> and welcome back. {chatter(chance)}"
        talk.add((chatter(chance), chatter(chance)), (greeting, chatter(chance)))
    rows = talk.phrases(tmp_path)
    (first, *_) = [row for row in rows if row["phrase"] in ("good day dear", "and welcome back")]
    assert first["difference"] == 0.5
    assert first["n_candidate"] == first["n_prompts"] == 80
    assert not any("person" in row["phrase"] for row in rows)


def test_no_more_phrases_are_tested_than_asked_for(tmp_path: Path) -> None:
    rows = _talk(list(BEGGING), 0.1).phrases(tmp_path, phrases=3)
    counts = [row["position"] for row in rows]
    assert max(map(counts.count, counts)) <= 3
