"""Which findings are shown where several say the same: what is not shown was tested all the same, and counts.

Nothing here looks at which arm says more: if the arms change places, the same rows stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from logminer.discovery.scopes import ALL
from logminer.discovery.testing import Row
from logminer.schemas.discovered import OR, UNNAMED

__all__ = ["told_once"]

HALF = 0.5  # of a bundle's difference, or of its phrases
CONCENTRATED = (
    2.0  # times the difference over all prompts, from which on a scope tells something of its own
)


def told_once(rows: Sequence[Row]) -> list[Row]:
    """The rows of `phrases` without findings that another one tells, in their order.

    That is a bundle of which phrases that are findings by themselves carry half of the difference; of bundles that have
    half of their phrases in common all but the most certain; and a phrase within a scope that is a finding over all
    prompts, unless it moves twice as much in there. What is no finding stays.

    Args:
        rows: with `q` and `verdict`.
    """
    findings = [row for row in rows if row["verdict"] == "different"]
    singles = [row for row in findings if not _is_bundle(row)]
    hidden = {id(row) for row in singles if row["scope"] != ALL and _is_told(row, singles)}
    kept = list[Row]()
    for row in sorted(findings, key=lambda row: (row["q"], row["p"], row["phrase"])):
        if _is_bundle(row):
            if _carried(row, singles) or any(_overlap(row, other) for other in kept):
                hidden.add(id(row))
            else:
                kept.append(row)
    return [row for row in rows if id(row) not in hidden]


def _is_bundle(row: Row) -> bool:
    return OR in row["phrase"]


def _members(row: Row) -> frozenset[str]:
    return frozenset(row["phrase"].split(OR)) - {UNNAMED}


def _beside(row: Row, scope: str | None = None) -> tuple[object, ...]:
    """What rows have in common that may tell the same."""
    rising = row["difference"] > 0
    return row["base"], row["candidate"], row["channel"], scope or row["scope"], rising


def _is_told(row: Row, singles: Iterable[Row]) -> bool:
    return any(
        other["phrase"] == row["phrase"]
        and _beside(other) == _beside(row, ALL)
        and abs(row["difference"]) < CONCENTRATED * abs(other["difference"])
        for other in singles
    )


def _carried(bundle: Row, singles: Iterable[Row]) -> bool:
    """Each phrase counts once, where it moves most."""
    mine = _members(bundle)
    moved: dict[str, float] = {}
    for row in singles:
        if row["phrase"] in mine and _beside(row) == _beside(bundle):
            moved[row["phrase"]] = max(moved.get(row["phrase"], 0.0), abs(row["difference"]))
    return bool(sum(moved.values()) >= HALF * abs(bundle["difference"]))


def _overlap(row: Row, other: Row) -> bool:
    mine, theirs = _members(row), _members(other)
    shared = len(mine & theirs) >= HALF * min(len(mine), len(theirs))
    return shared and _beside(row) == _beside(other)
