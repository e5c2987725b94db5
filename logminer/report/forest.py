"""Behaviour by behaviour: how often each arm shows it, with what is uncertain about it."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from logminer.report.differences import Differences, differences
from logminer.report.material import Material, figures
from logminer.report.page import Section
from logminer.report.rates import rates_alone
from logminer.report.room import Room
from logminer.report.summary import FIRST, behaviour, has_later
from logminer.study.verdicts import ORDER

__all__ = ["forest_section", "seen"]

Row = dict[str, Any]
ALL = "all"
SCORED = ("base", "candidate", "category_id", "channel", "scorer")
PICTURED = 6  # strata of a pair; of the others the numbers are told alone


def forest_section(material: Material, room: Room) -> Section:
    """Of a study, in a room that pairs share."""
    parts = zip(room.parts(len(material.pairs)), material.pairs, strict=True)
    pairs = [_pair(material, pair, part) for part, pair in parts]
    content: Row = {"pairs": pairs, "alone": rates_alone(material, room)}
    content |= {"few": material.people.few, "word": material.people.word}
    content |= {"unnamed": len(material.unnamed)}
    return Section("behaviours", "Behaviours", "forest", content)


def seen(row: Row) -> bool:
    """Whether there is something to draw: a verdict, or an arm that shows it."""
    return row["verdict"] not in (None, "undetermined") or bool(
        row["base_rate"] or row["candidate_rate"]
    )


def _pair(material: Material, pair: tuple[str, str], room: Room) -> Row:
    rows = _beside_each_other(material.of(pair, "category"))
    whole = [row for row in rows if row["stratum"] == ALL]
    primary = [row for row in whole if row["role"] == "primary"]
    others = [row for row in whole if row["role"] == "secondary" and seen(row)]
    whole_names = {ALL} if has_later(material, pair) else {ALL, FIRST}
    named = f"{pair[0]} → {pair[1]}"
    told = _drawn(material, [row for row in primary if seen(row)], named, room)
    secondary = f"{named}, by secondary scorers"
    beside = _drawn(material, others, secondary, room, by_scorer=True) if others else None
    parts = [row for row in rows if row["stratum"] not in whole_names]
    strata, few, more = _strata(material, parts, room)
    return {
        "base": pair[0],
        "candidate": pair[1],
        "primary": told,
        "unseen": [behaviour(row) for row in primary if material.people.may(row) and not seen(row)],
        "secondary": beside,
        "strata": strata,
        "few_strata": few,
        "more_strata": more,
    }


def _drawn(
    material: Material,
    rows: list[Row],
    title: str,
    room: Room,
    *,
    by_scorer: bool = False,
    pictured: bool = True,
) -> Differences:
    def named(row: Row) -> str:
        return f"{behaviour(row)} · {row['scorer']}" if by_scorer else behaviour(row)

    return differences(
        rows,
        material.people,
        title=title,
        named=named,
        figures=figures,
        room=room,
        pictured=pictured,
    )


def _strata(material: Material, rows: list[Row], room: Room) -> tuple[list[Row], int, int]:
    """Stratum by stratum what its primary scorers saw; strata that too few people are in to be named; those without room."""
    primary = {
        tuple(row[name] for name in SCORED) for row in material.rows if row["role"] == "primary"
    }
    mine = sorted(
        (row for row in rows if tuple(row[name] for name in SCORED) in primary),
        key=lambda row: (row["stratum"] != FIRST, row["stratum"]),
    )
    told: list[Row] = []
    few = more = 0
    for stratum, found in groupby(mine, key=lambda row: row["stratum"]):
        together = list(found)
        if not any(map(material.people.may, together)):
            few += 1
            continue
        shown = [row for row in together if seen(row) or not material.people.may(row)]
        drawn = None
        if shown:
            title = f"{shown[0]['base']} → {shown[0]['candidate']}, {stratum}"
            drawn = _drawn(material, shown, title, room, pictured=len(told) < PICTURED)
            if not drawn.lines:
                more += 1
                continue
        told.append({"stratum": stratum, "unseen": len(together) - len(shown), "drawn": drawn})
    return told, few, more


def _beside_each_other(rows: list[Row]) -> list[Row]:
    """What matters first, and the channels of a behaviour next to each other: thoughts against response."""
    first: dict[str, int] = {}
    for place, row in enumerate(sorted(rows, key=_importance)):
        first.setdefault(row["category_id"], place)
    return sorted(
        rows,
        key=lambda row: (
            first[row["category_id"]],
            row["channel"] != "response",
            row["channel"],
            row["role"] != "primary",
            row["scorer"],
        ),
    )


def _importance(row: Row) -> tuple[int, int]:
    told = row["role"] == "primary" and row["stratum"] == ALL
    return (not told, ORDER.index(row["verdict"]) if row["verdict"] in ORDER else len(ORDER))
