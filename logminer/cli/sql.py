"""`logminer sql`: ask the study."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

import click

__all__ = ["command"]

MOST_SHOWN = 400  # characters of a cell, of which a table shows fewer
MEMORY = re.compile(r"\d+(\.\d+)?\s*[KMGT](i?B)", re.IGNORECASE)


def _memory(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not MEMORY.fullmatch(value):
        raise click.BadParameter("give a number and a unit, as in 4GB or 500MiB")
    return value


@click.command("sql")
@click.argument("study", type=click.Path())
@click.argument("query")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
@click.option(
    "--raw",
    is_flag=True,
    help="With --csv: texts as they are, with control characters and formulas.",
)
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(0, min_open=True),
    default=300,
    show_default=True,
    help="Seconds that the query may take.",
)
@click.option(
    "--memory",
    callback=_memory,
    help="Memory that it may take, as in 4GB.  [default: half of the machine's]",
)
def command(
    study: str,
    query: str,
    as_json: bool,
    as_csv: bool,
    raw: bool,
    timeout_s: float,
    memory: str | None,
) -> None:
    """Run a read-only DuckDB QUERY on a published STUDY (a folder or its study.duckdb).

    \b
    Examples:
        logminer sql studies/quarterly "from category_shifts limit 10"
        logminer sql studies/quarterly "select * from replay_failures" --csv

    Tables and views: logminer schema. Files and network cannot be reached from the query. What a terminal would obey
    instead of showing it is replaced by a sign, and with --json escaped; a cell that a spreadsheet would take for a
    formula gets an apostrophe before it with --csv.
    """
    from pathlib import Path

    from logminer.cli import render
    from logminer.store.session import Limits, open_session

    if raw and not as_csv:
        raise click.UsageError("--raw goes with --csv")
    with open_session(Path(study), Limits(timeout_s, memory)) as session:
        found = session.stream(
            query, as_json=as_json, most=None if as_json or as_csv else MOST_SHOWN
        )
        names = _told_apart(found.names)
        if as_json:
            _print_json(names, found.batches)
        elif as_csv:
            render.print_csv(names, itertools.chain.from_iterable(found.batches), raw=raw)
        else:
            _print_table(names, found.batches)


def _print_json(names: Sequence[str], batches: Iterator[list[tuple[object, ...]]]) -> None:
    """One list of objects, written as its rows come."""
    from logminer.cli import render

    first, rows = True, itertools.chain.from_iterable(batches)
    for row in rows:
        told = render.as_json(dict(zip(names, row, strict=True))).replace("\n", "\n  ")
        click.echo(("[\n  " if first else ",\n  ") + told, nl=False)
        first = False
    click.echo("[]" if first else "\n]")


def _print_table(names: Sequence[str], batches: Iterator[list[tuple[object, ...]]]) -> None:
    """A table, or a record a row; of a large result one after the other."""
    from logminer.cli import render

    out, n = render.console(), 0
    for rows in batches:
        render.result(out, names, rows, n + 1)
        n += len(rows)
    if not n:
        render.result(out, names, [])
    click.echo(f"{n:,} rows")


def _told_apart(names: Sequence[str]) -> list[str]:
    """The same; of equal ones the second is called `name_1`, and so on, so that no column is lost."""
    told: list[str] = []
    for name in names:
        again = itertools.chain([name], (f"{name}_{n}" for n in itertools.count(1)))
        told.append(next(one for one in again if one not in told))
    return told
