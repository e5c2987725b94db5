"""Answers that did not come, were cut off, or could not be judged: do the arms differ in them?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import logminer.stats as stats
from logminer.compare.effect import effect
from logminer.compare.groups import Group, Side, asked_of
from logminer.compare.prompts import NUMBERED, Codes, ComparedPrompts, Floats
from logminer.store.session import Session

__all__ = ["bounds", "missing_judgements", "states"]

RESPONSE_STATES = (
    "SELECT state, response_id, NULL AS channel FROM responses WHERE state <> 'answered'"
    " UNION ALL SELECT thoughts_state, response_id, 'thoughts' FROM responses WHERE thoughts_state = 'unknown'"
)


def missing_judgements(
    group: Group, prompts: Codes, units: Codes, confidence: float
) -> dict[str, Any]:
    """How many of `prompts` lack a usable judgement in each arm, and the p of an equal share."""
    absent = [np.isnan(arm.at(prompts)).astype(np.float64) for arm in (group.base, group.candidate)]
    found = {"base_missing": int(absent[0].sum()), "candidate_missing": int(absent[1].sum())}
    if not any(found.values()):
        return found | {"p_missing": 1.0}
    low, high = bounds(group, prompts)
    p = effect(absent[0], absent[1], units, confidence).p
    return found | {"p_missing": p, "bound_low": low, "bound_high": high}


def bounds(group: Group, prompts: Codes) -> tuple[float, float]:
    """Least and greatest difference over `prompts`, whatever the missing judgements would have said.

    Source: Horowitz & Manski 2000, J. Am. Stat. Assoc. 95:77.
    """
    base, candidate = group.base.at(prompts), group.candidate.at(prompts)
    low = np.nan_to_num(candidate, nan=0.0) - np.nan_to_num(base, nan=1.0)
    high = np.nan_to_num(candidate, nan=1.0) - np.nan_to_num(base, nan=0.0)
    return float(low.mean()), float(high.mean())


def states(
    session: Session, prompts: ComparedPrompts, base: Side, candidate: Side, confidence: float
) -> list[dict[str, Any]]:
    """Rows of `missingness` for one pair: every state that a response of either arm is in."""
    asked = asked_of(session, prompts, "response", base, candidate)
    if not len(asked):
        return []
    samples = [_samples(session, side, len(prompts))[asked] for side in (base, candidate)]
    units = prompts.units[asked]
    rows = []
    for keys, counts in _events(session, base, candidate, len(prompts)):
        shares: list[Floats] = [
            np.minimum(count[asked] / total, 1.0)
            for count, total in zip(counts, samples, strict=True)
        ]
        found = effect(shares[0], shares[1], units, confidence)
        rows.append(
            keys
            | {
                "n_prompts": found.n,
                "base_rate": float(shares[0].mean()),
                "candidate_rate": float(shares[1].mean()),
                "difference": found.difference,
                "low": found.low,
                "high": found.high,
                "p": found.p,
            }
        )
    adjusted = stats.benjamini_hochberg([row["p"] for row in rows]).adjusted
    return [row | {"q": float(q)} for row, q in zip(rows, adjusted, strict=True)]


def _samples(session: Session, side: Side, n: int) -> Codes:
    condition, parameters = side.condition
    table = session.columns(
        f"SELECT n.number FROM responses AS r JOIN {NUMBERED} AS n USING (prompt_id) WHERE {condition}",
        parameters,
    )
    return np.bincount(np.asarray(table["number"]), minlength=n)


def _events(
    session: Session, base: Side, candidate: Side, n: int
) -> Iterator[tuple[dict[str, Any], list[Codes]]]:
    """For each state its keys and, for both arms, how many responses of each prompt are in it."""
    found: dict[tuple[Any, ...], list[Codes]] = {}
    labelled = (
        "SELECT j.label AS state, j.response_id, j.scorer, j.category_id, j.channel"
        " FROM judgements AS j WHERE j.label IN ('unparsable', 'unsure')"
    )
    whole = f"SELECT state, response_id, NULL AS scorer, NULL AS category_id, channel FROM ({RESPONSE_STATES})"
    for arm, side in enumerate((base, candidate)):
        condition, parameters = side.condition
        for events in (whole, labelled):
            rows = session.rows(
                "SELECT e.state, e.scorer, e.category_id, e.channel, list(n.number) FROM"
                f" ({events}) AS e JOIN responses AS r USING (response_id)"
                f" JOIN {NUMBERED} AS n USING (prompt_id) WHERE {condition} GROUP BY ALL ORDER BY ALL",
                parameters,
            )
            for *key, numbers in rows:
                counts = found.setdefault(tuple(key), [np.zeros(n, np.int64) for _ in range(2)])
                counts[arm] += np.bincount(numbers, minlength=n)
    for what in sorted(found, key=lambda what: [part or "" for part in what]):
        named = dict(zip(("state", "scorer", "category_id", "channel"), what, strict=True))
        yield named, found[what]
