"""`logminer sql`: ask the study."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("sql")
@click.argument("study", type=click.Path())
@click.argument("query")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
def command(study: str, query: str, as_json: bool, as_csv: bool) -> None:
    """Run a read-only DuckDB QUERY on a published STUDY (a folder or its study.duckdb).

    \b
    Examples:
        logminer sql studies/quarterly "from category_shifts limit 10"
        logminer sql studies/quarterly "select * from replay_failures" --csv

    Tables and views: logminer schema. Files and network cannot be reached from the query.
    """
    import csv
    import sys
    from pathlib import Path

    from logminer.cli import render
    from logminer.store.session import open_session

    with open_session(Path(study)) as session:
        found = session.columns(query)
    rows = found.to_pylist()
    if as_json:
        render.print_json(rows)
    elif as_csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(found.column_names)
        writer.writerows(row.values() for row in rows)
    else:
        render.result(render.console(), found.column_names, [list(row.values()) for row in rows])
        click.echo(f"{len(rows):,} rows")
