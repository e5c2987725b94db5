"""SQL made of the one list of tables: how a table is created, which views and macros there are."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from typing import NamedTuple

import pyarrow as pa

from logminer.files.objects import AnyPath
from logminer.schemas import CONVERSATIONS, Table
from logminer.schemas.table import Column

__all__ = [
    "Destination",
    "brought_up_to_date",
    "comments_on",
    "create_table",
    "destinations",
    "empty",
    "macros",
    "parquet_scan",
    "quoted",
    "views",
]

MACROS = ("wilson", "per_100k")
VIEWS = (
    "labelled_responses",
    "paired_judgements",
    "paired_responses",
    "primary_scorers",
    "changed_prompts",
    "category_rates",
    "rates_by_stratum",
    "unit_shares",
    "category_shifts",
    "cluster_shares",
    "cluster_coverage",
    "cluster_tree",
    "cluster_shifts",
    "cluster_categories",
    "cluster_examples",
    "only_in_candidate",
    "injection_canaries",
    "answered_by",
    "judged_by",
    "response_states",
    "replay_failures",
    "redaction_counts",
    "run_progress",
)

TYPES = {
    pa.string(): "VARCHAR",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.timestamp("us", tz="UTC"): "TIMESTAMP",
}


def macros() -> dict[str, str]:
    """Name → statement of every macro. Views use them."""
    return _statements(MACROS)


def views() -> dict[str, str]:
    """Name → statement of every view, in an order in which they can be created."""
    return _statements(VIEWS)


def _statements(names: Sequence[str]) -> dict[str, str]:
    folder = resources.files("logminer") / "sql"
    return {name: (folder / f"{name}.sql").read_text("utf-8") for name in names}


def create_table(table: Table) -> str:
    """Statements that make the table where it is not there, and say what each column holds."""
    return "; ".join([_made(table), *comments_on(table, "TABLE", table.name)])


def brought_up_to_date(table: Table) -> list[str]:
    """The same; one that an earlier version made gets the columns that it lacks, and null in them."""
    added = [
        f'ALTER TABLE {table.name} ADD COLUMN IF NOT EXISTS "{c.name}" {_type(c.type)}'
        for c in table.published
    ]
    return [_made(table), *added, *comments_on(table, "TABLE", table.name)]


def _made(table: Table) -> str:
    columns = ", ".join(
        f'"{c.name}" {_type(c.type)}{"" if _nullable(table, c) else " NOT NULL"}'
        for c in table.published
    )
    return f"CREATE TABLE IF NOT EXISTS {table.name} ({columns})"


def comments_on(table: Table, kind: str, name: str) -> list[str]:
    """Statements that say what `name`, a table or view with the table's columns, and each of its columns hold."""
    comments = [f"COMMENT ON {kind} {name} IS '{quoted(table.doc)}'"]
    comments += [
        f"""COMMENT ON COLUMN {name}."{c.name}" IS '{quoted(c.doc + (f"; null: {c.null}" if c.null else ""))}'"""
        for c in table.published
    ]
    return comments


def empty(table: Table) -> str:
    """A query that gives its columns, and no row."""
    columns = ", ".join(f'NULL::{_type(c.type)} AS "{c.name}"' for c in table.published)
    return f"SELECT {columns} WHERE false"


class Destination(NamedTuple):
    """A table that rows of a part go to: on which condition, and what is selected for its columns, in their order."""

    table: Table
    condition: str
    selected: str


def destinations(table: Table) -> list[Destination]:
    """Where the rows of a table's parts go; each row to one of them."""
    names = [f'"{c.name}"' for c in table.loaded]
    everything = Destination(table, "true", ", ".join(names))
    if table.aside is None:
        return [everything]
    column, suffix = f'"{table.aside.column}"', table.aside.suffix
    ends = f"ends_with({column}, '{quoted(suffix)}')"
    bare = [f"left({column}, -{len(suffix)})" if name == column else name for name in names]
    return [
        everything._replace(condition=f"NOT {ends}"),
        Destination(table.aside.table, ends, ", ".join(bare)),
    ]


def _nullable(table: Table, column: Column) -> bool:
    """Null in a rejected row only means never null in the database: rejected rows are not in it.

    What is derived comes after the row.
    """
    never = table is CONVERSATIONS and column.null == "rejected row"
    return column.derived or (bool(column.null) and not never)


def _type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"{_type(kind.value_type)}[]"
    if pa.types.is_map(kind):
        return f"MAP({_type(kind.key_type)}, {_type(kind.item_type)})"
    if pa.types.is_struct(kind):
        return "STRUCT(" + ", ".join(f'"{f.name}" {_type(f.type)}' for f in kind) + ")"
    return TYPES[kind]


def parquet_scan(files: Sequence[AnyPath], key: str | None = None) -> str:
    """What stands behind FROM to read these files as one table.

    Args:
        files: all encrypted, or none.
        key: how DuckDB calls the key; None: they are plain.
    """
    named = ", ".join(f"'{quoted(file)}'" for file in files)
    encryption = f", encryption_config = {{footer_key: '{quoted(key)}'}}" if key else ""
    return f"read_parquet([{named}]{encryption})"


def quoted(text: object) -> str:
    """Text as it may stand between single quotes."""
    return str(text).replace("'", "''")
