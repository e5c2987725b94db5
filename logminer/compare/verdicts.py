"""From p-values to verdicts, over all comparisons of a pair at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

import logminer.stats as stats

__all__ = ["Direction", "give_verdicts"]

Direction = Literal["worse", "better", "neutral"]
Row = dict[str, Any]


def give_verdicts(
    rows: Sequence[Row], directions: dict[str, Direction], alpha: float, copies: Sequence[Row]
) -> None:
    """Fill in `q`, `q_equivalence` and `verdict`.

    Of one pair and scorer a category is a family, its strata and channels are the members; clusters of a pair are
    a tree of their own. Equivalence goes through the same procedure.

    Args:
        rows: rows of `comparisons` with their p-values.
        directions: by category.
        alpha: level of both tests.
        copies: of `rows` those that only repeat stratum `all` (every prompt is in the stratum): no members of their
            own, they take its q.
    """
    repeated = {id(row) for row in copies}
    own = [row for row in rows if id(row) not in repeated]
    for tree in dict.fromkeys(map(_tree, own)):
        members = [row for row in own if _tree(row) == tree]
        _adjust(members, "p", "q")
        _adjust(members, "p_equivalence", "q_equivalence")
    whole = {_key(row): row for row in own if row["stratum"] == "all"}
    for row in copies:
        row |= {name: whole[_key(row)].get(name) for name in ("q", "q_equivalence")}
    for row in rows:
        row["verdict"] = _verdict(
            row, directions.get(row.get("category_id") or "", "neutral"), alpha
        )
        if "no_card" in row.get("flags", ()):
            blind = row["verdict"] == "undetermined"
            told = f"this scorer may not see it: {row['lacks']}" if blind else "no card"
            row["note"] = " · ".join(filter(None, (row.get("note"), told)))


def _tree(row: Row) -> tuple[Any, ...]:
    return row["base"], row["candidate"], row["kind"], row.get("scorer")


def _family(row: Row) -> str:
    return str(row["category_id"] if row["kind"] == "category" else row["cluster_id"])


def _key(row: Row) -> tuple[Any, ...]:
    return *_tree(row), _family(row), row["channel"]


def _adjust(rows: Sequence[Row], name: str, adjusted: str) -> None:
    families: dict[str, list[Row]] = {}
    for row in rows:
        if row.get(name) is not None:
            families.setdefault(_family(row), []).append(row)
    found = stats.tree_q_values({f: [row[name] for row in m] for f, m in families.items()})
    for family, members in families.items():
        for row, q in zip(members, np.asarray(found[family]).tolist(), strict=True):
            row[adjusted] = q


def _verdict(row: Row, direction: Direction, alpha: float) -> str:
    """The one place where a verdict is given."""
    differs = row["q"] <= alpha
    equivalent = row.get("q_equivalence") is not None and row["q_equivalence"] <= alpha
    if differs and equivalent:
        return "different within margin"
    if equivalent:
        return "equivalent"
    if not differs:
        return "undetermined"
    if direction == "neutral":
        return "different"
    more = row["tested_difference"] > 0
    return "worse" if more == (direction == "worse") else "better"
