"""Reading a published study: a snapshot, with files, network and settings locked."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import duckdb
import pyarrow as pa

from logminer.errors import LogminerError, QueryError, StoreError
from logminer.schemas import PUBLISHED, Table
from logminer.store.attaching import attach, attach_alone
from logminer.store.ddl import destinations, views
from logminer.store.layout import DATABASE, StudyFolder

__all__ = ["Relation", "Session", "open_session"]

Relation = duckdb.DuckDBPyRelation


class Session:
    """A read-only view of one published study: files, network and settings are locked.

    Args:
        path: of a database.
        alone: without the changes that another program has made and left in a log beside it.
    """

    def __init__(self, path: Path, *, alone: bool = False) -> None:
        if not path.is_file():
            raise StoreError(f"{path}: no such study database; run the pipeline first")
        # Attached to an instance of its own: one process may hold several snapshots of the same file.
        self._connection = duckdb.connect(":memory:")
        (attach_alone if alone else attach)(self._connection, path)
        self._set_aside()
        for setting in (
            "TimeZone = 'UTC'",
            "temp_directory = ''",
            "enable_external_access = false",
            "lock_configuration = true",
        ):
            self._connection.execute(f"SET {setting}")

    def sql(self, query: str, parameters: Sequence[Any] | None = None) -> Relation:
        """The relation that `query` describes: `.df()`, `.arrow()`, `.fetchall()`, `.show()`.

        Raises:
            QueryError: DuckDB refused it.
        """
        try:
            return self._connection.sql(query, params=parameters)
        except duckdb.Error as error:
            raise self._refused(error) from None

    def rows(self, query: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        """All rows of `query`."""
        try:
            return self._connection.execute(query, parameters or []).fetchall()
        except duckdb.Error as error:
            raise self._refused(error) from None

    def columns(self, query: str, parameters: Sequence[Any] | None = None) -> pa.Table:
        """All rows of `query` as an Arrow table."""
        try:
            return self._connection.execute(query, parameters or []).to_arrow_table()
        except duckdb.Error as error:
            raise self._refused(error) from None

    def _set_aside(self) -> None:
        """Of a database from before rows were set aside in tables of their own: show it as it would be published now."""
        known = self._connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'study'"
        )
        there = {name for (name,) in known.fetchall()}
        mixed = [
            t for t in PUBLISHED if t.aside and t.name in there and t.aside.table.name not in there
        ]
        for table in mixed:
            names = ", ".join(f'"{c.name}"' for c in table.published)
            for target, condition, selected in destinations(table):
                self._connection.execute(
                    f"CREATE TEMP VIEW {target.name} ({names}) AS"
                    f" SELECT {selected} FROM study.{table.name} WHERE {condition}"
                )
        for statement in views().values() if mixed else ():
            with contextlib.suppress(
                duckdb.Error
            ):  # it lacks columns of this version: its own view remains
                self._connection.execute(statement.replace("OR REPLACE VIEW", "TEMP VIEW"))

    def is_current(self, tables: Sequence[Table] = PUBLISHED) -> bool:
        """Whether each of `tables` is there and has the columns of this version, and no other."""
        columns = {(table.name, c.name) for table in tables for c in table.published}
        found = self._connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE table_name IN (SELECT unnest(?))",
            [[table.name for table in tables]],
        ).fetchall()
        return columns == set(found)

    @property
    def runs_in_order(self) -> str:
        """How runs are ordered as they began, for ORDER BY: by their number, and before them those that have none."""
        numbered = self.rows(
            "SELECT 1 FROM duckdb_columns() WHERE table_name = 'runs' AND column_name = 'sequence'"
        )
        return "sequence NULLS FIRST, run_id" if numbered else "run_id"

    def _refused(self, error: duckdb.Error) -> LogminerError:
        message = _first_line(error)
        if (
            isinstance(error, duckdb.CatalogException | duckdb.BinderException)
            and not self.is_current()
        ):
            message += " (the study was published by another version: run its pipeline again)"
        return QueryError(message)

    def close(self) -> None:
        """Let go of the snapshot."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_session(study: Path) -> Session:
    """Open the database of a study folder (or a `.duckdb` file) for reading.

    A study is read as it was published; a copy under another name with all that was done to it.

    Raises:
        StoreError: there is none, it cannot be read, or another program has it open for writing (`StudyHeld`).
    """
    path = study if study.suffix == ".duckdb" else StudyFolder(study).database
    return Session(path, alone=path.resolve().name == DATABASE)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
