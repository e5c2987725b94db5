"""The board as a person reads it: the headline, behaviour by behaviour, what is missing, families, stages, awareness."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from rich.console import Console
from rich.markup import escape

from logminer.board.building import Board
from logminer.board.headline import Headline, Objection
from logminer.cli.boardbeyond import show_beyond
from logminer.cli.fitting import print_fitted, say
from logminer.cli.qualifying import seen, undetermined
from logminer.cli.render import count, number
from logminer.cli.rows import CORRECTED, PLAIN, behaviour, difference, digits, margin, points, rates
from logminer.cli.verdicts import styled
from logminer.compare.flags import FLAGS

__all__ = ["show_board"]

Row = dict[str, Any]
Columns = list[tuple[str, Callable[[Row], object]]]

DEGREE = ("difference_degree", "degree_low", "degree_high")
MOST = 12  # objections of one sort that are spelt out
# What leaves a table that is too wide, the first to leave first.
SPARE = (
    *("card", "missing", "units", "prompts", "q board", "q", "code", "degree", "showable"),
    *("corrected", "scale", "judge", "margin", "flags", "stratum", "suite"),
)


def show_board(out: Console, board: Board, *, everything: bool = False) -> None:
    """Print a board.

    Args:
        out: where to.
        board: what is printed.
        everything: also what is undetermined, was never seen, and what secondary scorers say, else counted; and every column.
    """
    if board.title:
        say(out, f"\n[bold]{escape(board.title)}[/]")
    rows = board.rows
    titles = {(row["suite"], row["category_id"]): row["title"] for row in rows}
    for one in board.headlines:
        _headline(out, one, titles)
    if not board.headlines:
        say(out, "\nno pair of checkpoints was compared in any suite")
    for pair in dict.fromkeys((row["base"], row["candidate"]) for row in rows):
        mine = [row for row in rows if (row["base"], row["candidate"]) == pair]
        _pair(out, pair, mine, everything=everything)
    _suites(out, board.suites.to_pylist())
    show_beyond(out, board)
    path = escape(str(board.path))
    out.print(f"\n[dim]not released: logminer sql {path} 'from board'[/]", soft_wrap=True)


def _headline(
    out: Console, one: Headline, titles: Mapping[tuple[str, str | None], str | None]
) -> None:
    style = "bold green" if one.claimed else "bold red" if one.fail else "bold yellow"
    say(out, f"\n[{style}]{escape(one.sentence)}[/]")
    for what, found in (("differs by more", one.fail), ("cannot tell", one.cannot_tell)):
        for told in _objections(found, titles):
            say(out, f"  {what:<16} {told}", hang=19)


def _objections(
    found: Sequence[Objection], titles: Mapping[tuple[str, str | None], str | None]
) -> Iterator[str]:
    """Each reason once, with what it is said of."""
    by: dict[str, list[str]] = {}
    for one in found:
        title = titles.get((one.suite, one.category_id))
        by.setdefault(one.why, []).append(_objected(one._asdict() | {"title": title}))
    for why, names in by.items():
        more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
        yield f"{escape(', '.join(names[:MOST]))}{more}: [dim]{escape(why)}[/]"


def _objected(row: Row) -> str:
    """Suite and behaviour, and what tells it from others of the name."""
    if row["category_id"] is None:
        return str(row["suite"])
    name = f"{row['suite']}/{behaviour(row)}"
    return name if row["stratum"] in (None, "all") else f"{name} [{row['stratum']}]"


def _pair(out: Console, pair: tuple[str, str], rows: Sequence[Row], *, everything: bool) -> None:
    base, candidate = map(escape, pair)
    say(
        out,
        f"\n[bold]{base} → {candidate}[/]  [dim]rates in %, differences in points: {candidate} minus {base}[/]",
    )
    primary = [row for row in rows if row["role"] == "primary"]
    shown = rows if everything else [row for row in primary if row["verdict"] != "undetermined"]
    if shown:
        columns = _columns(shown, everything=everything)
        cells = ([cell(row) for _, cell in columns] for row in shown)
        names = [name for name, _ in columns]
        print_fitted(out, names, cells, wrapped=("verdict", "behaviour"), spare=SPARE)
    if everything:
        return
    for text in undetermined(primary):
        say(out, text)
    if n := sum(row["verdict"] == "undetermined" and not seen(row) for row in primary):
        say(out, f"[dim]never seen in either arm, and undetermined: {n}[/]")
    secondary = [row for row in rows if row["role"] == "secondary"]
    if secondary:
        told = {_place(row): row["verdict"] for row in primary}
        apart = sum(row["would_be"] not in (None, told.get(_place(row))) for row in secondary)
        say(
            out,
            f"[dim]beside them: {len(secondary)} rows by secondary scorers, of which {apart} would have another verdict[/]",
        )
    if len(shown) < len(rows):
        say(out, "[dim]every row and column: --all[/]")
    for flag in dict.fromkeys(flag for row in shown for flag in row["flags"] or ()):
        say(out, f"[yellow]{flag}[/][dim]: {escape(FLAGS.get(flag) or '')}[/]")


def _place(row: Row) -> tuple[object, ...]:
    return tuple(row[name] for name in ("suite", "category_id", "channel", "stratum"))


def _columns(shown: Sequence[Row], *, everything: bool) -> Columns:
    """Those that say something of what is shown."""

    def several(name: str) -> bool:
        return everything or len({row[name] for row in shown}) > 1

    columns: Columns = [
        ("verdict", _verdict),
        ("behaviour", lambda row: escape(behaviour(row))),
    ]
    if everything:
        columns.append(("code", lambda row: escape(row["category_id"])))
    for name, column in (
        ("suite", "suite"),
        ("stratum", "stratum"),
        ("scorer", "judge"),
        ("scale", "scale"),
    ):
        if several(name):
            columns.append((column, partial(_cell, name)))
    columns += [
        (">base → candidate", rates),
        (">difference", (lambda row: points(row, PLAIN)) if everything else difference),
        (">corrected", lambda row: points(row, CORRECTED) if everything else ""),
        (">degree", _degree),
        (">margin", lambda row: margin(row) or "none"),
        (">showable", lambda row: _points(row["smallest_margin"])),
        (">prompts", lambda row: count(row["n_prompts"])),
        (">units", lambda row: number(row["n_effective"], 3)),
        (">q", lambda row: number(row["q"], 2)),
        (">q board", lambda row: number(row["q_board"], 2)),
        (">missing", _missing),
        ("card", lambda row: escape(row["card"])),
        ("flags", lambda row: f"[yellow]{' '.join(row['flags'] or ())}[/]"),
    ]
    return columns


def _cell(name: str, row: Row) -> str:
    return escape(row[name] or "")


def _verdict(row: Row) -> str:
    if row["role"] == "secondary":
        return f"[dim]would be {row['would_be']}[/]" if row["would_be"] else "[dim]secondary[/]"
    return styled(row["verdict"])


def _degree(row: Row) -> str:
    if any(row[name] is None for name in DEGREE):
        return ""
    value, low, high = (row[name] for name in DEGREE)
    change = f"{value:+.2f} ({low:+.2f} to {high:+.2f})"
    return f"{row['base_degree']:.2f} → {row['candidate_degree']:.2f}: {change}"


def _points(share: float | None) -> str:
    return "–" if share is None else f"±{100 * share:.{digits(share)}f}"


def _missing(row: Row) -> str:
    missing = row["base_missing"], row["candidate_missing"]
    return " / ".join(map(count, missing)) if any(missing) else ""


def _suites(out: Console, rows: Sequence[Row]) -> None:
    out.print()
    columns = [
        "suite",
        "state",
        ">prompts",
        ">users",
        ">altered",
        ">rejected",
        "checkpoints",
        "last run",
    ]
    cells = [
        (
            escape(row["suite"]),
            _state(row),
            *(count(row[name]) for name in ("n_prompts", "n_users", "n_altered", "n_rejected")),
            escape(", ".join(row["checkpoints"] or ())),
            f"{row['last_run']:%Y-%m-%d %H:%M}" if row["last_run"] else "–",
        )
        for row in rows
    ]
    spare = ("rejected", "altered", "users", "checkpoints", "last run")
    print_fitted(out, columns, cells, spare=spare)
    for row in rows:
        if row["why"]:
            say(out, f"{_state(row)} {escape(row['suite'])}: {escape(row['why'])}")
        for gate in row["gates"] or ():
            say(out, f"[bold red]gate not met[/] {escape(row['suite'])}: {escape(gate)}")


def _state(row: Row) -> str:
    said = row["state"].replace("_", " ")
    return said if row["state"] == "there" else f"[yellow]{said}[/]"
