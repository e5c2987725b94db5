"""`logminer sql`: ask the study."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

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
    names = _told_apart(found.column_names)
    rows = list(zip(*(column.to_pylist() for column in found.columns), strict=True))
    if as_json:
        render.print_json([dict(zip(names, row, strict=True)) for row in rows])
    elif as_csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(names)
        writer.writerows(rows)
    else:
        render.result(render.console(), names, rows)
        click.echo(f"{len(rows):,} rows")


def _told_apart(names: Sequence[str]) -> list[str]:
    """The same; of equal ones the second is called `name_1`, and so on, so that no column is lost."""
    told: list[str] = []
    for name in names:
        again = itertools.chain([name], (f"{name}_{n}" for n in itertools.count(1)))
        told.append(next(one for one in again if one not in told))
    return told
