"""What a person reads of the comparisons: the verdict, the numbers behind it, and below them what qualifies it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape

from logminer.cli.fitting import print_fitted, say
from logminer.cli.qualifying import (
    missing_lines,
    never_seen,
    notes,
    only_in_candidate,
    secondary,
    undetermined,
)
from logminer.cli.render import count, number
from logminer.cli.rows import (
    CORRECTED,
    NOISE,
    PLAIN,
    behaviour,
    difference,
    digits,
    margin,
    points,
    rates,
)
from logminer.study.verdicts import ORDER, PRIMARY

__all__ = ["show_comparisons", "styled"]

Row = dict[str, Any]
Columns = list[tuple[str, Callable[[Row], object]]]

STYLES = {
    "worse": "bold red",
    "better": "bold green",
    "different": "bold yellow",
    "equivalent": "green",
}
# What leaves a table that is too wide, the first to leave first.
SPARE = (
    *("users", "prompts", "detectable", "q", "units", "code", "margin"),
    *("A′−A", "corrected", "scale", "scorer", "flags", "stratum"),
)


def show_comparisons(
    out: Console,
    rows: Sequence[Row],
    missing: Sequence[Row] = (),
    *,
    most: int | None = None,
    everything: bool = False,
    brief: bool = False,
    study: str = "STUDY",
) -> None:
    """For each pair what was found, a row a behaviour, verdict first, and below it what qualifies the verdicts.

    Args:
        out: where to.
        rows: of `comparisons`, in the order in which they are shown.
        missing: of `missingness`.
        most: rows of a table.
        everything: also what is undetermined, was never seen, and what secondary scorers say, else counted in a line each;
            and every column.
        brief: neither denominators nor what qualifies the verdicts.
        study: as a shell takes it.
    """
    if not rows:
        say(
            out,
            "\nno comparison: it takes two checkpoints with answers to the same prompts that could be judged",
        )
    folded = 0
    for base, candidate in dict.fromkeys((r["base"], r["candidate"]) for r in (*rows, *missing)):
        mine, states = (
            [row for row in given if (row["base"], row["candidate"]) == (base, candidate)]
            for given in (rows, missing)
        )
        primary = [row for row in mine if row["role"] == "primary"]
        # Of a stratum that is shown and not tested, nothing is primary.
        whole = everything or not primary
        lead = _lead(primary)
        listed = mine if whole else _found(primary, lead)
        folded += len(mine) - len(listed[:most])
        _heading(out, base, candidate, primary, lead)
        if listed:
            _table(out, mine, listed[:most], everything=whole, brief=brief)
        if rest := Counter(_said(row) for row in listed[len(listed[:most]) :]):
            say(out, f"[dim]… and {', '.join(f'{n} {said}' for said, n in rest.items())}[/]")
        for text in (
            *(() if whole else undetermined(lead)),
            *never_seen(lead),
            *(() if whole else _over_all(primary, lead)),
            *(() if whole or brief else secondary(mine)),
            *(() if brief else only_in_candidate(primary)),
            *missing_lines(states, bounded=bool(mine)),
            *(() if brief else notes(mine if whole else [*lead, *_beside(listed, lead)], listed)),
        ):
            say(out, text)
    if folded and not brief:
        out.print(
            f"[dim]every row and column: logminer compare {escape(study)} --all[/]", soft_wrap=True
        )


def _lead(primary: Sequence[Row]) -> list[Row]:
    """Those of the primary stratum, where it is shown beside all prompts; else all of them."""
    if {row["stratum"] for row in primary} != {*PRIMARY}:
        return list(primary)
    return [row for row in primary if row["stratum"] == PRIMARY[0]]


def _found(primary: Sequence[Row], lead: Sequence[Row]) -> list[Row]:
    """What is determined, a row a behaviour: of all prompts only what the primary stratum does not say."""
    told = {_key(row): row["verdict"] for row in lead} if len(lead) < len(primary) else {}
    return [
        row
        for row in primary
        if row["verdict"] != "undetermined"
        and (row["stratum"] == PRIMARY[0] or told.get(_key(row)) != row["verdict"])
    ]


def _over_all(primary: Sequence[Row], lead: Sequence[Row]) -> Iterator[str]:
    """The same of all prompts, where they stand beside the primary stratum."""
    for text in undetermined(_beside(primary, lead)):
        yield f"over all turns: {text}"


def _beside(rows: Sequence[Row], lead: Sequence[Row]) -> list[Row]:
    known = {id(row) for row in lead}
    return [row for row in rows if id(row) not in known]


def _key(row: Row) -> tuple[object, ...]:
    return row["category_id"], row["cluster_id"], row["channel"]


def _heading(
    out: Console, base: str, candidate: str, primary: Sequence[Row], lead: Sequence[Row]
) -> None:
    """The pair, how many of each verdict, and what the rows have in common."""
    base, candidate = escape(base), escape(candidate)
    strata = list(dict.fromkeys(row["stratum"] for row in primary))
    counts = {
        stratum: Counter(row["verdict"] for row in primary if row["stratum"] == stratum)
        for stratum in strata
    }
    said = {
        stratum: " · ".join(f"{counts[stratum][v]} {v}" for v in ORDER if counts[stratum][v])
        for stratum in strata
    }
    once = f"  {said[strata[0]]}" if len(strata) == 1 else ""  # else prompts are counted twice
    say(out, f"\n[bold]{base} → {candidate}[/]{once}")
    if not primary:
        return
    for stratum in strata if len(strata) > 1 else ():
        say(out, f"  {escape(stratum)}: {said[stratum]}")
    common = [f"rates in %, differences in points: {candidate} minus {base}"]
    if len(scorers := _scorers(lead)) == 1:
        common.append(f"judged by {escape(scorers[0])}")
    if _scales(lead) == ["corrected"]:
        common.append("differences and verdicts corrected for the judge's errors")
    say(out, f"[dim]{'; '.join(common)}[/]")


def _scales(rows: Sequence[Row]) -> list[str]:
    """What the verdicts of categories rest on; none of an earlier version."""
    return sorted({row["scale"] for row in rows if row["kind"] == "category" and row["scale"]})


def _scorers(rows: Sequence[Row]) -> list[str]:
    return sorted({row["scorer"] for row in rows if row["scorer"]})


def _table(
    out: Console, rows: Sequence[Row], shown: Sequence[Row], *, everything: bool, brief: bool
) -> None:
    """The table of `shown`, with the columns that say something of any of `rows`."""
    noise = any(row["noise_difference"] is not None for row in rows)
    columns: Columns = [
        ("verdict", lambda row: styled(_said(row))),
        ("behaviour", lambda row: escape(behaviour(row))),
    ]
    if everything:
        columns.append(("code", lambda row: escape(row["category_id"] or "")))
    if everything or any(row["stratum"] != "all" for row in shown):
        columns.append(("stratum", lambda row: escape(row["stratum"])))
    if (len(_scorers(shown)) > 1 or everything) and not brief:
        columns.append(("scorer", lambda row: escape(row["scorer"] or "")))
    if len(_scales(shown)) > 1 or everything:
        columns.append(("scale", lambda row: row["scale"] if row["kind"] == "category" else ""))
    columns += [
        (">base → candidate", rates),
        (
            ">B−A" if noise else ">difference",
            (lambda row: points(row, PLAIN)) if everything else difference,
        ),
    ]
    if noise and not brief:
        columns.append((">A′−A", lambda row: points(row, NOISE)))
    if everything and any(row["difference_corrected"] is not None for row in rows):
        columns.append((">corrected", lambda row: points(row, CORRECTED)))
    if not brief:
        columns += [
            (">margin", margin),
            (">prompts", lambda row: count(row["n_prompts"])),
            (">users", lambda row: count(row["n_users"])),
            (">q", lambda row: number(row["q"], 2)),
            (">detectable", _detectable),
            ("flags", lambda row: f"[yellow]{' '.join(row['flags'] or ())}[/]"),
        ]
    if everything:
        columns.insert(-4, (">units", lambda row: number(row["n_effective"], 3)))
    cells = ([cell(row) for _, cell in columns] for row in shown)
    names = [name for name, _ in columns]
    print_fitted(out, names, cells, wrapped=("verdict", "behaviour"), spare=SPARE)


def styled(verdict: str) -> str:
    """A verdict in its colour."""
    style = STYLES.get(verdict)
    return f"[{style}]{verdict}[/]" if style else verdict


def _said(row: Row) -> str:
    return str(row["verdict"] or "secondary")


def _detectable(row: Row) -> str:
    least = row["minimum_detectable"]
    return "–" if least is None else f"{100 * least:.{digits(least)}f}"
