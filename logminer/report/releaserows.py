"""The tables of a release that have many rows: what is told of behaviours and of clusters, and where it is not told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from markupsafe import Markup

from logminer.charts.forest import ForestRow, forest
from logminer.report.figures import NONE, Figures
from logminer.report.page import Section
from logminer.report.room import Room
from logminer.report.summary import behaviour
from logminer.schemas import Table
from logminer.schemas.release import CLUSTER_SHARES, CLUSTER_SHIFTS, CLUSTERS, RATES, VERDICTS
from logminer.schemas.reserved import LOGGED
from logminer.store.session import Session
from logminer.study.verdicts import ORDER

__all__ = ["UNTOLD", "clusters", "rates", "rows_of", "said", "verdicts"]

Row = dict[str, Any]
ALL = "all"
UNTOLD = Markup('<span class="few">not told</span>')
ROW_BYTES, MARK_BYTES = 350, 600  # around the figures of a row, and around its words in a picture
DEEPEST = 2  # levels of clusters that are set in
HOW = {
    "paired": "",
    "margins": "the widest that is possible: how often one arm alone shows it is not told",
    "noisy": "it holds the noise",
}


def rows_of(session: Session, table: Table) -> list[Row]:
    """In the order in which the release has them."""
    return list(session.columns(f"FROM {table.name} ORDER BY rowid").to_pylist())


def said(figure: Markup) -> Markup:
    """A figure, or that it is not told."""
    return UNTOLD if figure == NONE else figure


def verdicts(session: Session, room: Room) -> Section:
    """Behaviour by behaviour: a picture and a table for each suite and pair, strata folded below."""
    pairs = []
    for (suite, base, candidate), rows in _grouped(
        rows_of(session, VERDICTS), "suite", "base", "candidate"
    ):
        named = f"{suite}: {base} → {candidate}"
        strata = [
            _compared(mine, f"{named}, {stratum}", stratum, room)
            for (stratum,), mine in _grouped(rows, "stratum")
        ]
        pairs.append({"named": named, "strata": strata})
    return Section("behaviours", "Behaviours", "releaseverdicts", {"pairs": pairs, "room": room})


def _compared(rows: Sequence[Row], title: str, stratum: str, room: Room) -> Row:
    lines: list[Row] = []
    marks: list[ForestRow] = []
    for row in sorted(rows, key=_importance):
        line = _verdict(row)
        mark = _mark(row) if stratum == ALL and row["difference"] is not None else None
        if room.take(_size(line) + (2 * len(mark.told()) + MARK_BYTES if mark else 0)):
            lines.append(line)
            marks += [mark] if mark else []
    drawn = forest(marks, title=f"How often a behaviour is shown: {title}", style=False)
    picture = Markup(drawn) if marks else None
    hows = {line["how"] for line in lines} - {""}
    return {
        "title": title,
        "stratum": stratum,
        "picture": picture,
        "lines": lines,
        "hows": sorted(hows),
    }


def _importance(row: Row) -> tuple[int, float]:
    """What is told first, by verdict; then the largest differences."""
    order = ORDER.index(row["verdict"]) if row["verdict"] in ORDER else len(ORDER)
    return order, -abs(row["difference"] or 0.0)


def _mark(row: Row) -> ForestRow:
    return ForestRow(
        behaviour(row),
        None,
        row["difference"],
        row["low"],
        row["high"],
        row["verdict"],
        margin=row["margin"],
    )


def _verdict(row: Row) -> Row:
    told = Figures(VERDICTS.name, row, VERDICTS.key)
    return {
        "name": behaviour(row),
        "scorer": row["scorer"],
        "told": row["n"] is not None,
        "verdict": row["verdict"],
        "how": HOW.get(row["interval"] or "", ""),
        "difference": said(told.interval("difference", "low", "high")),
        "margin": told.around("margin"),
        "q": row["q"] or UNTOLD,
        **{
            name: said(told.count(name))
            for name in ("n", "base_yes", "candidate_yes", "base_only", "candidate_only")
        },
    }


def rates(session: Session, room: Room) -> Section:
    """How often each arm shows each behaviour: what was realised stands first, and what replays say beside it."""
    suites = []
    for (suite,), rows in _grouped(rows_of(session, RATES), "suite"):
        arms = list(dict.fromkeys(row["checkpoint"] for row in rows))
        arms.sort(key=lambda arm: arm != LOGGED)
        strata = []
        for (stratum,), mine in _grouped(rows, "stratum"):
            lines = [
                _rated(same, arms) for _, same in _grouped(mine, "category_id", "channel", "scorer")
            ]
            strata.append(
                {"stratum": stratum, "lines": [one for one in lines if room.take(_size(one))]}
            )
        suites.append({"suite": suite, "arms": arms, "realised": LOGGED in arms, "strata": strata})
    return Section("rates", "Rates", "releaserates", {"suites": suites, "room": room})


def _rated(rows: Sequence[Row], arms: Sequence[str]) -> Row:
    """A behaviour in all arms."""
    of = {row["checkpoint"]: Figures(RATES.name, row, RATES.key) for row in rows}
    cells: list[tuple[Markup, Markup | str]] = []
    for arm in arms:
        told = of.get(arm)
        rate = said(told.numbers(*_per_100k("rate"))) if told else Markup(NONE)
        n = told.count("n") if told else NONE
        cells.append((rate, "" if n == NONE else n))
    return {"name": behaviour(rows[0]), "scorer": rows[0]["scorer"], "cells": cells}


def clusters(session: Session, room: Room) -> Section | None:
    """Groups below the groups that they lie in, with each arm's share, and which shares differ; None where there are none."""
    shares, shifts = rows_of(session, CLUSTER_SHARES), rows_of(session, CLUSTER_SHIFTS)
    suites = []
    for (suite,), rows in _grouped(rows_of(session, CLUSTERS), "suite"):
        names = {row["cluster_id"]: _called(row) for row in rows}
        mine = [row for row in shares if row["suite"] == suite]
        of = {(row["cluster_id"], row["checkpoint"]): row for row in mine}
        arms = list(dict.fromkeys(row["checkpoint"] for row in mine))
        lines = []
        for id_, depth, above in _tree(rows):
            cells = [_share(of[id_, arm]) if (id_, arm) in of else (NONE, "") for arm in arms]
            line = {"name": names[id_], "deep": min(depth, DEEPEST), "cells": cells}
            line["above"] = "" if above is None else names[above]
            if room.take(_size(line)):
                lines.append(line)
        moved = [
            {"named": f"{base} → {candidate}", "lines": list(_moved(pair, names, room))}
            for (base, candidate), pair in _grouped(
                [row for row in shifts if row["suite"] == suite], "base", "candidate"
            )
        ]
        suites.append({"suite": suite, "arms": arms, "lines": lines, "pairs": moved})
    if not suites:
        return None
    return Section("clusters", "Clusters", "releaseclusters", {"suites": suites, "room": room})


