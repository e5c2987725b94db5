"""Both answers to one prompt, for people: beside each other where there is room, else one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from logminer.cli.render import percent, printable

__all__ = ["show_pairs"]

Row = dict[str, Any]

WIDE = 110  # columns of a terminal from which on two texts are read beside each other
MARKS = "⟪⟫"  # around what is seen, as colours may be off
DIRECTIONS = {"gained": "[bold]gained[/]", "lost": "[bold]lost[/]", None: "[dim]as before[/]"}


def show_pairs(out: Console, rows: Sequence[Row]) -> None:
    """Rows of `study.changed.changed_pairs`: the prompt, both answers with what is seen in them marked, then the thoughts."""
    for row in rows:
        where = f"{escape(row['category_id'])} · {row['channel']} · {escape(row['scorer'])}"
        out.print(
            f"\n[bold]{escape(row['base'])} → {escape(row['candidate'])}[/]  {where}:"
            f" {DIRECTIONS[row['direction']]}  [dim]{row['prompt_id']}[/]",
            soft_wrap=True,
        )
        out.print(Text("prompt ", "dim").append(Text(printable(row["prompt"] or ""), "default")))
        thought = row["base_thoughts"] is not None or row["candidate_thoughts"] is not None
        arms = [_told(row, arm, thought) for arm in ("base", "candidate")]
        if out.is_terminal and out.width >= WIDE:
            beside = Table.grid(padding=(0, 2), expand=True)
            for _ in arms:
                beside.add_column(ratio=1, overflow="fold")
            for line in zip(*arms, strict=True):
                beside.add_row(*line)
            out.print(beside)
        else:
            for told in arms:
                out.print(*told, sep="\n")


def _told(row: Row, arm: str, thought: bool) -> list[Text]:
    """The arm and whether it shows it, what it said, and where one of them `thought` what it did."""
    share = row[f"{arm}_rate"]
    label = {0: "no", 1: "yes"}.get(share, f"yes in {percent(share, 0)} of its samples")
    told = [Text.assemble((row[arm], "bold"), f": {label}"), _marked(row, arm, "response")]
    return (
        [*told, Text.assemble(("thoughts ", "dim"), _marked(row, arm, "thoughts"))]
        if thought
        else told
    )


def _marked(row: Row, arm: str, channel: str) -> Text:
    text = row[f"{arm}_{channel}"]
    if text is None:
        return Text("– none –", "dim")
    made, at = Text(), 0
    for span in row[f"{arm}_evidence"]:
        if span["channel"] == channel:
            made.append(printable(text[at : span["start"]]))
            seen = printable(text[span["start"] : span["end"]])
            made.append(f"{MARKS[0]}{seen}{MARKS[1]}", "bold yellow")
            at = span["end"]
    return made.append(printable(text[at:]))
