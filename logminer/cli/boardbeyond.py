"""The end of a printed board: families, stages, and what checkpoints take for a test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape

from logminer.board.building import Board
from logminer.cli.render import count, table
from logminer.cli.rows import digits

__all__ = ["show_beyond"]

Row = dict[str, Any]
WIDE = 1000  # wider than any table
COLUMNS = ("suite", "checkpoint", "where", "of", ">rate", "against", ">other rate", ">gap", ">n")


def show_beyond(out: Console, board: Board) -> None:
    """Print what a board says beyond pairs, where it says something."""
    for title, said in (
        ("Families", board.families_said),
        ("Which stage brought it", board.attribution_said),
    ):
        if said:
            out.print(f"\n[bold]{title}[/]")
        for suite, text in said.items():
            out.print(f"{escape(suite)}: {escape(text)}", soft_wrap=True)
    _awareness(out, board.awareness.to_pylist())


def _awareness(out: Console, rows: Sequence[Row]) -> None:
    if not rows:
        return
    out.print(
        "\n[bold]Taken for a test[/]  [dim]awareness against real logs, and each behaviour given awareness against given"
        " none; of a pair candidate minus base, in points[/]",
        soft_wrap=True,
    )
    made = table(None, COLUMNS, map(_cells, rows))
    made.width = out.measure(made, options=out.options.update(width=WIDE)).maximum
    out.print(made, soft_wrap=True)


def _cells(row: Row) -> list[object]:
    pair = row["base"] is not None
    who = f"{row['base']} → {row['checkpoint']}" if pair else row["checkpoint"]
    n = count(row["n_responses"])
    if row["other_responses"] is not None:
        n += f" / {count(row['other_responses'])}"
    return [
        escape(row["suite"]),
        escape(who),
        row["channel"].replace("_", " "),
        escape(row["category_id"] or "awareness"),
        _interval(row, ("rate", "low", "high"), signed=pair),
        row["against"] or "–",
        _interval(row, ("other_rate", "other_low", "other_high"), signed=pair),
        _interval(row, ("gap", "gap_low", "gap_high"), signed=True),
        n,
    ]


def _interval(row: Row, names: tuple[str, str, str], *, signed: bool) -> str:
    if any(row[name] is None for name in names):
        return "–"
    value, low, high = (round(100 * row[name], 6) + 0.0 for name in names)  # no −0
    shape = f"{'+' if signed else ''}.{digits((high - low) / 100)}f"
    return f"{value:{shape}} ({low:{shape}} to {high:{shape}})"
