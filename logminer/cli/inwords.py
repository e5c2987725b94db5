"""What a study's comparisons come to, in a sentence for each behaviour of which something can be said."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from logminer.cli.rows import behaviour, difference, margin, rates
from logminer.study.verdicts import PRIMARY

__all__ = ["in_words"]

Row = dict[str, Any]


def in_words(rows: Sequence[Row]) -> Iterator[str]:
    """Of each pair what differs, what is equivalent, and of a declared margin that was not passed what it would take.

    Args:
        rows: as `study.verdicts.comparisons` gives them; only the primary stratum speaks.
    """
    strata = {row["stratum"] for row in rows}
    stratum = next((one for one in PRIMARY if one in strata), None)
    primary = [row for row in rows if row["role"] == "primary" and row["stratum"] == stratum]
    for base, candidate in dict.fromkeys((row["base"], row["candidate"]) for row in primary):
        mine = [row for row in primary if (row["base"], row["candidate"]) == (base, candidate)]
        told = [
            row for row in mine if row["verdict"] != "undetermined" or row["margin"] is not None
        ]
        for row in told:
            yield f"{base} → {candidate}: {behaviour(row)} {_said(row)}"
        if rest := len(mine) - len(told):
            yield f'{base} → {candidate}: {rest} more behaviours undetermined, which is not "no difference"'


def _said(row: Row) -> str:
    if row["verdict"] == "undetermined":
        return f"not shown to be equivalent within {margin(row)} points: {_missing(row)}"
    within = f", within {margin(row)}" if "equivalent" in row["verdict"] else ""
    return f"{row['verdict']}, {rates(row)} %: {difference(row)} points{within}, on {row['n_prompts']:,} prompts"


def _missing(row: Row) -> str:
    """What stands between these prompts and the margin, if the arms are equal."""
    least, n = row["smallest_margin"], row["n_prompts"]
    if "no_card" in (row["flags"] or ()):
        return "no judge card shows that its scorer sees it"
    if least is None or least >= 1:
        return f"{n:,} prompts cannot show it"
    if least > row["margin"]:
        wanted = math.ceil(n * (least / row["margin"]) ** 2 / 10) * 10
        return f"it takes about {wanted:,} prompts like these {n:,}"
    return f"{n:,} prompts would do, but not what the judge's card leaves open of its errors"
