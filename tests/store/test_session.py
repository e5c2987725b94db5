"""A session reads a study, and can reach nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from logminer.errors import QueryError, StoreError
from logminer.schemas import PUBLISHED
from logminer.store.ddl import views
from logminer.store.publication import publish
from logminer.store.session import open_session
from tests.kit.folders import Folders, put


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
            "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND coalesce(comment, '') = ''"
            " UNION SELECT table_name, '' FROM duckdb_tables() WHERE coalesce(comment, '') = ''"
            " UNION SELECT view_name, '' FROM duckdb_views() WHERE NOT internal AND coalesce(comment, '') = ''"
        )
        columns = dict(
            session.rows(
                "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'category_rates'"
            )
        )
        (view,) = session.rows(
            "SELECT comment FROM duckdb_views() WHERE view_name = 'category_shifts'"
        )
    assert undocumented == []
    assert columns["n_users"] == "known users behind them; null: users unknown"
    assert columns["scorer"] == "name of the scorer in the pipeline"
    assert view == (
        "The comparisons of categories with their titles, strongest evidence first. Sign: candidate minus base.",
    )
    assert {t.name for t in PUBLISHED} >= {"conversations", "comparisons", "runs"}


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


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("FROM response", "did you mean 'responses'?"),
        ("FROM categry_rates", "did you mean 'category_rates'?"),
        ("SELECT respons FROM responses", "did you mean 'response'?"),
        ("SELECT r.respons FROM responses AS r", "did you mean 'response'?"),
        ("FROM zzz", "`logminer schema` lists tables and columns"),
    ],
)
def test_a_name_that_refers_to_nothing_says_which_was_meant(
    query: str, hint: str, tmp_path: Path
) -> None:
    put(tmp_path, Folders(tmp_path))
    with open_session(tmp_path) as session, pytest.raises(QueryError) as refused:
        session.rows(query)
    assert str(refused.value).endswith(hint)
