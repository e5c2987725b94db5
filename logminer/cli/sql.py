"""`logminer sql`: ask the study."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from logminer.store.session import Session

__all__ = ["command"]

MOST_SHOWN = 400  # characters of a cell, of which a table shows fewer
MOST_ROWS = 200  # on a terminal
MEMORY = re.compile(r"\d+(\.\d+)?\s*[KMGT](i?B)", re.IGNORECASE)


def _memory(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not MEMORY.fullmatch(value):
        raise click.BadParameter("give a number and a unit, as in 4GB or 500MiB")
    return value


def _others(
    ctx: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, Path]:
    pairs = [one.partition("=") for one in given]
    if not all(equals and path for _, equals, path in pairs):
        raise click.BadParameter("give a name and a study, as in other=studies/b")
    if len({name.casefold() for name, _, _ in pairs}) < len(pairs):
        raise click.BadParameter("give each study a name of its own")
    return {name: Path(path) for name, _, path in pairs}


@click.command("sql")
@click.argument("study", type=click.Path())
@click.argument("query", required=False)
@click.option(
    "--attach",
    "others",
    multiple=True,
    metavar="NAME=STUDY",
    callback=_others,
    help="Another study to read beside it: its tables are NAME.responses and so on. May be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
@click.option(
    "--raw",
    is_flag=True,
    help="With --csv: texts as they are, with control characters and formulas.",
)
@click.option(
    "--parquet",
    type=click.Path(path_type=Path),
    help="Write a new Parquet file instead, which only you can read.",
)
@click.option(
    "--limit",
    type=click.IntRange(0),
    help=f"Rows at most.  [default: {MOST_ROWS} on a terminal, else all]",
)
@click.option("--all", "everything", is_flag=True, help="All rows, on a terminal too.")
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
    query: str | None,
    others: dict[str, Path],
    as_json: bool,
    as_csv: bool,
    raw: bool,
    parquet: Path | None,
    limit: int | None,
    everything: bool,
    timeout_s: float,
    memory: str | None,
) -> None:
    """Run a read-only DuckDB QUERY on a published STUDY (a folder or its study.duckdb); without one, ask for queries.

    \b
    Examples:
        logminer sql studies/quarterly
        logminer sql studies/quarterly .tables
        logminer sql studies/quarterly "from category_shifts limit 10"
        logminer sql studies/quarterly "select * from replay_failures" --csv
        logminer sql studies/b "from a.category_rates" --attach a=studies/a

    Tables and views: logminer schema. Files and network cannot be reached from the query. What a terminal would obey
    instead of showing it is replaced by a sign, and with --json escaped; a cell that a spreadsheet would take for a
    formula gets an apostrophe before it with --csv.
    """
    from logminer.cli import render
    from logminer.cli.prompting import BEGINS, answer_queries, obey, stoppable
    from logminer.store.session import Limits, open_session
    from logminer.study.saving import save_parquet

    if raw and not as_csv:
        raise click.UsageError("--raw goes with --csv")
    if as_json + as_csv + (parquet is not None) > 1:
        raise click.UsageError("--json, --csv and --parquet exclude each other")
    if everything and limit is not None:
        raise click.UsageError("--all and --limit exclude each other")
    asks = query is not None and not query.lstrip().startswith(BEGINS)
    if not asks and (as_json or as_csv or parquet):
        raise click.UsageError("--json, --csv and --parquet go with a QUERY")

    def answer(session: Session, query: str) -> None:
        if parquet is not None:
            n = save_parquet(session, query, parquet, limit)
            click.echo(f"{n:,} rows in {render.line(str(parquet))}, which only you can read")
        elif as_json or as_csv:
            found = session.stream(query, as_json=as_json, limit=limit)
            names = _told_apart(found.names)
            if as_json:
                _print_json(names, found.batches)
            else:
                render.print_csv(names, itertools.chain.from_iterable(found.batches), raw=raw)
        else:
            _show(session, query, limit, everything)

    with open_session(Path(study), Limits(timeout_s, memory), others) as session:
        if query is not None and asks:
            stoppable(session, lambda: answer(session, query))
        elif query is not None:
            obey(session, query.strip())
        elif not answer_queries(session, lambda one: answer(session, one)):
            click.get_current_context().exit(1)


def _show(session: Session, query: str, limit: int | None, everything: bool) -> None:
    """A table, or a record a row; of a large result one after the other. On a terminal the first rows alone."""
    from logminer.cli import render

    out, n = render.console(), 0
    most = MOST_ROWS if limit is None and out.is_terminal and not everything else limit
    # One more tells whether there is more.
    found = session.stream(query, most=MOST_SHOWN, limit=None if most is None else most + 1)
    names = _told_apart(found.names)
    more = False
    for batch in found.batches:
        rows = batch if most is None else batch[: most - n]
        more = more or len(rows) < len(batch)
        if rows:
            render.result(out, names, rows, n + 1)
        n += len(rows)
    if not n:
        render.result(out, names, [])
    of = f" of {session.count(query):,}; --all shows them, --limit N so many" if more else ""
    click.echo(f"{n:,} rows{of}")


def _print_json(names: Sequence[str], batches: Iterator[list[tuple[object, ...]]]) -> None:
    """One list of objects, written as its rows come."""
    from logminer.cli import render

    first, rows = True, itertools.chain.from_iterable(batches)
    for row in rows:
        told = render.as_json(dict(zip(names, row, strict=True))).replace("\n", "\n  ")
        click.echo(("[\n  " if first else ",\n  ") + told, nl=False)
        first = False
    click.echo("[]" if first else "\n]")


def _told_apart(names: Sequence[str]) -> list[str]:
    """The same; of equal ones the second is called `name_1`, and so on, so that no column is lost."""
    told: list[str] = []
    for name in names:
        again = itertools.chain([name], (f"{name}_{n}" for n in itertools.count(1)))
        told.append(next(one for one in again if one not in told))
    return told
