"""A figure of a simulation against its limit."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, TypeVar

import numpy as np

from benchmarks._simulated import Codes, Design, Floats, seeded
from benchmarks.harness import Checked

T = TypeVar("T")

MANY = 10_000
REPEATS = 4_000
CHUNK = 250  # repetitions drawn at once, which bounds memory; divides the numbers above that are drawn so
LEVEL = 0.05
FALSE_POSITIVES = 0.065
COVERAGE = 0.935


def row(
    name: str, values: Any, *, at_most: float | None = None, at_least: float | None = None
) -> Checked:
    """The mean of what the repetitions gave, one value each, against a limit."""
    each = np.asarray(values, np.float64)
    value, se = float(each.mean()), float(each.std() / math.sqrt(len(each)))
    side: Literal["at_most", "at_least"] | None = None
    limit = met = ratio = None
    if at_most is not None:
        side, limit, met = "at_most", at_most, value <= at_most
    elif at_least is not None:
        side, limit, met = "at_least", at_least, value >= at_least
    if limit is not None:
        ratio = value / limit if limit else None
    return Checked(name, value, "share", se, len(each), limit, side, ratio, met)


def with_error(repeats: int) -> float:
    """5 % and the three standard errors by which the measured share may be above it by chance."""
    return LEVEL + 3 * math.sqrt(LEVEL * (1 - LEVEL) / repeats)


def of_counts(function: Callable[..., T], counts: Codes) -> list[T]:
    """`function` of each row of whole counts, computed once for equal rows."""
    distinct, places = np.unique(counts, axis=0, return_inverse=True)
    found = [function(*row) for row in distinct.tolist()]
    return [found[place] for place in places.reshape(-1).tolist()]


def of_differences(name: str, design: Design, function: Callable[[Floats, Codes], T]) -> list[T]:
    """`function(differences, users)` of each repetition."""
    rng, codes, found = seeded(name), design.codes, []
    for _ in range(0, REPEATS, CHUNK):
        base, candidate = design.draw(rng, CHUNK)
        found += [function(d, codes) for d in candidate.astype(np.float64) - base]
    return found


def holds(interval: Any, truth: float) -> bool:
    """Whether the truth lies between `low` and `high`."""
    return bool(interval.low <= truth <= interval.high)
