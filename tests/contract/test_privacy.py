"""Nothing that was planted in a dump, and none of its ids, is left in a study."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from logminer.api import load_pipeline
from logminer.store.session import open_session
from tests.conftest import Demo
from tests.kit.copies import copy


class TestPrivacy:
    def test_no_planted_identifier_is_left_anywhere(self, demo: Demo) -> None:
        from logminer.demo.run import strings

        texts = [
            text for file in demo.study.rglob("*.parquet") for text in strings(pq.read_table(file))
        ]
        with open_session(demo.study) as session:
            tables = [name for (name,) in session.rows("SELECT table_name FROM duckdb_tables()")]
            texts += [text for name in tables for text in strings(session.columns(f"FROM {name}"))]
        everything = "\n".join(texts)
        raw = b"\n".join(p.read_bytes() for p in demo.study.rglob("*") if p.is_file())
        for kind in ("email", "card", "iban", "ip"):
            assert demo.planted[kind]
            for value in demo.planted[kind]:
                assert value not in everything, kind
                assert value.encode() not in raw, kind

    def test_ids_of_the_dump_are_nowhere(self, demo: Demo) -> None:
        dump = pq.read_table(demo.folder / "dump.parquet")
        ids = {*dump["conversation_id"].to_pylist(), *dump["user_id"].to_pylist()}
        with open_session(demo.study) as session:
            kept = session.columns("SELECT conversation_id, user_id FROM conversations")
            rejected = session.columns("SELECT conversation_id FROM rejections")
        found = {
            *kept["conversation_id"].to_pylist(),
            *kept["user_id"].to_pylist(),
            *rejected["conversation_id"].to_pylist(),
        }
        assert not ids & found

    def test_another_key_gives_other_ids(
        self, demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = copy(demo, tmp_path)
        monkeypatch.setenv("LOGMINER_KEY", "ab" * 32)
        assert all(not stage.done for stage in load_pipeline(file).status())
