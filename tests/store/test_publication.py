"""Publishing: incremental, atomic, never locking a reader out; duplicates rejected the same way each time."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pytest

from logminer.errors import StoreError
from logminer.schemas import CATEGORIES
from logminer.store.publication import publish
from logminer.store.session import open_session
from tests.kit.folders import Folders, conversation, counts, put


def test_publishes_what_is_new_and_nothing_twice(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.write("a-0", ["x", "y"])
    put(tmp_path, folders)
    folders.write("b-0", ["z", "bad"], {"bad1": "null_messages"})
    put(tmp_path, folders)
    put(tmp_path, folders)
    assert counts(tmp_path) == {
        "conversations": 3,
        "prompts": 3,
        "responses": 6,
        "embeddings": 6,
        "rejections": 1,
        "loaded_parts": 12,
    }
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".study")]


def test_reader_keeps_its_snapshot_and_is_never_locked_out(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.write("a-0", ["x"])
    put(tmp_path, folders)
    before = open_session(tmp_path)
    folders.write("b-0", ["y"])
    with publish(tmp_path, folders.all), open_session(tmp_path) as during:
        assert during.rows("SELECT count(*) FROM conversations") == [(1,)]
    assert before.rows("SELECT count(*) FROM conversations") == [(1,)]
    with open_session(tmp_path) as after:
        assert after.rows("SELECT count(*) FROM conversations") == [(2,)]


def test_failed_publication_leaves_the_old_database(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.write("a-0", ["x"])
    put(tmp_path, folders)
    folders.write("b-0", ["y"])
    with pytest.raises(ZeroDivisionError), publish(tmp_path, folders.all):
        _ = 1 / 0
    assert counts(tmp_path)["conversations"] == 1
    folders.conversations.folder.file("b-0").write_bytes(b"PAR1 damaged")
    with pytest.raises(StoreError, match=r"b-0\.parquet"):
        put(tmp_path, folders)


def test_another_fingerprint_rebuilds(tmp_path: Path) -> None:
    old, new = Folders(tmp_path, "old"), Folders(tmp_path, "new")
    old.write("a-0", ["x", "y"])
    put(tmp_path, old)
    new.write("a-0", ["z"])
    put(tmp_path, new)
    assert counts(tmp_path)["conversations"] == 1


@pytest.mark.parametrize("order", [("a-0", "b-0"), ("b-0", "a-0")])
def test_a_conversation_in_two_parts_is_kept_once_whatever_came_first(
    order: tuple[str, str], tmp_path: Path
) -> None:
    folders = Folders(tmp_path)
    names = {"a-0": ["x", "same"], "b-0": ["same", "y", "y"]}
    for part in order:
        folders.write(part, names[part], {"y2": "duplicate_conversation_id"})
        put(tmp_path, folders)
    assert counts(tmp_path) == {
        "conversations": 3,
        "prompts": 3,
        "responses": 6,
        "embeddings": 6,
        "rejections": 2,
        "loaded_parts": 12,
    }
    with open_session(tmp_path) as session:
        found = session.rows("SELECT part, conversation_id, reason FROM rejections ORDER BY ALL")
    assert found == [
        ("b-0", "same", "duplicate_of_another_part"),
        ("b-0", "y", "duplicate_conversation_id"),
    ]


def test_a_row_may_hold_an_accepted_conversation_and_a_rejected_one(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.write("a-0", ["x"])
    rows = [conversation("x/a", 0), conversation("x/b", 0, "null_messages")]
    folders.put_rows(folders.conversations, "a-0", rows)
    put(tmp_path, folders)
    with open_session(tmp_path) as session:
        assert session.rows("SELECT conversation_id FROM conversations") == [("x/a",)]
        assert session.rows("SELECT row, conversation_id FROM rejections") == [(0, "x/b")]


def test_what_came_twice_is_kept_from_the_first_part_once_all_have_come(tmp_path: Path) -> None:
    """While a run is on, parts come in any order, and so do files that are renamed."""
    folders = Folders(tmp_path)
    folders.write("b-0", ["same", "z"])
    with publish(tmp_path, folders.all, parts=["b-0"]):
        pass
    folders.write("a-0", ["x", "same"])
    with publish(tmp_path, folders.all, parts=["a-0", "b-0"]):
        pass
    assert kept(tmp_path) == ["a-0"]  # not built anew for what is not the end
    for order in (["a-0", "b-0"], ["b-0", "a-0"]):
        with publish(tmp_path, folders.all, parts=order, whole=True):
            pass
        assert kept(tmp_path) == order[1:]
        assert counts(tmp_path)["embeddings"] == 6


def kept(study: Path) -> list[str]:
    """The parts whose conversation another one had."""
    with open_session(study) as session:
        return [part for (part,) in session.rows("SELECT part FROM rejections")]


def test_parts_that_come_one_by_one_give_what_they_give_together(tmp_path: Path) -> None:
    tables = ("conversations", "prompts", "responses", "embeddings", "rejections", "loaded_parts")
    found = []
    for study in (tmp_path / "once", tmp_path / "grown"):
        folders = Folders(study)
        for n in range(4):
            folders.write(f"p-{n}", [f"x{n}", f"y{n}", "same", f"z{n // 2}"])
            if study.name == "grown":
                put(study, folders)
        put(study, folders)
        with open_session(study) as session:
            found.append([session.rows(f"FROM {table} ORDER BY ALL") for table in tables])
    assert found[0] == found[1]


def test_room_in_the_file_that_nothing_takes_is_given_back(tmp_path: Path) -> None:
    rng = random.Random(0)
    row = {c.name: None if c.null else "x" for c in CATEGORIES.columns} | {"found": False}
    rows = [row | {"definition": f"{rng.getrandbits(8000):x}"} for _ in range(6000)]
    sizes = []
    for some in (rows, rows[:10], rows[:10]):
        with publish(tmp_path, []) as publication:
            publication.replace(CATEGORIES, pa.Table.from_pylist(some, CATEGORIES.schema))
        sizes.append((tmp_path / "study.duckdb").stat().st_size)
    assert sizes[0] > 6_000_000 > 1_500_000 > sizes[-1]
    with open_session(tmp_path) as session:
        assert session.rows("SELECT count(DISTINCT definition) FROM categories") == [(10,)]
    with publish(tmp_path, []) as publication:
        assert publication.is_as_published()
