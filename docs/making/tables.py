"""docs/reference/schema.md: tables, views and macros of study.duckdb, and the tables of board.duckdb."""

from __future__ import annotations

from collections.abc import Iterable

from docs.making.markdown import in_words, table
from logminer.schemas import PUBLISHED
from logminer.schemas.board import BOARD_TABLES
from logminer.schemas.table import Table
from logminer.store.describing import describe_macros, describe_views

__all__ = ["schema_page"]

INTRODUCTION = """# Tables and views

What `logminer schema` says, and what stands in the database as comments. How to ask: [sql.md](../sql.md). Sign everywhere:
candidate minus base. Rates and differences are shares, from 0 to 1.
"""
HEAD = ("column", "type", "meaning", "null")


def schema_page() -> str:
    """The page, as Markdown."""
    views = [
        _section(f"{view.name} (view)", view.doc, ((c.name, c.type, c.doc, c.null) for c in view.columns))
        for view in describe_views()
    ]  # fmt: skip
    macros = [
        _section(one.call, one.doc, ((p.name, "", p.doc, p.null) for p in one.parameters))
        for one in describe_macros()
    ]
    return "\n".join(
        [
            INTRODUCTION,
            "## Tables of study.duckdb\n",
            *map(_of_table, PUBLISHED),
            "## Views\n",
            *views,
            "## Macros\n",
            *macros,
            "## Tables of board.duckdb\n",
            *map(_of_table, BOARD_TABLES),
        ]
    )


def _of_table(one: Table) -> str:
    columns = ((c.name, str(c.type), c.doc, c.null) for c in one.published)
    return _section(one.name, one.doc, columns)


def _section(name: str, doc: str, columns: Iterable[tuple[str, str, str, str]]) -> str:
    rows = [
        (f"`{column}`", kind and f"`{kind}`", in_words(meaning), in_words(null))
        for column, kind, meaning, null in columns
    ]
    return f"### {name}\n\n{in_words(doc)}\n\n{table(HEAD, rows)}"
