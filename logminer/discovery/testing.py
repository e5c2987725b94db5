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

    A row may have a `weight`: its share of its family's tests, given without a look at what is tested. Shares are
    relative; rows without one have equal ones.

    Source: Genovese, Roeder & Wasserman 2006, Biometrika 93:509 (p over a weight whose mean is 1).
    """
    by_family: dict[str, list[Row]] = {}
    for row in rows:
        row["q"] = None
        if row["p"] is not None:
            by_family.setdefault(repr([row[name] for name in families]), []).append(row)
    found = stats.tree_q_values({name: _weighted(mine) for name, mine in by_family.items()})
    for name, mine in by_family.items():
        for row, q in zip(mine, found[name].tolist(), strict=True):
            row["q"] = min(q / ALPHA_SHARES[kind], 1.0)
    for row in rows:
        different = row["q"] is not None and row["q"] <= alpha
        row["verdict"] = "different" if different else "undetermined"


def _weighted(rows: Sequence[Row]) -> list[float]:
    weights = [row.get("weight", 1.0) for row in rows]
    mean = sum(weights) / len(weights)
    return [min(row["p"] * mean / weight, 1.0) for row, weight in zip(rows, weights, strict=True)]
