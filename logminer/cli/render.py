"""Shared by the verbs: tables for people, JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

__all__ = [
    "as_json",
    "console",
    "count",
    "number",
    "percent",
    "print_json",
    "printable",
    "rate",
    "result",
    "seconds",
    "size",
    "table",
]

# Control characters of C0 and C1 but tab and line feed → the pictures of C0, else the replacement character.
CONTROLS = {
    code: chr(0x2400 + code) if code < 0x20 else "\N{REPLACEMENT CHARACTER}"
    for code in (*range(0x20), *range(0x7F, 0xA0))
    if chr(code) not in "\t\n"
}


def console() -> Console:
    """Where people read: standard output; when it is no terminal, wide enough that no table is squeezed."""
    plain = Console(highlight=False)
    return plain if plain.is_terminal else Console(highlight=False, width=220)


def table(
    title: str | None,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    wrapped: Sequence[str] = (),
) -> Table:
    """A light table; columns whose name starts with '>' are set right. Nothing is wrapped but the columns named."""
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
            column.lstrip(">"),
            justify="right" if right else "left",
            header_style="dim",
            no_wrap=column not in wrapped,
            overflow="fold" if column in wrapped else "ellipsis",
        )
    for row in rows:
        made.add_row(*("" if cell is None else str(cell) for cell in row))
    return made


def result(out: Console, names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """The result of a query: a table where it fits, else a record a row."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [
        max([len(name), *map(len, column)]) for name, *column in zip(names, *cells, strict=True)
    ]
    if sum(widths) + 2 * len(widths) <= out.width:
        numeric = [all(isinstance(row[i], int | float) for row in rows) for i in range(len(names))]
        titles = [">" * right + name for name, right in zip(names, numeric, strict=True)]
        out.print(table(None, titles, ([escape(cell) for cell in row] for row in cells)))
        return
    margin = max(map(len, names))
    for number_, row in enumerate(cells, 1):
        out.print(f"[dim]── {number_} ──[/]")
        for name, cell in zip(names, row, strict=True):
            out.print(f"[dim]{name:>{margin}}[/]  {escape(cell)}", soft_wrap=True)


def _cell(value: object, limit: int = 300) -> str:
    if value is None:
        return "–"
    text = f"{value:.4g}" if isinstance(value, float) else " ".join(str(value).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def as_json(data: Any) -> str:
    """One JSON document; times and paths as text."""
    return json.dumps(data, indent=2, default=str, ensure_ascii=False)


def print_json(data: Any) -> None:
    """Print one JSON document."""
    click.echo(as_json(data))


def printable(text: str) -> str:
    """`text` as a terminal may show it: what could move its cursor or recolour it is replaced by a visible sign."""
    return text.replace("\r\n", "\n").translate(CONTROLS)


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


def size(n: int) -> str:
    """Bytes as MB or GB (decimal)."""
    return f"{n / 1e9:.2f} GB" if n >= 1e9 else f"{n / 1e6:.0f} MB"
