"""What was found on one half of the users is tested on the other, with the test that verdicts rest on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import logminer.stats as stats
from logminer.compare.comparing import FEWEST_UNITS
from logminer.compare.effect import effect
from logminer.compare.options import CompareOptions
from logminer.compare.prompts import Codes, ComparedPrompts, Floats
from logminer.compare.verdicts import ALPHA_SHARES

__all__ = ["Row", "settle_found", "tested"]

Row = dict[str, Any]


def tested(
    prompts: ComparedPrompts,
    numbers: Codes,
    base: Floats,
    candidate: Floats,
    options: CompareOptions,
) -> Row:
    """`difference, low, high, p, n_prompts` of two measures of the same prompts.

    Args:
        prompts: all of the study.
        numbers: [n] those that are measured; n ≥ 1.
        base: [n] in [0, 1].
        candidate: [n] likewise.
        options: unit, weight and alpha.
    """
    found = effect(
        base,
        candidate,
        prompts.units[numbers],
        1 - options.alpha,
        groups=prompts.groups[numbers],
        weight=options.weight,
    )
    return {
        "difference": found.difference,
        "low": found.low,
        "high": found.high,
        "p": found.p if found.n_effective >= FEWEST_UNITS else None,
        "n_prompts": found.n,
    }


def settle_found(rows: Sequence[Row], kind: str, families: Sequence[str], alpha: float) -> None:
    """Give rows of one kind their `q` and `verdict`.

    Args:
        rows: all that were looked at, of all pairs.
        kind: of `compare.verdicts.ALPHA_SHARES`.
        families: names of the columns in which rows of one family agree.
        alpha: 1 − confidence.
    """
    by_family: dict[str, list[Row]] = {}
    for row in rows:
        row["q"] = None
        if row["p"] is not None:
            by_family.setdefault(repr([row[name] for name in families]), []).append(row)
    found = stats.tree_q_values({name: [r["p"] for r in mine] for name, mine in by_family.items()})
    for name, mine in by_family.items():
        for row, q in zip(mine, found[name].tolist(), strict=True):
            row["q"] = min(q / ALPHA_SHARES[kind], 1.0)
    for row in rows:
        different = row["q"] is not None and row["q"] <= alpha
        row["verdict"] = "different" if different else "undetermined"
