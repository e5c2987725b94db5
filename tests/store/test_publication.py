"""Publishing: incremental, atomic, never locking a reader out; duplicates rejected the same way each time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from logminer.errors import QueryError, StoreError
from logminer.ids import response_id
from logminer.schemas import (
    CONVERSATIONS,
    EMBEDDINGS,
    PROMPTS,
    PUBLISHED,
    RESPONSES,
    Table,
)
from logminer.store import parts
from logminer.store.ddl import views
from logminer.store.lock import lock_study
from logminer.store.parts import PartFolder
from logminer.store.publication import Loadable, publish
from logminer.store.session import open_session


def conversation(name: str, row: int, rejected: str | None = None) -> dict[str, Any]:
    message = {"role": "user", "content": f"text of {name}"}
    return {
        "conversation_id": name,
        "user_id": None,
        "split": "inference",
        "messages": None if rejected else [message],
        "redactions": None if rejected else [],
        "language": "en",
        "attributes": None if rejected else {"safe": "true"},
        "row": row,
        "rejected": rejected,
        "source_key": "k",
        "content_keys": ["k"],
    }


def prompt(name: str) -> dict[str, Any]:
    return {
        "prompt_id": f"p-{name}",
        "conversation_id": name,
        "user_id": None,
        "split": "inference",
        "turn_index": 0,
        "messages": [{"role": "user", "content": f"text of {name}"}],
        "language": "en",
        "attributes": {"safe": "true"},
        "redactions": [],
        "source_key": "k",
        "content_key": "k",
    }


def response(name: str, checkpoint: str) -> dict[str, Any]:
    return {
        "response_id": response_id(f"p-{name}", checkpoint, 0),
        "prompt_id": f"p-{name}",
        "checkpoint": checkpoint,
        "sample_index": 0,
        "response": "yes",
        "redactions": [],
    }


def embedding(name: str, checkpoint: str) -> dict[str, Any]:
    return {
        "response_id": response_id(f"p-{name}", checkpoint, 0),
        "channel": "response",
        "vector": [1.0, 0.0],
    }


class Folders:
    """Part folders of a small study, written by hand."""

    def __init__(self, study: Path, fingerprint: str = "f0") -> None:
        root = study / "parts"
        self.conversations = Loadable(PartFolder(root, "anonymise", fingerprint), CONVERSATIONS)
        self.prompts = Loadable(PartFolder(root, "prompts", fingerprint), PROMPTS)
        self.responses = [
            Loadable(PartFolder(root, f"replay.{c}", fingerprint), RESPONSES) for c in "ab"
        ]
        self.embeddings = [
            Loadable(PartFolder(root, f"embed.{c}", fingerprint), EMBEDDINGS) for c in "ab"
        ]

    @property
    def all(self) -> list[Loadable]:
        return [self.conversations, self.prompts, *self.responses, *self.embeddings]

    def write(self, part: str, names: list[str], rejected: dict[str, str] | None = None) -> None:
        rejected = rejected or {}
        rows = [conversation(n, i, rejected.get(f"{n}{i}")) for i, n in enumerate(names)]
        kept = [n for i, n in enumerate(names) if f"{n}{i}" not in rejected]
        self._put(self.conversations, part, rows)
        self._put(self.prompts, part, [prompt(n) for n in kept])
        for loadable, c in zip(self.responses, "ab", strict=True):
            self._put(loadable, part, [response(n, c) for n in kept])
        for loadable, c in zip(self.embeddings, "ab", strict=True):
            self._put(loadable, part, [embedding(n, c) for n in kept])

    @staticmethod
    def _put(loadable: Loadable, part: str, rows: list[dict[str, Any]]) -> None:
        table: Table = loadable.table
        names = table.schema.names
        data = pa.Table.from_pylist(
            [{n: r.get(n) for n in names} for r in rows], schema=table.schema
        )
        parts.write(loadable.folder.file(part), data, table, rows_in=len(rows), rejected=0)


def counts(study: Path) -> dict[str, int]:
    tables = ("conversations", "prompts", "responses", "embeddings", "rejections", "loaded_parts")
    with open_session(study) as session:
        return {t: session.rows(f"SELECT count(*) FROM {t}")[0][0] for t in tables}


def put(study: Path, folders: Folders) -> None:
    with publish(study, folders.all):
        pass


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


def test_session_can_reach_nothing_outside(tmp_path: Path) -> None:
    put(tmp_path, Folders(tmp_path))
    (tmp_path / "other.csv").write_text("a\n1\n")
    with open_session(tmp_path) as session:
        for query in (
            f"SELECT * FROM read_csv('{tmp_path / 'other.csv'}')",
            "SET enable_external_access = true",
            "CREATE TABLE t (a INT)",
            f"COPY prompts TO '{tmp_path / 'out.csv'}'",
            "INSTALL httpfs",
        ):
            with pytest.raises(QueryError):
                session.rows(query)


def test_views_and_documentation_are_in_the_database(tmp_path: Path) -> None:
    put(tmp_path, Folders(tmp_path))
    with open_session(tmp_path) as session:
        for name, statement in views().items():
            assert statement.startswith("-- "), name
            session.columns(f"SELECT * FROM {name}")
        undocumented = session.rows(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL"
            " AND table_name IN (SELECT table_name FROM duckdb_tables())"
        )
    assert undocumented == []
    assert {t.name for t in PUBLISHED} >= {"conversations", "comparisons", "runs"}


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with (
        lock_study(tmp_path),
        pytest.raises(StoreError, match="another run"),
        lock_study(tmp_path),
    ):
        pass
    with lock_study(tmp_path):
        pass


def test_missing_study_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such study"):
        open_session(tmp_path)
    (tmp_path / "study.duckdb").write_bytes(b"not a database")
    with pytest.raises(StoreError, match="not a study"):
        open_session(tmp_path)


def test_a_study_of_another_version_says_what_to_do(tmp_path: Path) -> None:
    with publish(tmp_path, []) as publication:
        publication.rows("DROP VIEW IF EXISTS category_shifts")
        publication.rows("DROP TABLE missingness")
    with (
        open_session(tmp_path) as session,
        pytest.raises(QueryError, match="another version: run its pipeline again"),
    ):
        session.rows("FROM missingness")
