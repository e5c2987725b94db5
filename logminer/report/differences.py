"""Differences of a pair as a picture and, below it, the same numbers as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from logminer.charts.forest import ForestRow, forest
from logminer.compare.flags import FLAGS
from logminer.report.figures import Figures
from logminer.report.people import People

__all__ = ["Differences", "differences"]

Row = dict[str, Any]
SCALES = {  # what a verdict rests on where it is not the scorer's word
    "corrected": ", corrected for its error",
    "people": ", people's labels",
    "environment": ", decided by the environment",
}
CORRECTED = ("difference_corrected", "corrected_low", "corrected_high")


class Differences(NamedTuple):
    """A picture with its table.

    Attributes:
        picture: SVG; None where no row may be shown.
        lines: of the table; `show` is whether enough people are behind a row.
        columns: which of the columns say something: corrected, margin, detectable.
        flags: those of the rows, with what they mean.
        left_out: rows of the table that it has no room for.
    """

    title: str
    picture: Markup | None
    lines: tuple[Row, ...]
    columns: frozenset[str]
    flags: tuple[tuple[str, str], ...]
    left_out: int = 0

    @property
    def width(self) -> int:
        """Columns of figures."""
        return 5 + len(self.columns)


def differences(
    rows: Sequence[Row],
    people: People,
    *,
    title: str,
    named: Callable[[Row], str],
    figures: Callable[[Row], Figures],
    grouped: Callable[[Row], str | None] = lambda row: None,
    most: int = 400,
) -> Differences:
    """Of rows of `comparisons` or of the board.

    Args:
        rows: in the order in which they are shown.
        people: who has to be behind a row.
        title: of the picture, which the table has too.
        named: what a row is about.
        figures: of a row.
        grouped: what it stands under.
        most: rows; the others are counted.
    """
    listed = list(rows[:most])
    shown = [row for row in listed if row["difference"] is not None and people.may(row)]
    drawn = [_drawn(row, named(row), grouped(row)) for row in shown]
    told = {name for name in ("margin",) if any(row[name] is not None for row in shown)}
    told |= {"corrected"} if any(row[CORRECTED[0]] is not None for row in shown) else set()
    told |= {"detectable"} if any(row["minimum_detectable"] is not None for row in shown) else set()
    flags = dict.fromkeys(flag for row in shown for flag in row["flags"] or ())
    return Differences(
        title,
        Markup(forest(drawn, title=f"How often a behaviour is shown: {title}", style=False))
        if drawn
        else None,
        tuple(_line(row, people, named(row), figures(row)) for row in listed),
        frozenset(told),
        tuple((flag, FLAGS.get(flag, "")) for flag in flags),
        len(rows) - len(listed),
    )


def _drawn(row: Row, name: str, group: str | None) -> ForestRow:
    corrected = tuple(row[column] for column in CORRECTED)
    return ForestRow(
        name,
        group,
        row["difference"],
        row["low"],
        row["high"],
        row["verdict"],
        margin=row["margin"],
        detectable=row["minimum_detectable"],
        corrected=corrected if None not in corrected else None,
        secondary=row["role"] == "secondary",
    )


def _line(row: Row, people: People, name: str, told: Figures) -> Row:
    """A row of the table."""
    return {
        "row": row,
        "name": name.removesuffix(f" · {row['scorer']}"),
        "show": people.may(row) and row["difference"] is not None,
        "verdict": row["verdict"],
        "by": f"{row['scorer']}{SCALES.get(row['scale'], '')}",
        "base": told.percent("base_rate"),
        "candidate": told.percent("candidate_rate"),
        "difference": told.interval("difference", "low", "high"),
        "corrected": told.interval(*CORRECTED),
        "margin": _margin(row, told),
        "detectable": told.points("minimum_detectable"),
        "q": told.chance("q"),
        "people": told.count("n_users" if people.known else "n_distinct_prompts"),
        "prompts": told.count("n_prompts"),
    }


def _margin(row: Row, told: Figures) -> Markup:
    """What was declared to be negligible: a difference, and a ratio of rates where both must hold."""
    if row["margin_ratio"] is None:
        return told.around("margin")
    return Markup("{}, × {}").format(told.around("margin"), told.number("margin_ratio", 3))