def _tree(rows: Sequence[Row]) -> Iterator[tuple[int, int, int | None]]:
    """Each group with its depth and the one above it, below that; what lies in none stands last."""
    below: dict[int | None, list[int]] = {}
    for row in sorted(rows, key=lambda row: (row["cluster_id"] >= 0, -row["cluster_id"])):
        below.setdefault(row["parent_id"], []).append(row["cluster_id"])
    waiting: list[tuple[int, int, int | None]] = [(id_, 0, None) for id_ in below.pop(None, ())]
    while waiting:
        id_, depth, above = waiting.pop()
        yield id_, depth, above
        waiting += [(one, depth + 1, id_) for one in below.pop(id_, ())]


def _called(row: Row) -> str:
    if row["cluster_id"] < 0:
        return "in no cluster"
    return f"{row['cluster_id']} · {row['name']}" if row["name"] else f"cluster {row['cluster_id']}"


def _share(row: Row) -> tuple[Markup, str]:
    told = Figures(CLUSTER_SHARES.name, row, CLUSTER_SHARES.key)
    people = f"{row['people']} people" if row["people"] else ""
    return said(told.numbers(*_per_100k("share"))), people


def _moved(rows: Sequence[Row], names: dict[int, str], room: Room) -> Iterator[Row]:
    """What differs first; what is not told is counted by the table above."""
    for row in sorted((r for r in rows if r["difference"] is not None), key=_importance):
        told = Figures(CLUSTER_SHIFTS.name, row, CLUSTER_SHIFTS.key)
        line = {
            "name": names[row["cluster_id"]],
            "verdict": row["verdict"],
            "base": told.count("base_inside"),
            "candidate": told.count("candidate_inside"),
            "n": told.count("n"),
            "difference": told.interval("difference", "low", "high"),
            "p": row["p"],
        }
        if room.take(_size(line)):
            yield line


def _per_100k(name: str) -> tuple[str, str, str]:
    return f"{name}_per_100k", f"{name}_low_per_100k", f"{name}_high_per_100k"


def _size(line: Row) -> int:
    """Bytes of a row on the page."""
    cells = [cell for cell in line.values() if isinstance(cell, str)]
    cells += [part for cell in line.get("cells", ()) for part in cell]
    return ROW_BYTES + sum(len(cell.encode()) for cell in cells)


def _grouped(rows: Sequence[Row], *names: str) -> Iterator[tuple[tuple[Any, ...], list[Row]]]:
    """Rows with equal values, in the order of the first ones."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in names), []).append(row)
    yield from found.items()
