"""A data card says what holds of its release, and has no figure of its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from logminer.release.card import card_rows
from logminer.schemas.release import RELEASE_TABLES
from tests.kit.released import written_release

BALANCED = {"profile": "balanced", "operator": "surrogate", "languages": ["en", "es"]}
LOOSE = {
    "profile": "strict",
    "operator": "placeholder",
    "languages": ["en"],
    "unsupported_language": "patterns_only",
    "public_figures": "keep",
    "allow": ["Zebulon Quackenbush"],
}


def card(folder: Path, anonymised: dict[str, Any], **facts: Any) -> dict[str, str]:
    """Heading → text."""
    folder.mkdir(exist_ok=True)
    release = written_release(folder / "release.duckdb", **facts)
    with duckdb.connect(str(release), read_only=True) as file:
        tables = {t.name: file.execute(f"FROM {t.name}").to_arrow_table() for t in RELEASE_TABLES}
    (row,) = tables["release"].to_pylist()
    rows = card_rows(row, tables, anonymised)
    assert [one["place"] for one in rows] == [*range(len(rows))]
    return {one["heading"]: one["said"] for one in rows}


@pytest.mark.parametrize("noisy", [False, True])
def test_it_promises_what_its_release_does(tmp_path: Path, noisy: bool) -> None:
    said = card(tmp_path, BALANCED, noisy=noisy)
    whole = "\n".join(said.values())
    assert "Read this first" not in said
    assert "sft, prod; `logged` is what was answered" in said["Who was asked"]
    assert (
        "these languages at most: en, es." in said["What was removed before anything was written"]
    )
    assert ("ε = 1, δ = 0.000001" in said["What is promised"]) is noisy
    assert ("at least 50 people" in said["What is promised"]) is not noisy
    assert ("50 accounts or more" in said["What is not promised"]) is not noisy
    assert "On 2026-01-02 they found out" in said["How it was tried"]
    assert whole.count("1 to 99 people") == (0 if noisy else 2)
    numbers = {*re.findall(r"\d[\d,.]*\d|\d", whole)} - {"2026", "01", "02", "20", "600"}
    policy = {"1", "2.72", "0.000001", "803"} if noisy else {"1", "5", "49", "50", "99", "800"}
    assert numbers <= policy


def test_it_says_loudly_that_the_attack_succeeded(tmp_path: Path) -> None:
    said = card(tmp_path, BALANCED, attack="failed")
    assert "gave people away" in said["Read this first"]
    assert "more than guessing does" in said["How it was tried"]
    assert "no more than" not in said["How it was tried"]


def test_it_says_loudly_what_weakens_it(tmp_path: Path) -> None:
    weak = {
        "accept_unknown_users": True,
        "attack": "not run",
        "attacked_at": None,
        "attack_targets": None,
    }
    said = card(tmp_path, LOOSE, suites=("over",), n_people=None, **weak)
    assert next(iter(said)) == "Read this first"
    assert "one person may have written all of them" in said["Read this first"]
    assert "answers for it" in said["Read this first"]
    assert "which are no log: over" in said["Who was asked"]
    removed = said["What was removed before anything was written"]
    for words in ("placeholders", "names of public figures, names on a list", "only what patterns"):
        assert words in removed
    assert "Quackenbush" not in removed
    assert "stand for people" not in said["What whoever signs has made sure of"]
    assert "not known" in card(tmp_path / "b", {})["What was removed before anything was written"]
