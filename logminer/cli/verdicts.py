"""What a person reads of the comparisons: the verdict, the numbers behind it, and below them what qualifies it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from logminer.cli.render import count, number, percent, table
from logminer.compare.flags import FLAGS
from logminer.study.backtest import Backtest, Prediction
from logminer.study.verdicts import ALPHA, ORDER

__all__ = ["digits", "show_backtest", "show_comparisons", "styled"]

Row = dict[str, Any]
Columns = list[tuple[str, Callable[[Row], object]]]

STYLES = {
    "worse": "bold red",
    "better": "bold green",
    "different": "bold yellow",
    "equivalent": "green",
}
PLAIN = ("difference", "low", "high")
NOISE = ("noise_difference", "noise_low", "noise_high")
CORRECTED = ("difference_corrected", "corrected_low", "corrected_high")
BACKTEST = (
    *("what", "scorer", ">before", ">predicted", ">observed"),
    *(">error", "direction", "inside", ">answers"),
)
TOP = 5  # findings of one sort that are spelt out below the table
WIDEST = 44  # characters of a name
WIDE = 1000  # wider than any table
UNSEEN = "this scorer may not see it"
FLAG_OF = {meaning: flag for flag, meaning in FLAGS.items()}


def show_comparisons(
    out: Console,
    rows: Sequence[Row],
    missing: Sequence[Row] = (),
    *,
    most: int | None = None,
    everything: bool = False,
) -> None:
    """One table for each pair, verdict first, and below it what qualifies the verdicts.

    Args:
        out: where to.
        rows: of `comparisons`, in the order in which they are shown.
        missing: of `missingness`.
        most: rows of a table.
        everything: also what was never seen and what secondary scorers say, else counted in one line each.
    """
    if not rows:
        out.print(
            "\nno comparison: it takes two checkpoints with answers to the same prompts that could be judged"
        )
    for base, candidate in dict.fromkeys((r["base"], r["candidate"]) for r in (*rows, *missing)):
        mine, states = (
            [row for row in given if (row["base"], row["candidate"]) == (base, candidate)]
            for given in (rows, missing)
        )
        primary = [row for row in mine if row["role"] == "primary"]
        _line(out, f"\n[bold]{escape(base)} → {escape(candidate)}[/]{_heading(primary)}")
        # Of a stratum that is shown and not tested, nothing is primary.
        whole = everything or not primary
        listed = mine if whole else [row for row in primary if not _folded(row)]
        if listed:
            _table(out, mine, listed[:most])
        if rest := Counter(_said(row) for row in listed[len(listed[:most]) :]):
            counts = ", ".join(f"{n} {verdict}" for verdict, n in rest.items())
            _line(out, f"[dim]… and {counts}: logminer compare[/]")
        for text in (
            *_never_seen(primary),
            *(() if whole else _secondary(mine)),
            *_only_in_candidate(primary),
            *_missing(states, bounded=bool(mine)),
        ):
            _line(out, text)
        for text in _notes(mine if whole else primary):
            _line(out, text)


def show_backtest(out: Console, found: Backtest, *, everything: bool = False) -> None:
    """For each pair how far the predictions were right, and each of them, the least accurate first.

    Args:
        out: where to.
        found: the predictions and what came.
        everything: also what was seen neither before nor after, else counted in one line.
    """
    if not found.rows:
        out.print(
            "\nnothing to test: no behaviour that one study predicted was judged in the other"
        )
    for pair in found.pairs():
        base, candidate, arm = map(escape, pair.rows[0][:3])
        error = pair.median_multiplicative_error
        factor = "unknown" if error is None else f"× {error:.2f}"
        beyond = _hits(pair.direction_right_beyond_chance, pair.n_beyond_chance)
        for line in (
            f"\n[bold]{base} → {candidate}[/]  {candidate} predicted, {arm} observed in the later study",
            f"median error      {factor}, of {pair.n_seen} behaviours seen ({pair.n} judged in both studies)",
            f"direction right   {_hits(pair.direction_right, pair.n_direction)};"
            f" where the observed change is beyond chance {beyond}",
            f"inside interval   {_hits(pair.within_interval, pair.n)}  [dim]95 %, of prediction and observation[/]",
        ):
            _line(out, line)
        listed = [row for row in pair.rows if everything or row.seen or row.base_rate]
        if listed:
            out.print()
            _print_table(out, table(None, BACKTEST, map(_prediction, listed)))
        if unseen := pair.n - len(listed):
            _line(out, f"never seen, before or after: {unseen} [dim]· --all lists them[/]")
    for warning in found.warnings:
        _line(out, f"[yellow]warning[/] {escape(warning)}")


def _hits(share: float | None, n: int) -> str:
    return (
        "none to judge by" if share is None else f"{round(share * n)} of {n} ({percent(share, 0)})"
    )


def _prediction(row: Prediction) -> list[object]:
    direction = {True: "right", False: "[bold red]wrong[/]", None: "–"}[row.direction_right]
    return [
        escape(_shortened(_behaviour(row.category_id, row.channel))),
        escape(row.scorer),
        percent(row.base_rate),
        percent(row.predicted),
        percent(row.observed),
        f"× {row.multiplicative_error:.2f}" if row.seen else "–",
        direction,
        "yes" if row.within_interval else "[bold red]no[/]",
        f"{count(row.predicted_n)} → {count(row.observed_n)}",
    ]


def _line(out: Console, text: str) -> None:
    out.print(text, soft_wrap=True)


def _heading(rows: Sequence[Row]) -> str:
    """How many of each verdict, and what the rows have in common."""
    if not rows:
        return ""
    verdicts = Counter(row["verdict"] for row in rows)
    counts = " · ".join(f"{verdicts[verdict]} {verdict}" for verdict in ORDER if verdicts[verdict])
    once = len({row["stratum"] for row in rows}) == 1  # else prompts are counted twice
    common = ["differences: candidate minus base, in points"]
    if len(scorers := _scorers(rows)) == 1:
        common.append(f"judged by {escape(scorers[0])}")
    if _scales(rows) == ["corrected"]:
        common.append("verdicts by the corrected ones")
    return f"{f'  {counts}' if once else ''}  [dim]{'; '.join(common)}[/]"


def _scales(rows: Sequence[Row]) -> list[str]:
    """What the verdicts of categories rest on; none of an earlier version."""
    return sorted({row["scale"] for row in rows if row["kind"] == "category" and row["scale"]})


def _scorers(rows: Sequence[Row]) -> list[str]:
    return sorted({row["scorer"] for row in rows if row["scorer"]})


def _table(out: Console, rows: Sequence[Row], shown: Sequence[Row]) -> None:
    """The table of `shown`, with the columns that say something of any of `rows`."""
    columns: Columns = [("verdict", _verdict), ("what", lambda row: escape(_what(row)))]
    if any(row["stratum"] != "all" for row in rows):
        columns.append(("stratum", lambda row: escape(row["stratum"])))
    if len(_scorers(rows)) > 1:
        columns.append(("scorer", lambda row: escape(row["scorer"] or "")))
    if len(_scales(rows)) > 1:
        columns.append(("scale", lambda row: row["scale"] if row["kind"] == "category" else ""))
    columns.append((">base → candidate", _rates))
    noise = any(row["noise_difference"] is not None for row in rows)
    columns.append((">B−A" if noise else ">difference", lambda row: _effect(row, PLAIN)))
    if noise:
        columns.append((">A′−A", lambda row: _effect(row, NOISE)))
    if any(row["difference_corrected"] is not None for row in rows):
        columns.append((">corrected", lambda row: _effect(row, CORRECTED)))
    columns += [
        (">prompts", lambda row: count(row["n_prompts"])),
        (">users", lambda row: count(row["n_users"])),
        (">q", lambda row: number(row["q"], 2)),
        (">detectable", _detectable),
    ]
    if any(row["flags"] for row in shown):
        columns.append(("flags", lambda row: f"[yellow]{' '.join(row['flags'] or ())}[/]"))
    cells = ([cell(row) for _, cell in columns] for row in shown)
    _print_table(out, table(None, [name for name, _ in columns], cells))


def _print_table(out: Console, made: Table) -> None:
    """In its own width: a narrow terminal breaks the lines, while squeezed columns would lose digits."""
    made.width = out.measure(made, options=out.options.update(width=WIDE)).maximum
    out.print(made, soft_wrap=True)


def styled(verdict: str) -> str:
    """A verdict in its colour."""
    style = STYLES.get(verdict)
    return f"[{style}]{verdict}[/]" if style else verdict


def _verdict(row: Row) -> str:
    return styled(_said(row))


def _said(row: Row) -> str:
    return str(row["verdict"] or "secondary")


def _what(row: Row) -> str:
    if row["kind"] == "cluster":
        called = (
            f"cluster {row['cluster_id']}"  # which is also the name of one that has no good one
        )
        name = f": {row['title']}" if row["title"] not in (None, "", called) else ""
        return _shortened(called + name)
    return _shortened(_behaviour(row["category_id"], row["channel"]))


def _behaviour(category: str, channel: str) -> str:
    return category if channel == "response" else f"{category} ({channel})"


def _shortened(name: str) -> str:
    return name if len(name) <= WIDEST else name[: WIDEST - 1] + "…"


def _rates(row: Row) -> str:
    places = digits(row["high"] - row["low"])
    base, candidate = 100 * row["base_rate"], 100 * row["candidate_rate"]
    return f"{base:.{places}f} → {candidate:.{places}f} %"


def _effect(row: Row, names: tuple[str, str, str]) -> str:
    if row[names[0]] is None:
        return "–"
    effect, low, high = (100 * row[name] for name in names)
    places = digits((high - low) / 100)
    return f"{effect:+.{places}f} ({low:+.{places}f} to {high:+.{places}f})"


def _detectable(row: Row) -> str:
    least = row["minimum_detectable"]
    if least is None:
        return "–"
    return f"{100 * least:.{digits(least)}f}"


def digits(width: float) -> int:
    """Decimals of a percentage that do justice to an interval (or difference) of this width, a share."""
    return 1 if width >= 0.01 else 2 if width >= 0.001 else 3


def _folded(row: Row) -> bool:
    return row["verdict"] == "undetermined" and not _seen(row)


def _seen(row: Row) -> bool:
    return bool(row["base_rate"] or row["candidate_rate"])


def _never_seen(rows: Sequence[Row]) -> Iterator[str]:
    never = [row for row in rows if not _seen(row)]
    if not never:
        return
    listed = " [dim]· logminer compare --all lists them[/]"
    bounds = sorted(row["base_at_most"] for row in never if row["base_at_most"] is not None)
    blind = len(never) - len(bounds)
    if bounds:
        ends, per = (bounds[0], bounds[-1]), "per 100,000"
        if ends[0] >= 0.01:
            reach, per = dict.fromkeys(f"{100 * bound:.1f}" for bound in ends), "%"
        else:
            reach = dict.fromkeys(_per_100k(bound) for bound in ends)
        yield (
            f"never seen in either arm: {len(bounds)} of {len(rows)} rows; each at most {' to '.join(reach)} {per}"
            f" (exact, 95 %){listed}"
        )
    if blind:
        yield (
            f"never flagged in either arm: {blind} of {len(rows)} rows, whose scorers may not see it: no judge card says"
            f" how much they find{listed}"
        )


def _secondary(rows: Sequence[Row]) -> Iterator[str]:
    beside = [row for row in rows if row["role"] == "secondary"]
    others = [row for row in beside if not row["stratum"].startswith("altered=")]
    if others:
        apart = sum("scorers_disagree" in (row["flags"] or ()) for row in others)
        yield (
            f"[dim]beside them: {len(others)} rows by secondary scorers, without a verdict; {apart} disagree with the"
            " primary one · logminer compare --all lists them[/]"
        )
    if checks := len(beside) - len(others):
        yield (
            f"[dim]beside them: {checks} rows on the prompts that anonymisation altered or left, without a verdict"
            " · logminer compare --all lists them[/]"
        )


def _base_at_most(row: Row) -> str:
    bound = row["base_at_most"]
    return "" if bound is None else f"; base at most {_per_100k(bound)} per 100,000"


def _only_in_candidate(rows: Sequence[Row]) -> Iterator[str]:
    """What the base never showed, the strongest evidence first, each once."""
    only = [row for row in rows if row["base_rate"] == 0 and row["candidate_rate"]]
    found: dict[tuple[object, ...], Row] = {}
    for row in sorted(only, key=lambda row: (_q(row), -row["candidate_rate"])):
        what = (row["category_id"], row["cluster_id"], row["scorer"], row["channel"])
        found.setdefault(what, row)
    clear = [row for row in found.values() if _q(row) < ALPHA][:TOP]
    for row in clear:
        several = row["candidate_only"] is None
        shown = percent(row["candidate_rate"]) if several else count(row["candidate_only"])
        stratum = "" if row["stratum"] == "all" else row["stratum"]
        of = ", ".join(part for part in (row["scorer"], stratum) if part)
        yield (
            f"[bold]only in candidate[/] {escape(_what(row))}{f' ({escape(of)})' if of else ''}: {shown}"
            f" of {count(row['n_prompts'])} prompts, q {number(row['q'], 2)}{_base_at_most(row)}"
        )
    if rest := len(found) - len(clear):
        yield f"[dim]only in candidate, weaker: {rest}; logminer sql STUDY 'from only_in_candidate'[/]"


def _q(row: Row) -> float:
    """What allows for everything that was looked at; 1 where there is no test."""
    return 1.0 if row["q"] is None else float(row["q"])


def _missing(states: Sequence[Row], *, bounded: bool) -> Iterator[str]:
    for row in states[:TOP]:
        judged = (
            f" {escape(row['category_id'])} ({escape(row['scorer'])}, {row['channel']})"
            if row["category_id"]
            else ""
        )
        what = f"{row['channel']} " if row["channel"] and not row["category_id"] else ""
        yield (
            f"[yellow]missing[/] {what}{row['state']}{judged} {_rates(row)}:"
            f" {_effect(row, PLAIN)} points, q {number(row['q'], 2)}"
        )
    if len(states) > TOP:
        yield f"[dim]… and {len(states) - TOP} more: logminer sql STUDY 'from missingness'[/]"
    if states and bounded:
        yield "[dim]how far what is missing could move a difference: bound_low and bound_high in comparisons[/]"


def _notes(rows: Sequence[Row]) -> Iterator[str]:
    """Each flag spelt out and each note, once, with what it is about unless that is all; flags first."""
    about: dict[str, list[Row]] = {}
    for row in rows:
        for note in (row["note"] or "").split(" · "):
            above = note.startswith("never seen") or (note == UNSEEN and not _seen(row))
            if note and not above:
                about.setdefault(note, []).append(row)
    for note, noted in sorted(about.items(), key=lambda item: item[0] not in FLAG_OF):
        flag = FLAG_OF.get(note)
        told = f"[yellow]{flag}[/][dim]" if flag else "[dim]note"
        told += f": {escape(note)}"
        names = list(dict.fromkeys(map(_what, noted)))
        if len(noted) == len(rows):
            yield f"{told}[/]"
        elif len(names) <= 3:
            yield f"{told} ({escape(', '.join(names))})[/]"
        else:
            yield f"{told} ({len(noted)} of {len(rows)} rows)[/]"


def _per_100k(share: float) -> str:
    per = 1e5 * share
    return f"{per:,.0f}" if per >= 100 else f"{per:.1f}" if per >= 1 else f"{per:.2g}"
