"""Shared by the verbs: tables for people, JSON for machines."""

from __future__ import annotations

import contextlib
import csv
import json
import math
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import click
from rich.console import Console, ConsoleOptions, RenderableType
from rich.errors import MarkupError
from rich.markup import escape
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from logminer.files.formulas import guarded
from logminer.messages.printable import OBEYED, line, printable

__all__ = [
    "as_json",
    "console",
    "count",
    "handed_out",
    "line",
    "mapping",
    "number",
    "percent",
    "print_csv",
    "print_json",
    "printable",
    "rate",
    "result",
    "seconds",
    "size",
    "table",
]


class _Console(Console):
    """Prints nothing that a terminal obeys but its own styles, wherever a text comes from, and no link.

    Where nobody reads any longer (`… | head`) it falls silent, and what is being done goes on: rich ends the process.
    """

    def on_broken_pipe(self) -> None:
        self.quiet = True
        _silence(self.file)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Any:
        for text, style, control in super().render(renderable, options):
            plain = style.update_link(None) if style and style.link else style
            yield Segment(text if control else printable(text), plain, control)

    def render_str(self, text: str, **how: Any) -> Text:
        try:
            return super().render_str(text, **how)
        except MarkupError:  # a name that looks like the end of a style
            return Text(text)


def console(*, stderr: bool = False) -> Console:
    """Where people read: standard output; when it is no terminal, wide enough that no table is squeezed."""
    plain = _Console(highlight=False, emoji=False, stderr=stderr)
    if plain.is_terminal or stderr:
        return plain
    return _Console(highlight=False, emoji=False, width=220)


def table(
    title: str | None,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    wrapped: Sequence[str] = (),
) -> Table:
    """A light table; columns whose name starts with '>' are set right ('<' says left). Nothing is wrapped but the columns named."""
    made = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
    )
    for column in columns:
        right = column.startswith(">")
        made.add_column(
            column[column.startswith((">", "<")) :],
            justify="right" if right else "left",
            header_style="dim",
            no_wrap=column not in wrapped,
            overflow="fold" if column in wrapped else "ellipsis",
        )
    for row in rows:
        made.add_row(
            *("" if cell is None else cell if isinstance(cell, Text) else str(cell) for cell in row)
        )
    return made


def result(
    out: Console, names: Sequence[str], rows: Sequence[Sequence[object]], first: int = 1
) -> None:
    """The result of a query: a table where it fits, else a record a row, numbered from `first`."""
    names = [_cell(name) for name in names]
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [
        max([len(name), *map(len, column)]) for name, *column in zip(names, *cells, strict=True)
    ]
    if sum(widths) + 2 * len(widths) <= out.width:
        numeric = [all(isinstance(row[i], int | float) for row in rows) for i in range(len(names))]
        titles = ["<>"[right] + escape(name) for name, right in zip(names, numeric, strict=True)]
        out.print(table(None, titles, ([Text(cell) for cell in row] for row in cells)))
        return
    margin = max(map(len, names))
    for number_, row in enumerate(cells, first):
        out.print(f"[dim]── {number_} ──[/]")
        for name, cell in zip(names, row, strict=True):
            out.print(Text.assemble((name.rjust(margin), "dim"), "  ", cell), soft_wrap=True)


def _cell(value: object, limit: int = 300) -> str:
    if value is None:
        return "–"
    if isinstance(value, Decimal):
        value = f"{value:f}"
    text = f"{value:.4g}" if isinstance(value, float) else line(str(value))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def as_json(data: Any) -> str:
    """One JSON document; times and paths as text, numbers that JSON has not (NaN, infinity) as null.

    What a terminal obeys is escaped, which changes no value.
    """
    try:
        text = json.dumps(data, indent=2, default=str, ensure_ascii=False, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(data), indent=2, default=str, ensure_ascii=False)
    return OBEYED.sub(lambda found: json.dumps(found[0])[1:-1], text)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    return [_finite(one) for one in value] if isinstance(value, list | tuple) else value


def print_json(data: Any) -> None:
    """Print one JSON document."""
    text = as_json(data)
    with _while_read():
        click.echo(text)


def print_csv(names: Sequence[str], rows: Iterable[Sequence[object]], *, raw: bool = False) -> None:
    """Print comma-separated values: texts as they can be shown, none that a spreadsheet takes for a formula; or as they are."""

    def cell(value: object) -> object:
        if isinstance(value, Decimal):
            return f"{value:f}"
        return printable(guarded(value)) if isinstance(value, str) and not raw else value

    # A lone \r wants quotes.
    writer = csv.writer(sys.stdout, lineterminator="\r\n" if raw else "\n")
    with _while_read():
        writer.writerow([cell(name) for name in names])
        for row in rows:
            writer.writerow([cell(value) for value in row])


@contextlib.contextmanager
def _while_read() -> Iterator[None]:
    """Ends what is printed to standard output where nobody reads it any longer; the verb goes on."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        _silence(sys.stdout)


def _silence(stream: IO[str]) -> None:
    """What is still written goes nowhere, also what Python writes as it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def mapping(columns: Mapping[str, str]) -> str:
    """Ours ← theirs; the name alone where both are one."""
    pairs = columns.items()
    return ", ".join(ours if ours == theirs else f"{ours} ← {theirs}" for ours, theirs in pairs)


def count(n: int | None) -> str:
    """12,345; a dash where unknown."""
    return "–" if n is None else f"{n:,}"


def percent(share: float | None, digits: int = 1) -> str:
    """12.3 %; small shares keep two significant digits."""
    if share is None:
        return "–"
    value = 100 * share
    if value and abs(value) < 10**-digits:
        return f"{value:.2g} %"
    return f"{value:.{digits}f} %"


def number(value: float | None, digits: int = 3) -> str:
    """A short number; a dash where unknown."""
    return "–" if value is None else f"{value:.{digits}g}"


def rate(value: float | None) -> str:
    """Rows per second; a dash where nothing was computed."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def seconds(value: float) -> str:
    """4.2 s, 3 min 20 s, 1 h 12 min."""
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return (
        f"{minutes} min {rest:02d} s"
        if minutes < 60
        else f"{minutes // 60} h {minutes % 60:02d} min"
    )


def handed_out(study: Path) -> str:
    """What is to be known of what was written out of a study, for people."""
    from logminer.files.sealing import mark_above
    from logminer.store.layout import StudyFolder

    plain = mark_above(StudyFolder(study).encryption) is not None
    return "[bold yellow]not released[/]" + ", [bold yellow]not encrypted[/]" * plain


def size(n: int) -> str:
    """Bytes as kB, MB or GB (decimal)."""
    if n < 1e6:
        return f"{n / 1e3:.0f} kB" if n >= 1e3 else f"{n} bytes"
    return f"{n / 1e9:.2f} GB" if n >= 1e9 else f"{n / 1e6:.0f} MB"
