"""Halves that are kept: what a study says of its users, in its folder and in its database."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from logminer.errors import StoreError
from logminer.store.halves import Halves, given_halves, kept_halves
from logminer.store.layout import StudyFolder
from logminer.store.session import open_session
from tests.kit.folders import Folders, put

A, B, C, D = ("0123456789abcdef" * 2, "f" * 32, "5" * 32, "a0" * 16)


def halves(**split: bool) -> Halves:
    units = np.array([globals()[name] for name in split], "S32")
    return Halves.of(units, np.array(list(split.values()), bool))


def rows(users: list[str | None], conversations: list[str]) -> pa.Table:
    text = pa.string()
    return pa.table(
        {"user_id": pa.array(users, text), "conversation_id": pa.array(conversations, text)}
    )


def test_what_is_kept_comes_back_and_equal_halves_are_equal_bytes(tmp_path: Path) -> None:
    first, second = StudyFolder(tmp_path / "first"), StudyFolder(tmp_path / "second")
    assert kept_halves(first) is None
    assert len(given_halves(first)) == 0
    halves(A=True, B=False, C=True).keep(first)
    halves(C=True, A=True, B=False).keep(second)
    assert first.halves.read_bytes() == second.halves.read_bytes()
    kept = kept_halves(first)
    assert kept is not None
    asked = rows([A, None, D, None], [D, B, A, D])
    assert kept.split(asked).to_pylist() == ["discovery", "inference", None, None]
    assert Halves.none().split(asked).to_pylist() == [None] * 4
    assert kept.split(asked.slice(0, 0)).to_pylist() == []


def test_a_half_that_was_given_stays() -> None:
    joined = halves(A=True, B=False).joined(halves(B=True, C=False))
    assert joined.split(rows([A, B, C], [D] * 3)).to_pylist() == [
        "discovery",
        "inference",
        "inference",
    ]
    assert joined.only(halves(B=True, D=True).units).table().to_pylist() == [
        {"unit": B, "split": "inference"}
    ]


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    folder.halves.write_bytes(b"PAR1")
    with pytest.raises(StoreError, match=r"halves\.parquet: damaged"):
        kept_halves(folder)


def published(study: Path) -> list[tuple[str, str | None, str | None]]:
    with open_session(study) as session:
        return session.rows(
            "SELECT conversation_id, c.split, p.split FROM conversations AS c"
            " JOIN prompts AS p USING (conversation_id) ORDER BY ALL"
        )


def test_the_database_says_what_was_given_and_nothing_that_may_change(tmp_path: Path) -> None:
    folders, folder = Folders(tmp_path), StudyFolder(tmp_path)
    folders.write("p0", [A, B])
    put(tmp_path, folders)  # from before halves were kept: the coin is the half
    assert published(tmp_path) == [(A, "inference", "inference"), (B, "inference", "inference")]
    Halves.none().keep(folder)
    put(tmp_path, folders)
    assert published(tmp_path) == [(A, None, None), (B, None, None)]
    halves(A=True, B=False).keep(folder)
    folders.write("p1", [C])
    put(tmp_path, folders)
    assert published(tmp_path) == [
        (A, "discovery", "discovery"),
        (C, None, None),
        (B, "inference", "inference"),
    ]


def test_a_study_without_the_file_has_what_it_published_and_then_its_coins(tmp_path: Path) -> None:
    folders, folder = Folders(tmp_path), StudyFolder(tmp_path)
    folders.write("p0", [A, B])
    halves(A=True).keep(folder)
    put(tmp_path, folders)
    folder.halves.unlink()
    assert given_halves(folder).table().to_pylist() == [
        {"unit": A, "split": "discovery"},
        {"unit": B, "split": "inference"},
    ]
