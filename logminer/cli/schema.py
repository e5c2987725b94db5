"""`logminer schema`: what the tables and columns mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from logminer.errors import did_you_mean

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["command", "explain"]

WIDEST_TYPE = 28  # characters


@click.command("schema")
@click.argument("table", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(table: str | None, as_json: bool) -> None:
    """Explain the tables, views and macros of study.duckdb, or one of them: every column, its unit, and what null means.

    TABLE may also be one of board.duckdb: board, headlines, suites, families, attribution or awareness.

    The same stands in the database, as comments on tables, views, columns and macros.

    \b
    Examples:
        logminer schema
        logminer schema comparisons
        logminer schema category_shifts --json
    """
    from logminer.cli import render

    if not as_json:
        explain(table)
        return
    told: dict[str, list[object]] = {"tables": [], "views": [], "macros": []}
    for one in _chosen(table):
        columns = [column._asdict() for column in one.columns]
        parts = "parameters" if one.kind == "macro" else "columns"
        told[f"{one.kind}s"].append({one.kind: one.name, "doc": one.doc, parts: columns})
    render.print_json(told)


def explain(table: str | None) -> None:
    """Print what one table, view or macro is, and what is in it; None: all of them.

    Raises:
        click.BadParameter: there is none of that name.
    """
    from logminer.cli import render

    out = render.console()
    for one in _chosen(table):
        _show(out, one)


def _chosen(table: str | None) -> list[_Relation]:
    found = _relations(table)
    names = [one.name for one in found]
    if table is not None and table not in names:
        hint = did_you_mean(table, names, f"there are: {', '.join(names)}")
        raise click.BadParameter(f"no table, view or macro '{table}'; {hint}")
    return [one for one in found if table in (None, one.name)]


class _Column(NamedTuple):
    name: str
    type: str
    doc: str
    null: str


class _Relation(NamedTuple):
    kind: str  # table, view or macro
    name: str
    doc: str
    columns: list[_Column]  # of a macro, its parameters
    title: str


def _relations(wanted: str | None) -> list[_Relation]:
    """Those of a study; of a board where one of its tables is wanted."""
    from logminer.schemas import PUBLISHED
    from logminer.schemas.board import BOARD_TABLES
    from logminer.store.describing import describe_macros, describe_views

    tables = [
        _Relation(
            "table",
            t.name,
            t.doc,
            [_Column(c.name, str(c.type), c.doc, c.null) for c in t.published],
            t.name,
        )
        for t in (*PUBLISHED, *(t for t in BOARD_TABLES if t.name == wanted))
    ]
    views = [
        _Relation("view", v.name, v.doc, [_Column(*column) for column in v.columns], v.name)
        for v in describe_views()
    ]
    macros = [
        _Relation(
            "macro",
            m.name,
            m.doc,
            [_Column(one.name, "number", one.doc, one.null) for one in m.parameters],
            m.call,
        )
        for m in describe_macros()
    ]
    return [*tables, *views, *macros]


def _show(out: Console, one: _Relation) -> None:
    import textwrap

    from rich.markup import escape

    from logminer.cli import render

    out.print(
        f"\n[bold]{one.title}[/]{'' if one.kind == 'table' else f' ({one.kind})'}  {escape(one.doc)}"
    )
    rows = [
        (
            c.name,
            escape("\n".join(textwrap.wrap(c.type, WIDEST_TYPE))),
            escape(c.doc) + (f"  [dim]null: {escape(c.null)}[/]" * bool(c.null)),
        )
        for c in one.columns
    ]
    out.print(
        render.table(
            None,
            ["parameter" if one.kind == "macro" else "column", "type", "meaning"],
            rows,
            wrapped=("type", "meaning"),
        )
    )
