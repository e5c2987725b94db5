"""Differences of a pair as a picture and, below it, the same numbers as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from logminer.charts.forest import ForestRow, forest
from logminer.compare.flags import FLAGS
from logminer.report.figures import NONE, Figures
from logminer.report.people import People
from logminer.report.room import Room
from logminer.study.pictures import forest_row

__all__ = ["Differences", "differences", "on_its_scale"]

Row = dict[str, Any]
SCALES = {  # what a verdict rests on where it is not the scorer's word
    "corrected": ", corrected for its error",
    "people": ", people's labels",
    "environment": ", decided by the environment",
}
# What not every table needs, by what it tells of: columns, but for the second of two q.
COLUMNS = {
    "margin": "margin",
    "detectable": "minimum_detectable",
    "degree": "difference_degree",
    "q_board": "q_board",
}
# Bytes around figures and words: of a table with its picture, of a row, of a row in the picture.
FRAME, IN_TABLE, IN_PICTURE = 5000, 350, 600
MISSING = ("base_missing", "candidate_missing")
CORRECTED = ("difference_corrected", "corrected_low", "corrected_high")


class Differences(NamedTuple):
    """A picture with its table.

    Attributes:
        picture: SVG; None where no row may be shown, or a table is enough.
        lines: of the table; `show` is whether enough people are behind a row.
        columns: those of `COLUMNS` that say something.
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
        return 5 + len(self.columns - {"q_board"})


def differences(
    rows: Sequence[Row],
    people: People,
    *,
    title: str,
    named: Callable[[Row], str],
    figures: Callable[[Row], Figures],
    room: Room,
    pictured: bool = True,
) -> Differences:
    """Of rows of `comparisons` or of the board.

    Args:
        rows: in the order in which they are shown.
        people: who has to be behind a row.
        title: of the picture, which the table has too.
        named: what a row is about.
        figures: of a row.
        room: of the page; rows that find none are counted.
        pictured: else a table alone.
    """
    lines: list[Row] = []
    drawn: list[ForestRow] = []
    for row in rows:
        line = _line(row, people, named(row), figures(row))
        mark = forest_row(row, named(row)) if pictured and line["show"] else None
        if room.take(_size(line, mark) + (0 if lines else FRAME)):
            lines.append(line)
            drawn += [mark] if mark else []
    shown = [line["row"] for line in lines if line["show"]]
    told = {name for name, of in COLUMNS.items() if any(row.get(of) is not None for row in shown)}
    told |= {"missing"} if any(row[name] for row in shown for name in MISSING) else set()
    flags = dict.fromkeys(flag for row in shown for flag in row["flags"] or ())
    return Differences(
        title,
        Markup(forest(drawn, title=f"How often a behaviour is shown: {title}", style=False))
        if drawn
        else None,
        tuple(lines),
        frozenset(told),
        tuple((flag, FLAGS.get(flag, "")) for flag in flags),
        len(rows) - len(lines),
    )


def _size(line: Row, mark: ForestRow | None) -> int:
    """Bytes of a row on the page."""
    cells = sum(len(cell.encode()) for cell in line.values() if isinstance(cell, str))
    told = 2 * len(Markup.escape(mark.told()).encode()) + IN_PICTURE if mark else 0
    return IN_TABLE + cells + told


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
        "difference": on_its_scale(row, told),
        "margin": _margin(row, told),
        "detectable": told.points("minimum_detectable"),
        "degree": _degree(told) if row["difference_degree"] is not None else NONE,
        "missing": Markup("{} / {}").format(*map(told.count, MISSING)),
        "q": told.chance("q"),
        "q_board": told.chance("q_board") if "q_board" in row else NONE,
        "people": told.count("n_users" if people.known else "n_distinct_prompts"),
        "prompts": told.count("n_prompts"),
        "units": told.number("n_effective", 3),
    }


def on_its_scale(row: Row, told: Figures) -> Markup:
    """The difference on which the verdict rests, and below it the same on the other scale, where there is one."""
    judged, corrected = told.interval("difference", "low", "high"), told.interval(*CORRECTED)
    if row[CORRECTED[0]] is None:
        return judged
    if row["scale"] == "corrected":
        return Markup("{}<small>as judged {}</small>").format(corrected, judged)
    return Markup("{}<small>corrected {}</small>").format(judged, corrected)


def _degree(told: Figures) -> Markup:
    """Mean degrees of the arms, and how far they differ."""
    ends = map(told.plainly, ("difference_degree", "degree_low", "degree_high"))
    change = Markup("{} ({} to {})").format(*ends)
    arms = (told.number(name, 3) for name in ("base_degree", "candidate_degree"))
    return Markup("{} → {}<small>{}</small>").format(*arms, change)


def _margin(row: Row, told: Figures) -> Markup:
    """What was declared to be negligible: a difference, and a ratio of rates where both must hold."""
    if row["margin_ratio"] is None:
        return told.around("margin")
    return Markup("{}, × {}").format(told.around("margin"), told.number("margin_ratio", 3))
