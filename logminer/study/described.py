"""What the tables and views of a study mean, as its database says."""

from __future__ import annotations

import pyarrow as pa

from logminer.errors import QueryError, did_you_mean
from logminer.store.session import Session

__all__ = ["described"]

RELATIONS = """
SELECT table_name AS name, 'table' AS kind, comment AS doc FROM duckdb_tables() WHERE NOT internal
UNION ALL SELECT view_name, 'view', comment FROM duckdb_views() WHERE NOT internal ORDER BY kind, name
"""
COLUMNS = """
SELECT column_name AS column, data_type AS type, comment AS doc FROM duckdb_columns()
WHERE table_name = ? AND NOT internal ORDER BY column_index
"""


def described(session: Session, table: str | None) -> pa.Table:
    """`name, kind, doc` of every table and view; of one of them, `column, type, doc` of its columns.

    Raises:
        QueryError: the study has no such table.
    """
    relations = session.columns(RELATIONS)
    if table is None:
        return relations
    if table not in (names := relations["name"].to_pylist()):
        hint = did_you_mean(table, names, f"there are: {', '.join(names)}")
        raise QueryError(f"no table or view '{table}'; {hint}")
    return session.columns(COLUMNS, [table])
