"""What the tables and views of a study mean, as its database says."""

from __future__ import annotations

import pyarrow as pa

from logminer.errors import QueryError, did_you_mean
from logminer.schemas import PUBLISHED
from logminer.store.describing import describe_views
from logminer.store.session import Session

__all__ = ["described"]

RELATIONS = """
SELECT table_name AS name, 'table' AS kind, comment AS doc FROM duckdb_tables() WHERE NOT internal
UNION ALL SELECT view_name, if(view_name IN (SELECT unnest(?)), 'table', 'view'), comment
FROM duckdb_views() WHERE NOT internal ORDER BY kind, name
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
    beside = [table.name for table in PUBLISHED if table.beside]
    relations = session.columns(RELATIONS, [beside])
    if table is None:
        return _completed(relations, {view.name: view.doc for view in describe_views()}, "name")
    if table not in (names := relations["name"].to_pylist()):
        hint = did_you_mean(table, names, f"there are: {', '.join(names)}")
        raise QueryError(f"no table or view '{table}'; {hint}")
    columns = (c for view in describe_views() if view.name == table for c in view.columns)
    told = {c.name: c.doc + (f"; null: {c.null}" if c.null else "") for c in columns}
    return _completed(session.columns(COLUMNS, [table]), told, "column")


def _completed(found: pa.Table, told: dict[str, str], key: str) -> pa.Table:
    """With what this version says of views that an earlier one did not publish: the database has no comments on those."""
    names, docs = (found[name].to_pylist() for name in (key, "doc"))
    docs = [doc or told.get(name) for name, doc in zip(names, docs, strict=True)]
    return found.set_column(found.schema.get_field_index("doc"), "doc", pa.array(docs, pa.string()))
