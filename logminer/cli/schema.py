"""`logminer schema`: what the tables and columns mean."""

from __future__ import annotations

import click

from logminer.errors import did_you_mean

__all__ = ["command"]


@click.command("schema")
@click.argument("table", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(table: str | None, as_json: bool) -> None:
    """Explain the tables and views of study.duckdb, or one TABLE: every column, its unit, and what null means."""
    from logminer.cli import render
    from logminer.schemas import PUBLISHED
    from logminer.store.ddl import views

    documented = {name: _comment(sql) for name, sql in views().items()}
    names = [t.name for t in PUBLISHED] + list(documented)
    if table is not None and table not in names:
        hint = did_you_mean(table, names, f"there are: {', '.join(names)}")
        raise click.BadParameter(f"no table or view '{table}'; {hint}")
    chosen = [t for t in PUBLISHED if table in (None, t.name)]
    if as_json:
        tables = [
            {
                "table": t.name,
                "doc": t.doc,
                "columns": [
                    {"name": c.name, "type": str(c.type), "doc": c.doc, "null": c.null}
                    for c in t.published
                ],
            }
            for t in chosen
        ]
        chosen_views = [{"view": n, "doc": d} for n, d in documented.items() if table in (None, n)]
        render.print_json({"tables": tables, "views": chosen_views})
        return
    out = render.console()
    for t in chosen:
        rows = [
            (c.name, c.type, c.doc + (f"  [dim]null: {c.null}[/]" if c.null else ""))
            for c in t.published
        ]
        out.print(f"\n[bold]{t.name}[/]  {t.doc}")
        out.print(render.table(None, ["column", "type", "meaning"], rows))
    for name, doc in documented.items():
        if table in (None, name):
            out.print(f"\n[bold]{name}[/] (view)  {doc}")


def _comment(sql: str) -> str:
    return " ".join(
        line.removeprefix("--").strip() for line in sql.splitlines() if line.startswith("--")
    )
