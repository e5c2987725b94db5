"""A database made of whole tables: the board, or a release."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from logminer.schemas import Table
from logminer.store.ddl import create_table, macros, quoted
from logminer.store.encrypting import ENCRYPTED_FROM, unlock

__all__ = ["fill", "tables_in"]


def fill(path: Path, tables: Sequence[tuple[Table, pa.Table]], *, plain: bool = False) -> None:
    """Write tables into a new database, with what each column means; an encrypted one in a study that is.

    Args:
        path: there is none yet.
        tables: what they are, and their rows: the same columns.
        plain: it is handed out, wherever it lies.

    Raises:
        duckdb.Error: it cannot be written.
        SecretError, ConfigError: see `store.encrypting.unlock`.
    """
    with duckdb.connect(":memory:") as connection:
        key = "" if plain else unlock(connection, path)
        version = f"(STORAGE_VERSION '{ENCRYPTED_FROM}'{key})" if key else ""
        connection.execute(f"ATTACH '{quoted(path)}' AS filled {version}")
        connection.execute("USE filled")
        connection.execute("SET TimeZone = 'UTC'")
        for table, rows in tables:
            connection.execute(create_table(table))
            connection.register("incoming", rows)
            names = ", ".join(f'"{c.name}"' for c in table.published)
            connection.execute(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM incoming")
            connection.unregister("incoming")
        for statement in macros().values():
            connection.execute(statement)
        connection.execute("CHECKPOINT")


def tables_in(path: Path) -> frozenset[str]:
    """The names of the tables of a database; none where it is no database."""
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            rows = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    except duckdb.Error:
        return frozenset()
    return frozenset(name for (name,) in rows)
