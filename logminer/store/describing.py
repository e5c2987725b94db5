"""What the views and macros of a study mean: said once, at the top of each one's `.sql`.

    -- What the view shows, in a sentence or two.
    --
    -- checkpoint, response: as in responses
    -- n_users: known users behind them; null: users unknown
    --   (a line that is set in goes on with the one before)
    -- others: as in comparisons

`as in TABLE` takes over what `schemas` says of that table's column of the same name; `others` are the columns that are
not named. Of a macro its parameters stand in the place of columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import duckdb

from logminer.schemas import PUBLISHED, Table
from logminer.store.ddl import create_table, macros, quoted, views

__all__ = [
    "DescribedMacro",
    "DescribedView",
    "MacroParameter",
    "ViewColumn",
    "comments",
    "describe_macros",
    "describe_view",
    "describe_views",
]

OTHERS = "others"
NULL = "; null: "
AS_IN = re.compile(r"as in (\w+)")
COLUMNS = (
    "SELECT c.table_name, c.column_name, c.data_type FROM duckdb_columns() AS c"
    " JOIN duckdb_views() AS v ON (v.database_name, v.view_name) = (c.database_name, c.table_name)"
    " WHERE NOT v.internal AND NOT v.temporary ORDER BY c.table_name, c.column_index"
)


class ViewColumn(NamedTuple):
    """One column: `doc` gives meaning, unit and range ('' = nobody says); `null` says what null means ('' = never null)."""

    name: str
    type: str  # as DuckDB has it
    doc: str
    null: str


class DescribedView(NamedTuple):
    """A view with what its file says of it."""

    name: str
    doc: str
    columns: tuple[ViewColumn, ...]


class MacroParameter(NamedTuple):
    """What a macro is given, a number."""

    name: str
    doc: str
    null: str


class DescribedMacro(NamedTuple):
    """A function that a study's database has, with what its file says of it."""

    name: str
    doc: str
    parameters: tuple[MacroParameter, ...]

    @property
    def call(self) -> str:
        """As in wilson(k, n)."""
        return f"{self.name}({', '.join(parameter.name for parameter in self.parameters)})"


def describe_views(connection: duckdb.DuckDBPyConnection | None = None) -> list[DescribedView]:
    """Every view and column of a database; by default of one that this version would make."""
    if connection is None:
        with duckdb.connect(":memory:") as made:
            for statement in [*map(create_table, PUBLISHED), *(macros() | views()).values()]:
                made.execute(statement)
            return describe_views(made)
    there: dict[str, list[tuple[str, str]]] = {}
    for view, column, kind in connection.execute(COLUMNS).fetchall():
        there.setdefault(view, []).append((column, kind))
    return [describe_view(name, sql, there[name]) for name, sql in views().items() if name in there]


def describe_macros() -> list[DescribedMacro]:
    """Every macro."""
    found = []
    for name, sql in macros().items():
        doc, _, said = _comment(sql).partition("\n\n")
        parameters = [
            MacroParameter(parameter, *_resolved(parameter, meaning))
            for parameter, meaning in _meanings(said).items()
        ]
        found.append(DescribedMacro(name, " ".join(doc.split()), tuple(parameters)))
    return found


def comments(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """The statements that say it all in a database that has views and macros."""
    for macro in describe_macros():  # what is said of a parameter has no place of its own
        said = [f"{one.name}: {_said(one)}" for one in macro.parameters]
        yield f"COMMENT ON MACRO {macro.name} IS '{quoted('. '.join([macro.doc.rstrip('.'), *said]))}'"
    for view in describe_views(connection):
        yield f"COMMENT ON VIEW {view.name} IS '{quoted(view.doc)}'"
        for column in view.columns:
            yield f"""COMMENT ON COLUMN {view.name}."{column.name}" IS '{quoted(_said(column))}'"""


def _said(one: ViewColumn | MacroParameter) -> str:
    return one.doc + (NULL + one.null if one.null else "")


def describe_view(name: str, sql: str, columns: Iterable[tuple[str, str]]) -> DescribedView:
    """What `sql` says of a view and of its columns, which are given with their types."""
    doc, _, said = _comment(sql).partition("\n\n")
    meanings = _meanings(said)
    found = []
    for column, kind in columns:
        meaning = meanings.get(column, meanings.get(OTHERS, ""))
        found.append(ViewColumn(column, kind, *_resolved(column, meaning)))
    return DescribedView(name, " ".join(doc.split()), tuple(found))


def _comment(sql: str) -> str:
    """The lines above the statement, without their dashes."""
    lines = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").removeprefix(" "))
    return "\n".join(lines)


def _meanings(said: str) -> Mapping[str, str]:
    meanings: dict[str, str] = {}
    for line in re.sub(r"\n\s+", " ", said).splitlines():
        names, _, meaning = line.partition(": ")
        meanings |= dict.fromkeys((name.strip() for name in names.split(",")), meaning.strip())
    return meanings


def _resolved(column: str, meaning: str) -> tuple[str, str]:
    """(doc, what null means)."""
    if found := AS_IN.fullmatch(meaning):
        for table in PUBLISHED:
            if table.name == found[1]:
                return _of_table(table, column)
        return "", ""
    doc, _, null = meaning.partition(NULL)
    return doc, null


def _of_table(table: Table, column: str) -> tuple[str, str]:
    return next(((c.doc, c.null) for c in table.columns if c.name == column), ("", ""))
