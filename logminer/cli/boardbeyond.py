"""The end of a printed board: families, stages, and what checkpoints take for a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape

from logminer.board.building import Board
from logminer.cli.fitting import print_fitted, say
from logminer.cli.render import count
from logminer.cli.rows import digits

__all__ = ["show_beyond"]

Row = dict[str, Any]
COLUMNS = ("suite", "checkpoint", "where", "of", ">rate", "against", ">other rate", ">gap", ">n")
SPARE = ("n", "against", "where", "other rate", "suite")


def show_beyond(out: Console, board: Board) -> None:
    """Print what a board says beyond pairs, where it says something."""
    for title, said in (
        ("Families", board.families_said),
        ("Which stage brought it", board.attribution_said),
    ):
        if said:
            out.print(f"\n[bold]{title}[/]")
        for suite, text in said.items():
            say(out, f"{escape(suite)}: {escape(text)}")
    titles = {row["category_id"]: row["title"] or row["category_id"] for row in board.rows}
    _awareness(out, board.awareness.to_pylist(), titles)


def _awareness(out: Console, rows: Sequence[Row], titles: Mapping[str, str]) -> None:
    if not rows:
        return
    say(
        out,
        "\n[bold]Taken for a test[/]  [dim]awareness against real logs, and each behaviour given awareness against given"
        " none; of a pair candidate minus base, in points[/]",
    )
    cells = (_cells(row, titles) for row in rows)
    print_fitted(out, COLUMNS, cells, wrapped=("checkpoint", "of"), spare=SPARE)


def _cells(row: Row, titles: Mapping[str, str]) -> list[object]:
    pair = row["base"] is not None
    who = f"{row['base']} → {row['checkpoint']}" if pair else row["checkpoint"]
    n = count(row["n_responses"])
    if row["other_responses"] is not None:
        n += f" / {count(row['other_responses'])}"
    return [
        escape(row["suite"]),
        escape(who),
        row["channel"].replace("_", " "),
        escape(titles.get(row["category_id"], row["category_id"] or "awareness")),
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
