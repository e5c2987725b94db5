"""Queries one after the other: asked for at a terminal, or read from a pipe."""

from __future__ import annotations

import contextlib
import functools
import importlib
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import click

from logminer.errors import LogminerError

if TYPE_CHECKING:
    from logminer.store.session import Session

__all__ = ["BEGINS", "answer_queries", "obey", "stoppable"]

BEGINS = (".", "\\")  # of a line that is no query

HELP = r"""a query ends with ; or an empty line
.tables        tables, views and macros, and what they are
.schema NAME   the columns of one of them
\q or ^D       the end"""
TABLES = """
SELECT CASE WHEN database_name IN ('study', 'temp') THEN '' ELSE database_name || '.' END || name AS name, comment
FROM (SELECT database_name, table_name AS name, comment, 1 AS place FROM duckdb_tables()
    UNION ALL SELECT database_name, view_name, comment, 2 FROM duckdb_views() WHERE NOT internal)
WHERE database_name NOT LIKE '% file'
ORDER BY database_name NOT IN ('study', 'temp'), database_name, place, name
"""


def answer_queries(session: Session, answer: Callable[[str], None]) -> bool:
    """Hand each query to `answer` until there is none left; whether all were answered.

    One that fails, or is stopped by ^C, ends nothing. What was asked is remembered for the keys ↑ and ↓, in memory alone.
    """
    interactive, failed = sys.stdin.isatty(), False
    if interactive:
        with contextlib.suppress(ImportError):
            importlib.import_module("readline")  # from now on `input` edits, and remembers
        click.echo(HELP)
    for one in _statements("> " if interactive and sys.stdout.isatty() else ""):
        try:
            if one in (r"\q", ".quit", ".exit"):
                break
            if one.startswith(BEGINS):
                obey(session, one)
            else:
                stoppable(session, functools.partial(answer, one))
        except LogminerError as error:
            failed = True
            _complain(str(error))
        except click.ClickException as error:
            failed = True
            _complain(error.message)
        except KeyboardInterrupt:
            if not interactive:
                raise
            _complain("stopped")
    return interactive or not failed


def stoppable(session: Session, act: Callable[[], None]) -> None:
    """Do what queries the study so that ^C ends it at once: DuckDB does not hear of it while it computes."""
    with ThreadPoolExecutor(1) as pool:
        doing = pool.submit(act)
        try:
            doing.result()
        except KeyboardInterrupt:
            session.stop()
            raise


def _statements(prompt: str) -> Iterator[str]:
    """Queries, without the semicolon, and lines that are commands of ours."""
    lines: list[str] = []
    while True:
        try:
            line = input("." * bool(prompt and lines) + prompt)
        except EOFError:
            if lines:
                yield "\n".join(lines)
            click.echo(nl=bool(prompt))
            return
        except KeyboardInterrupt:
            if not prompt:
                raise
            click.echo()
            lines = []
            continue
        if not lines and line.lstrip().startswith(BEGINS):
            yield line.strip()
            continue
        if line.strip():
            lines.append(line)
        query = "\n".join(lines).rstrip()
        # Between quotes, neither ends it.
        ended = query.endswith(";") and query.count("'") % 2 == 0
        if lines and (ended or not line.strip()):
            lines = []
            yield query.rstrip(";")


def obey(session: Session, line: str) -> None:
    """Do what a line that is no query asks for, or say which there are."""
    from rich.markup import escape

    from logminer.cli import render, schema
    from logminer.store.describing import describe_macros, describe_views

    verb, _, name = line.partition(" ")
    if verb == ".tables":
        known = {view.name: view.doc for view in describe_views()}  # of one just added, no comment
        rows = [(one, doc or known.get(one, "")) for one, doc in session.rows(TABLES)]
        rows += [(one.call, one.doc) for one in describe_macros()]
        cells = [(escape(one), escape(doc.partition(". ")[0])) for one, doc in rows]
        render.console().print(render.table(None, ["name", "what it is"], cells, ("what it is",)))
    elif verb == ".schema":
        schema.explain(name.strip() or None)
    else:
        click.echo(HELP)


def _complain(what: str) -> None:
    from logminer.cli.render import line

    click.echo(f"error: {line(what)}", err=True)
