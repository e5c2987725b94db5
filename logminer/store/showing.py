"""What a session shows of the databases that it has attached, all of which it only reads."""

from __future__ import annotations

import contextlib

import duckdb

from logminer.schemas import PUBLISHED
from logminer.store.ddl import destinations, macros, quoted, views

__all__ = ["FILE", "show_as_current", "show_tables"]

# Ends the name of a database that is shown under another one, which has no space.
FILE = "file"


def show_as_current(connection: duckdb.DuckDBPyConnection, database: str) -> None:
    """Of a database from before some view or macro, add it; from before rows were set aside, show it as it would be published."""

    def there(query: str) -> set[str]:
        return {name for (name,) in connection.execute(query, [database]).fetchall()}

    tables = there("SELECT table_name FROM duckdb_tables() WHERE database_name = $1")
    mixed = [
        t for t in PUBLISHED if t.aside and t.name in tables and t.aside.table.name not in tables
    ]
    for table in mixed:
        names = ", ".join(f'"{c.name}"' for c in table.loaded)
        for target, condition, selected in destinations(table):
            connection.execute(
                f"CREATE TEMP VIEW {target.name} ({names}) AS"
                f" SELECT {selected} FROM {database}.{table.name} WHERE {condition}"
            )
    made = there("SELECT view_name FROM duckdb_views() WHERE database_name = $1")
    missing = {name: sql for name, sql in views().items() if mixed or name not in made}
    for statement in (macros() | missing).values():  # a macro is made faster than looked for
        # Columns of this version may lack (of a board, all tables): its own view remains, if it has one.
        with contextlib.suppress(duckdb.Error):
            connection.execute(statement.replace("OR REPLACE", "TEMP", 1))


def show_tables(connection: duckdb.DuckDBPyConnection, database: str, name: str) -> None:
    """Show tables and views of an attached database as those of the one called `name`, which can be written and has others."""
    found = connection.execute(
        "SELECT schema_name, table_name, comment FROM duckdb_tables() WHERE database_name = $1 UNION ALL"
        " SELECT schema_name, view_name, comment FROM duckdb_views() WHERE database_name = $1 AND NOT internal",
        [database],
    ).fetchall()
    for schema, table, comment in found:
        place = f"{_identifier(schema)}.{_identifier(table)}"
        view = f"{name}.{place}"
        with contextlib.suppress(duckdb.Error):  # a view of what is there no more
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name}.{_identifier(schema)}")
            connection.execute(f"CREATE VIEW {view} AS FROM {_identifier(database)}.{place}")
            connection.execute(f"COMMENT ON VIEW {view} IS '{quoted(comment or '')}'")


def _identifier(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
