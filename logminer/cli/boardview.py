"""The board as a person reads it: the headline, behaviour by behaviour, what is missing, families, stages, awareness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape

from logminer.board.building import Board
from logminer.board.headline import Headline, Objection
from logminer.cli.boardbeyond import show_beyond
from logminer.cli.render import count, number, table
from logminer.cli.verdicts import digits, styled
from logminer.compare.flags import FLAGS

__all__ = ["show_board"]

Row = dict[str, Any]
Columns = list[tuple[str, Callable[[Row], object]]]

PLAIN = ("difference", "low", "high")
CORRECTED = ("difference_corrected", "corrected_low", "corrected_high")
DEGREE = ("difference_degree", "degree_low", "degree_high")
MOST = 12  # objections of one sort that are spelt out
WIDE = 1000  # wider than any table


def show_board(out: Console, board: Board, *, everything: bool = False) -> None:
    """Print a board.

    Args:
        out: where to.
        board: what is printed.
        everything: also what was never seen, and all rows of secondary scorers, else counted.
    """
    if board.title:
        _line(out, f"\n[bold]{escape(board.title)}[/]")
    for one in board.headlines:
        _headline(out, one)
    if not board.headlines:
        _line(out, "\nno pair of checkpoints was compared in any suite")
    rows = board.rows
    for pair in dict.fromkeys((row["base"], row["candidate"]) for row in rows):
        mine = [row for row in rows if (row["base"], row["candidate"]) == pair]
        _pair(out, pair, mine, everything=everything)
    _suites(out, board.suites.to_pylist())
    show_beyond(out, board)
    _line(out, f"\n[dim]not released: logminer sql {escape(str(board.path))} 'from board'[/]")


def _headline(out: Console, one: Headline) -> None:
    style = "bold green" if one.claimed else "bold red" if one.fail else "bold yellow"
    _line(out, f"\n[{style}]{escape(one.sentence)}[/]")
    for what, found in (("differs by more", one.fail), ("cannot tell", one.cannot_tell)):
        for told in _objections(found):
            _line(out, f"  {what:<16} {told}")


def _objections(found: Sequence[Objection]) -> Iterator[str]:
    """Each reason once, with what it is said of."""
    by: dict[str, list[str]] = {}
    for one in found:
        by.setdefault(one.why, []).append(_behaviour(one._asdict()))
    for why, names in by.items():
        more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
        yield f"{escape(', '.join(names[:MOST]))}{more}: [dim]{escape(why)}[/]"


def _behaviour(row: Row) -> str:
    """Suite and category, and what tells it from others of the name."""
    name = row["suite"]
    if row["category_id"] is not None:
        name += f"/{row['category_id']}"
    if row["channel"] not in (None, "response"):
        name += f" ({row['channel']})"
    return name if row["stratum"] in (None, "all") else f"{name} [{row['stratum']}]"


def _pair(out: Console, pair: tuple[str, str], rows: Sequence[Row], *, everything: bool) -> None:
    base, candidate = map(escape, pair)
    _line(
        out,
        f"\n[bold]{base} → {candidate}[/]  [dim]differences: candidate minus base, in points[/]",
    )
    shown = [row for row in rows if everything or _is_shown(row, rows)]
    columns: Columns = [
        ("suite", lambda row: escape(row["suite"])),
        ("behaviour", _what),
        ("verdict", _verdict),
        ("judge", lambda row: escape(row["scorer"])),
        (">base → candidate", _rates),
        (">difference", _difference),
        (">margin", _margin),
        (">showable", lambda row: _points(row["smallest_margin"])),
        (">prompts", lambda row: count(row["n_prompts"])),
        (">units", lambda row: number(row["n_effective"], 3)),
        (">q", lambda row: number(row["q"], 2)),
        (">q board", lambda row: number(row["q_board"], 2)),
        (">missing", _missing),
        ("card", lambda row: escape(row["card"])),
        ("flags", lambda row: f"[yellow]{' '.join(row['flags'] or ())}[/]"),
    ]
    if any(row["difference_degree"] is not None for row in shown):
        columns.insert(6, (">degree", _degree))
    cells = ([cell(row) for _, cell in columns] for row in shown)
    made = table(None, [name for name, _ in columns], cells)
    made.width = out.measure(made, options=out.options.update(width=WIDE)).maximum
    out.print(made, soft_wrap=True)
    left = [row for row in rows if row not in shown]
    counted = Counter("secondary" if row["role"] == "secondary" else "never" for row in left)
    if n := counted["never"]:
        _line(out, f"[dim]never seen in either arm: {n} rows · --all lists them[/]")
    if n := counted["secondary"]:
        _line(out, f"[dim]beside them: {n} rows by secondary scorers · --all lists them[/]")
    for flag in dict.fromkeys(flag for row in shown for flag in row["flags"] or ()):
        meaning = FLAGS.get(flag)
        _line(out, f"[yellow]{flag}[/][dim]: {escape(meaning or '')}[/]")


def _is_shown(row: Row, rows: Sequence[Row]) -> bool:
    """What says something: a secondary scorer does beside a behaviour that was seen, where its verdict would be another."""
    if row["role"] == "primary":
        return bool(row["verdict"] != "undetermined" or row["base_rate"] or row["candidate_rate"])
    names = ("suite", "category_id", "channel", "stratum")
    first = next(
        (
            one
            for one in rows
            if one["role"] == "primary" and all(one[name] == row[name] for name in names)
        ),
        None,
    )
    if first is None or row["would_be"] is None:
        return False
    return first["margin"] is not None or row["would_be"] != first["verdict"]


def _what(row: Row) -> str:
    name = str(row["category_id"])
    if row["channel"] != "response":
        name += f" ({row['channel']})"
    if row["stratum"] != "all":
        name += f" [{row['stratum']}]"
    return escape(f"  {name}" if row["role"] == "secondary" else name)


def _verdict(row: Row) -> str:
    if row["role"] == "secondary":
        return f"[dim]would be {row['would_be']}[/]" if row["would_be"] else "[dim]secondary[/]"
    return styled(row["verdict"])


def _rates(row: Row) -> str:
    places = digits(row["high"] - row["low"])
    base, candidate = 100 * row["base_rate"], 100 * row["candidate_rate"]
    return f"{base:.{places}f} → {candidate:.{places}f} %"


def _difference(row: Row) -> str:
    corrected = row["scale"] == "corrected"
    found = _interval(row, CORRECTED if corrected else PLAIN, 100)
    return f"{found} corrected" if corrected else found


def _degree(row: Row) -> str:
    if row["difference_degree"] is None:
        return "–"
    return f"{row['base_degree']:.2f} → {row['candidate_degree']:.2f}: {_interval(row, DEGREE, 1)}"


def _interval(row: Row, names: tuple[str, str, str], scale: float) -> str:
    if any(row[name] is None for name in names):
        return "–"
    value, low, high = (scale * row[name] for name in names)
    places = digits((high - low) / 100) if scale == 100 else 2
    return f"{value:+.{places}f} ({low:+.{places}f} to {high:+.{places}f})"


def _margin(row: Row) -> str:
    if row["margin"] is None:
        return "none"
    ratio = "" if row["margin_ratio"] is None else f", × {row['margin_ratio']:g}"
    return f"±{100 * row['margin']:g}{ratio}"


def _points(share: float | None) -> str:
    return "–" if share is None else f"±{100 * share:.{digits(share)}f}"


def _missing(row: Row) -> str:
    missing = row["base_missing"], row["candidate_missing"]
    return " / ".join(map(count, missing)) if any(missing) else ""


def _suites(out: Console, rows: Sequence[Row]) -> None:
    out.print()
    columns = [
        "suite",
        "",
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
    made = table(None, columns, cells)
    made.width = out.measure(made, options=out.options.update(width=WIDE)).maximum
    out.print(made, soft_wrap=True)
    for row in rows:
        if row["why"]:
            _line(out, f"{_state(row)} {escape(row['suite'])}: {escape(row['why'])}")
        for gate in row["gates"] or ():
            _line(out, f"[bold red]gate not met[/] {escape(row['suite'])}: {escape(gate)}")


def _state(row: Row) -> str:
    said = row["state"].replace("_", " ")
    return said if row["state"] == "there" else f"[yellow]{said}[/]"


def _line(out: Console, text: str) -> None:
    out.print(text, soft_wrap=True)
