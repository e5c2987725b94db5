"""Drawn prompts of people who do not exist: uneven strata, rare and common behaviours, arms that are mostly alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from logminer.release.drawn import MISSING, Drawn, JudgedAs
from logminer.release.pooling import pool

__all__ = ["planted_drawn"]

ARMS = ("base", "candidate")
LEAST = 50
STRATA = {"turn": 2, "language": 6, "prompt_is_safe": 2}
RATES = (0.01, 0.05, 0.2, 0.5)
CLUSTERS, A_GROUP, GROUPS_FROM = 30, 6, 1_000_000


def planted_drawn(people: int, measures: int, seed: int = 0) -> Drawn:
    """One prompt of each of `people`, judged for `measures` behaviours in two arms."""
    rng = np.random.default_rng(seed)
    labels = {
        JudgedAs(f"behaviour {m}", "response", "judge"): _labels(people, rng)
        for m in range(measures)
    }
    groups = {c: GROUPS_FROM + c // A_GROUP for c in range(CLUSTERS)}
    parents = {**groups, **dict.fromkeys(groups.values())}
    own = _uneven(people, CLUSTERS, rng)
    moved = rng.random(people) < 0.4
    clusters = {"base": own, "candidate": np.where(moved, _uneven(people, CLUSTERS, rng), own)}
    pool(labels, clusters, [ARMS], {}, least=LEAST, few=LEAST)
    return Drawn(
        suite="logs",
        people=np.arange(people),
        digests=tuple(i.to_bytes(16, "big") for i in range(people)),
        users=tuple(i.to_bytes(16, "big") for i in range(people)),
        known=True,
        left_out=0,
        arms=ARMS,
        pairs=(ARMS,),
        strata={
            name: _uneven(people, values, rng).astype(str).astype(object)
            for name, values in STRATA.items()
        },
        labels=labels,
        states={arm: np.full(people, "answered", object) for arm in ARMS},
        clusters=clusters,
        parents=parents,
        map_id="map",
    )


def _labels(people: int, rng: np.random.Generator) -> dict[str, NDArray[np.int8]]:
    """An eighth of the prompts are ones on which arms are drawn apart; some measures are missing here and there."""
    rate, lost = rng.choice(RATES), rng.choice([0.0, 0.01, 0.08])
    alike = rng.random(people) < rate
    found = {}
    for arm in ARMS:
        said = np.where(rng.random(people) < 0.125, rng.random(people) < rate, alike)
        found[arm] = np.where(rng.random(people) < lost, MISSING, said).astype(np.int8)
    return found


def _uneven(people: int, values: int, rng: np.random.Generator) -> NDArray[np.int64]:
    return rng.choice(values, people, p=rng.dirichlet(np.geomspace(5, 0.4, values)))
