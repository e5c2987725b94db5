"""What stands below the verdicts of a pair: what could not be told, was never seen or is missing, flags and notes, a line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.markup import escape

from logminer.cli.render import count, number, percent
from logminer.cli.rows import PLAIN, behaviour, digits, points, rates
from logminer.compare.flags import FLAGS
from logminer.study.verdicts import ALPHA

__all__ = [
    "missing_lines",
    "never_seen",
    "notes",
    "only_in_candidate",
    "secondary",
    "seen",
    "undetermined",
]

Row = dict[str, Any]

TOP = 5  # findings of one sort that are spelt out
UNSEEN = "this scorer may not see it"
FLAG_OF = {meaning: flag for flag, meaning in FLAGS.items()}


def seen(row: Row) -> bool:
    """Whether either arm shows it at all."""
    return bool(row["base_rate"] or row["candidate_rate"])


def undetermined(rows: Sequence[Row]) -> Iterator[str]:
    """How many of what was seen cannot be told, and from what difference on they could have been."""
    open_ = [row for row in rows if row["verdict"] == "undetermined" and seen(row)]
    if not open_:
        return
    few = len(open_) <= TOP
    names = [*dict.fromkeys(behaviour(row) for row in open_ if few or row["margin"] is not None)]
    text = f"[bold]{len(open_)} undetermined[/]{_where(rows)}"
    text += f" ({escape(', '.join(names))})" * few + ', which is not "no difference"'
    if least := sorted(row["minimum_detectable"] for row in open_ if row["minimum_detectable"]):
        low, high = (f"{100 * one:.{digits(one)}f}" for one in (least[0], least[-1]))
        one = "it could not" if len(open_) == 1 else "none could"
        some = "" if low == high else f", some not below {high}"
        text += f": below {low} points {one} have been found reliably{some}"
    if names and not few:
        more = f" and {len(names) - TOP} more" if len(names) > TOP else ""
        text += f"; among them, with a margin declared: {escape(', '.join(names[:TOP]))}{more}"
    yield text


def never_seen(rows: Sequence[Row]) -> Iterator[str]:
    """How many neither arm ever showed, and how often they can happen at most."""
    never = [row for row in rows if not seen(row)]
    if not never:
        return
    bounds = sorted(row["base_at_most"] for row in never if row["base_at_most"] is not None)
    if bounds:
        reach = dict.fromkeys(
            percent(bound, 2).removesuffix(" %") for bound in (bounds[0], bounds[-1])
        )
        yield (
            f"{len(bounds)} of {_counted(rows)} never seen in either arm{_where(rows)}: each at most {' to '.join(reach)} %"
            " (exact, 95 %)"
        )
    if blind := len(never) - len(bounds):
        yield (
            f"{blind} of {_counted(rows)} never flagged in either arm{_where(rows)}, by scorers that may not see them: no judge"
            " card says how much they find"
        )


def _counted(rows: Sequence[Row]) -> str:
    """`4 behaviours`; rows where one of them may have several."""
    kinds, strata = ({row[name] for row in rows} for name in ("kind", "stratum"))
    noun = {"category": "behaviours", "cluster": "clusters"}[rows[0]["kind"]]
    return f"{len(rows)} {noun if len(kinds) == len(strata) == 1 else 'rows'}"


def _where(rows: Sequence[Row]) -> str:
    """Of a single stratum that is not all prompts, its name."""
    strata = {row["stratum"] for row in rows}
    return "" if len(strata) > 1 or strata == {"all"} else f" where {escape(strata.pop())}"


def secondary(rows: Sequence[Row]) -> Iterator[str]:
    """How much secondary scorers say, and of altered prompts."""
    beside = [row for row in rows if row["role"] == "secondary"]
    others = [row for row in beside if not row["stratum"].startswith("altered=")]
    if others:
        apart = sum("scorers_disagree" in (row["flags"] or ()) for row in others)
        yield (
            f"[dim]beside them: {len(others)} rows by secondary scorers, without a verdict; {apart} disagree with the"
            " primary one[/]"
        )
    if checks := len(beside) - len(others):
        yield (
            f"[dim]beside them: {checks} rows on the prompts that anonymisation altered or left, without a verdict[/]"
        )


def only_in_candidate(rows: Sequence[Row]) -> Iterator[str]:
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
        bound = row["base_at_most"]
        most = "" if bound is None else f"; base at most {percent(bound, 2)}"
        yield (
            f"[bold]only in candidate[/] {escape(behaviour(row))}{f' ({escape(of)})' if of else ''}: {shown}"
            f" of {count(row['n_prompts'])} prompts, q {number(row['q'], 2)}{most}"
        )
    if rest := len(found) - len(clear):
        yield f"[dim]only in candidate, weaker: {rest}; logminer sql STUDY 'from only_in_candidate'[/]"


def _q(row: Row) -> float:
    """What allows for everything that was looked at; 1 where there is no test."""
    return 1.0 if row["q"] is None else float(row["q"])


def missing_lines(states: Sequence[Row], *, bounded: bool) -> Iterator[str]:
    """What is missing in one arm more often than in the other."""
    for row in states[:TOP]:
        judged = (
            f" {escape(behaviour(row))} (by {escape(row['scorer'])})" if row["category_id"] else ""
        )
        what = f"{row['channel']} " if row["channel"] and not row["category_id"] else ""
        yield (
            f"[yellow]missing[/] {what}{row['state']}{judged} {rates(row)} %:"
            f" {points(row, PLAIN)} points, q {number(row['q'], 2)}"
        )
    if len(states) > TOP:
        yield f"[dim]… and {len(states) - TOP} more: logminer sql STUDY 'from missingness'[/]"
    if states and bounded:
        yield "[dim]how far what is missing could move a difference: bound_low and bound_high in comparisons[/]"


def notes(rows: Sequence[Row], listed: Sequence[Row]) -> Iterator[str]:
    """Each flag of what is listed, and each note of `rows`, once, with what it is about unless that is all; flags first."""
    shown = {id(row) for row in listed}
    about: dict[str, list[Row]] = {}
    for row in rows:
        for note in (row["note"] or "").split(" · "):
            above = note.startswith("never seen") or (note == UNSEEN and not seen(row))
            if note and not above and (note not in FLAG_OF or id(row) in shown):
                about.setdefault(note, []).append(row)
    for note, noted in sorted(about.items(), key=lambda item: item[0] not in FLAG_OF):
        flag = FLAG_OF.get(note)
        told = f"[yellow]{flag}[/][dim]" if flag else "[dim]note"
        told += f": {escape(note)}"
        names = list(dict.fromkeys(map(behaviour, noted)))
        among = len(listed) if flag else len(rows)
        if len(noted) == among:
            yield f"{told}[/]"
        elif len(names) <= 3:
            yield f"{told} ({escape(', '.join(names))})[/]"
        else:
            yield f"{told} ({len(noted)} of {among} rows)[/]"
