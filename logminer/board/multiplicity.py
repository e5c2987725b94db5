"""Many suites at once: p adjusted over the whole board."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

import logminer.stats as stats
from logminer.compare.verdicts import ALPHA_SHARES

__all__ = ["PlaceOnBoard", "board_q_values", "place_of"]

Row = dict[str, Any]
PlaceOnBoard = tuple[str, ...]
FAMILY = ("suite", "base", "candidate", "category_id")
MEMBER = ("scorer", "channel", "stratum")


def place_of(row: Row) -> PlaceOnBoard:
    """What tells a row of the board from all others."""
    return tuple(row[name] for name in (*FAMILY, *MEMBER))


def board_q_values(tested: Iterable[Row]) -> dict[PlaceOnBoard, float]:
    """q of every comparison that has a verdict, adjusted over all of them: as in one study, with the suite in the family.

    A stratum that holds the same prompts as all is the same hypothesis and counts once. Of a single study these are its q.

    Args:
        tested: columns of `comparisons`, and `suite`, of the primary rows with a p, of every suite and pair.
    """
    families: dict[str, list[list[Row]]] = {}
    for row in tested:
        family = families.setdefault(repr([row[name] for name in FAMILY]), [])
        for same in family:
            if _is_same(same[0], row):
                same.append(row)
                break
        else:
            family.append([row])
    found = stats.tree_q_values(
        {name: [same[0]["p"] for same in family] for name, family in families.items()}
    )
    share = ALPHA_SHARES["category"]  # the rest is for what nobody asked about, as in each study
    return {
        place_of(row): min(q / share, 1.0)
        for name, family in families.items()
        for same, q in zip(family, _listed(found[name]), strict=True)
        for row in same
    }


def _listed(values: Any) -> Sequence[float]:
    listed: list[float] = np.asarray(values).tolist()
    return listed


def _is_same(one: Row, other: Row) -> bool:
    """Whether two rows differ in the name of their stratum alone."""
    return all(value == other[name] for name, value in one.items() if name != "stratum")
