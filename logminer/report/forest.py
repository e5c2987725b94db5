"""Behaviour by behaviour: how often each arm shows it, with what is uncertain about it."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from logminer.report.differences import Differences, differences
from logminer.report.material import Material, figures
from logminer.report.page import Section
from logminer.report.summary import FIRST, behaviour, has_later
from logminer.study.verdicts import ORDER

__all__ = ["forest_section", "seen"]

Row = dict[str, Any]
ALL = "all"
MOST = 1200  # rows of tables, of all pairs together


def forest_section(material: Material) -> Section:
    """Of a study."""
    pairs = [_pair(material, pair) for pair in material.pairs]
    content = {
        "pairs": pairs,
        "few": material.people.few,
        "word": material.people.word,
        "unnamed": len(material.unnamed),
    }
    return Section("behaviours", "Behaviours", "forest", content)


def seen(row: Row) -> bool:
    """Whether there is something to draw: a verdict, or an arm that shows it."""
    return row["verdict"] not in (None, "undetermined") or bool(
        row["base_rate"] or row["candidate_rate"]
    )


def _pair(material: Material, pair: tuple[str, str]) -> Row:
    rows = _beside_each_other(material.of(pair, "category"))
    whole = [row for row in rows if row["stratum"] == ALL]
    primary = [row for row in whole if row["role"] == "primary"]
    others = [row for row in whole if row["role"] == "secondary" and seen(row)]
    whole_names = {ALL} if has_later(material, pair) else {ALL, FIRST}
    strata, few = _strata(material, [row for row in rows if row["stratum"] not in whole_names])
    named = f"{pair[0]} → {pair[1]}"
    return {
        "base": pair[0],
        "candidate": pair[1],
        "primary": _drawn(material, [row for row in primary if seen(row)], named),
        "unseen": [behaviour(row) for row in primary if material.people.may(row) and not seen(row)],
        "secondary": _drawn(material, others, f"{named}, by secondary scorers", by_scorer=True)
        if others
        else None,
        "strata": strata,
        "few_strata": few,
    }


def _drawn(
    material: Material, rows: list[Row], title: str, *, by_scorer: bool = False, share: int = 4
) -> Differences:
    def named(row: Row) -> str:
        return f"{behaviour(row)} · {row['scorer']}" if by_scorer else behaviour(row)

    most = max(MOST // (share * len(material.pairs)), 8)
    return differences(rows, material.people, title=title, named=named, figures=figures, most=most)


def _strata(material: Material, rows: list[Row]) -> tuple[list[Row], int]:
    """Stratum by stratum what its primary scorers saw, and rows of strata that too few people are in to be named."""
    primary = {
        (row["category_id"], row["channel"], row["scorer"])
        for row in material.rows
        if row["role"] == "primary"
    }
    mine = sorted(
        (r for r in rows if (r["category_id"], r["channel"], r["scorer"]) in primary),
        key=lambda row: (row["stratum"] != FIRST, row["stratum"]),
    )
    share = 2 * len({row["stratum"] for row in mine})
    told, few = [], 0
    for stratum, found in groupby(mine, key=lambda row: row["stratum"]):
        together = list(found)
        if not any(map(material.people.may, together)):
            few += 1
            continue
        shown = [row for row in together if seen(row) or not material.people.may(row)]
        told.append(
            {
                "stratum": stratum,
                "unseen": len(together) - len(shown),
                "drawn": _drawn(
                    material,
                    shown,
                    f"{shown[0]['base']} → {shown[0]['candidate']}, {stratum}",
                    share=share,
                )
                if shown
                else None,
            }
        )
    return told, few


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
