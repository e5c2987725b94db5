"""A release made by hand, for tests of what is made of one: both modes, and counts that are not told."""

from __future__ import annotations

import datetime
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from logminer.release.figures import paired_shift, per_100k
from logminer.release.tables import headline_rows, rate_columns, table_of
from logminer.schemas.release import (
    CARDS,
    CLUSTER_SHARES,
    CLUSTER_SHIFTS,
    CLUSTERS,
    DATA_CARD,
    HEADLINES,
    LEDGER,
    MISSING,
    RATES,
    RELEASE,
    RELEASE_TABLES,
    TAXONOMY,
    VERDICTS,
)
from logminer.store.filling import fill

__all__ = ["written_release"]

Row = dict[str, Any]
WHEN = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC)
ARMS = ("logged", "sft", "prod")
WORDS = ("worse", "undetermined", "equivalent")


def written_release(
    path: Path,
    *,
    noisy: bool = False,
    suites: Sequence[str] = ("logs",),
    strata: int = 2,
    **facts: Any,
) -> Path:
    """Write it; `facts` are columns of table `release`. Every third behaviour is not told."""
    rng = random.Random(7)
    rows: dict[str, list[Row]] = {table.name: [] for table in RELEASE_TABLES}
    for suite in suites:
        for place in range(4):
            rows[TAXONOMY.name].append(
                {"suite": suite, "category_id": f"c{place}", "title": f"Behaviour {place}"}
                | {"definition": "What counts.", "severity": "high"}
            )
            for stratum in ("all", *(f"kind={i}" for i in range(strata))):
                measured = {
                    "suite": suite,
                    "category_id": f"c{place}",
                    "title": f"Behaviour {place}",
                    "channel": "response",
                    "scorer": "rules",
                    "stratum": stratum,
                }
                _measured(rows, measured, rng, told=place % 3 < 2)
        rows[CARDS.name].append(
            {"suite": suite, "scorer": "rules", "category_id": "c0", "channel": "response"}
            | {
                "source": "shipped",
                "n_yes": 80,
                "n_no": 120,
                "sensitivity": 0.9,
                "specificity": 0.8,
            }
        )
        if not noisy:
            _clusters(rows, suite)
            rows[MISSING.name] += [
                {"suite": suite, "checkpoint": arm, "state": state, "responses": n}
                for arm in ARMS
                for state, n in (
                    ("empty", 60),
                    ("length", None),
                    ("error", None if arm == "sft" else 55),
                )
            ]
    rows[HEADLINES.name] = headline_rows(rows[VERDICTS.name])
    mode: Row = (
        {"mode": "noisy", "epsilon": 1.0, "delta": 1e-6, "n_people": 803}
        if noisy
        else {"mode": "rounded", "base": 5, "suppressed": 12, "n_people": 800}
    )
    rows[RELEASE.name] = [
        {
            "release_id": "0123456789abcdef",
            "made_at": WHEN,
            "version": "0",
            "project": "quarterly",
            "kind": "board" if len(suites) > 1 else "study",
            "min_users": 50,
            "contribution": 1,
            "accept_unknown_users": False,
            "attack": "passed",
            "attacked_at": WHEN,
            "attack_targets": 20,
        }
        | mode
        | facts
    ]
    rows[LEDGER.name] = [
        {"release_id": "0123456789abcdef", "made_at": WHEN, "kind": "study", "state": "done"}
        | {name: mode.get(name) for name in ("mode", "epsilon", "delta")}
    ]
    rows[DATA_CARD.name] = [
        {"place": 0, "heading": "Who was asked", "said": "People.\nOf each one prompt."}
    ]
    fill(path, [(table, table_of(table, rows[table.name])) for table in RELEASE_TABLES])
    return path


def _measured(
    rows: Mapping[str, list[Row]], measured: Row, rng: random.Random, *, told: bool
) -> None:
    """A row of verdicts, and its arms' rates."""
    counts: Row = {}
    found: Row = {}
    if told:
        both, one, other, neither = (5 * rng.randrange(10, 60) for _ in range(4))
        n = both + one + other + neither
        counts = {"n": n, "both": both, "base_only": one, "candidate_only": other}
        counts |= {"neither": neither, "base_yes": both + one, "candidate_yes": both + other}
        shift = paired_shift(n, one, other, both + one, None)
        found = {name: getattr(shift, name) for name in ("difference", "low", "high", "interval")}
        found |= {"p": "< .01", "q": "< .05", "verdict": rng.choice(WORDS), "margin": 0.03}
    rows[VERDICTS.name].append({"base": "sft", "candidate": "prod"} | measured | counts | found)
    for arm in ARMS:
        n, yes = counts.get("n"), counts.get("candidate_yes" if arm == "prod" else "base_yes")
        rate = rate_columns("rate", per_100k(yes, n))
        rows[RATES.name].append({"checkpoint": arm, "n": n, "yes": yes} | measured | rate)


def _clusters(rows: Mapping[str, list[Row]], suite: str) -> None:
    """Two in a group, one of which is not told of one arm, and what lies in none."""
    for id_, parent, name in (
        (-1, None, None),
        (0, 1_000_000, "capital cities"),
        (1, 1_000_000, None),
        (1_000_000, None, "places"),
    ):
        rows[CLUSTERS.name].append(
            {"suite": suite, "cluster_id": id_, "parent_id": parent, "name": name}
        )
        for arm in ARMS:
            inside = None if (id_, arm) == (1, "prod") else 100
            rows[CLUSTER_SHARES.name].append(
                {"suite": suite, "cluster_id": id_, "checkpoint": arm, "n": 800, "inside": inside}
                | {"people": inside and "100–199"}
                | rate_columns("share", per_100k(inside, 800))
            )
        rows[CLUSTER_SHIFTS.name].append(
            {"suite": suite, "base": "sft", "candidate": "prod", "cluster_id": id_, "n": 800}
            | (
                {"base_inside": 100, "candidate_inside": 100, "difference": 0.0, "low": -0.05}
                if id_ != 1
                else {}
            )
            | ({"high": 0.05, "p": "n.s.", "verdict": "undetermined"} if id_ != 1 else {})
        )
