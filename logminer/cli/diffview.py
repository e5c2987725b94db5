"""Two studies side by side, as a person reads them: what is not the same, then verdicts, rates and clusters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape

from logminer.cli.fitting import print_fitted, say
from logminer.cli.render import count
from logminer.cli.rows import PLAIN, behaviour, digits, points
from logminer.cli.verdicts import styled
from logminer.study.diff import RateSeen, StudyDiff, VerdictSeen

__all__ = ["show_diff"]

MOST = 15  # rows of a table
WRAPPED = ("behaviour", "pair", "checkpoint", "name", "in A", "in B", "not the same")
SPARE = ("scorer", "not the same")  # leave a table that is too wide
PLURALS = {"checkpoint": "checkpoints", "category": "categories", "scorer": "scorers"}
CHANGED = {
    "checkpoint": "another model, or asked in another way, by the same name",
    "scorer": "another scorer by the same name",
    "rubric": "another rubric of the same category",
}


def show_diff(
    out: Console, found: StudyDiff, paths: tuple[str, str], *, everything: bool = False
) -> None:
    """Print it.

    Args:
        out: where to.
        found: what.
        paths: of A and of B.
        everything: also what no checkpoint shows, and all rows of a table.
    """
    for side, path in zip("AB", paths, strict=True):
        out.print(f"{side}  {path}", markup=False, soft_wrap=True)
    for text in _about(found):
        say(out, text)
    most = None if everything else MOST
    _verdicts(out, found, most)
    _rates(out, found, most)
    _clusters(out, found, most)


def _about(found: StudyDiff) -> Iterator[str]:
    """What is to be known before two numbers are set against each other."""
    in_a, in_b, both = found.n_prompts
    what = f"{count(both)} prompts are in both (of {count(in_a)} and {count(in_b)})"
    yield (
        what
        if both
        else f"{what}: other people asked, or another key or project names them (say the same `project:` in both pipelines)"
    )
    for kind, sides in found.only.items():
        for side, names in zip("AB", sides, strict=True):
            if names:
                yield f"only {side} has the {PLURALS[kind]} {escape(', '.join(names))}"
    for kind, names in found.changed.items():
        if names:
            yield f"[bold]not the same:[/] {escape(', '.join(names))} ({CHANGED[kind]})"


def _verdicts(out: Console, found: StudyDiff, most: int | None) -> None:
    rows = [
        (
            _arms(row.base, row.candidate),
            escape(behaviour(row._asdict())) + _stratum(row.stratum),
            *(side and _verdict(side) for side in (row.a, row.b)),
            _not_the_same(row.changed),
        )
        for row in found.verdicts
        if most is None or row.is_determined
    ]
    columns = ["pair", "behaviour", "in A", "in B", "not the same"]
    title = "Verdicts [dim]with the difference in points, candidate minus base[/]"
    _table(out, title, columns, rows, most)
    if most is not None and (n := sum(not row.is_determined for row in found.verdicts)):
        say(out, f"[dim]undetermined, as far as they were compared: {count(n)} more: --all[/]")


def _rates(out: Console, found: StudyDiff, most: int | None) -> None:
    rows = [
        (
            escape(row.checkpoint),
            escape(behaviour(row._asdict() | {"cluster_id": None})),
            escape(row.scorer),
            row.a and _share(row.a),
            row.b and _share(row.b),
            _not_the_same(row.changed),
        )
        for row in found.rates
        if most is None or any(side and side.rate for side in (row.a, row.b))
    ]
    title = "Rates [dim]in % of judgements, furthest apart first; nothing is tested[/]"
    columns = ["checkpoint", "behaviour", "scorer", ">A", ">B", "not the same"]
    differ = any(a != b or changed for *_, a, b, changed in rows)
    _table(out, title, columns, rows, most, differ=differ)


def _clusters(out: Console, found: StudyDiff, most: int | None) -> None:
    rows = [
        (
            escape(row.checkpoint),
            next(str(side.cluster_id) for side in (row.a, row.b) if side),
            escape(row.name or ""),
            row.a and f"{100 * row.a.share:.1f}",
            row.b and f"{100 * row.b.share:.1f}",
        )
        for row in found.clusters
    ]
    how = "by their number" if found.same_map else "by their names, as the maps are not the same"
    title = f"Clusters [dim]matched {how}; in % of responses, furthest apart first[/]"
    columns = ["checkpoint", ">cluster" if found.same_map else ">in A or B", "name", ">A", ">B"]
    _table(out, title, columns, rows, most, differ=any(a != b for *_, a, b in rows))


def _table(
    out: Console,
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    most: int | None,
    *,
    differ: bool = True,
) -> None:
    equal = bool(rows) and not differ and most is not None
    out.print(f"\n[bold]{title}[/]" + (": none differ" if equal else "" if rows else ": none"))
    if rows and not equal:
        shown = rows[:most]
        cells = [["–" if cell is None else cell for cell in row] for row in shown]
        print_fitted(out, columns, cells, wrapped=WRAPPED, spare=SPARE)
        if more := len(rows) - len(shown):
            out.print(f"[dim]… and {count(more)} more: --all[/]")


def _arms(base: str, candidate: str) -> str:
    return f"{escape(base)} → {escape(candidate)}"


def _stratum(stratum: str) -> str:
    return "" if stratum == "all" else f" [dim]{escape(stratum)}[/]"


def _verdict(side: VerdictSeen) -> str:
    return f"{styled(side.verdict or '–')} {points(side._asdict(), PLAIN)}"


def _share(side: RateSeen) -> str:
    """`4.0 (1.7 to 6.8)`, in %."""
    places = digits(side.high - side.low)
    rate, low, high = (f"{100 * share:.{places}f}" for share in (side.rate, side.low, side.high))
    return f"{rate} ({low} to {high})"


def _not_the_same(changed: Sequence[str]) -> str:
    return f"[bold]{', '.join(changed)}[/]" if changed else ""
