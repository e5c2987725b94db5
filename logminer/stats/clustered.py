"""Rates of things that hang together, each among rows of its own, and sums and differences of such rates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from logminer.stats.clusters import Clusters, Part
from logminer.stats.evidence import Keys
from logminer.stats.score import Interval, critical

__all__ = ["ClusteredRates", "clustered_rates", "combined"]

Floats = NDArray[np.float64]


class ClusteredRates(NamedTuple):
    """What `clustered_rates` finds, of each of k rates; nan where a rate has no rows.

    `rows` [k] are the rows behind each, `n_effective` [k] Kish's number of units that would tell as much if all of a unit
    told the same, `correlation` [k, k] how the estimates move together.
    """

    rates: Floats
    low: Floats
    high: Floats
    rows: NDArray[np.int64]
    n_effective: Floats
    correlation: Floats


def clustered_rates(
    values: ArrayLike,
    weights: ArrayLike,
    units: Keys,
    *,
    groups: Keys | None = None,
    confidence: float = 0.95,
) -> ClusteredRates:
    """Weighted means of columns, with intervals that hold where rows of a unit tell the same.

    Args:
        values: [n, k], in [0, 1].
        weights: [n, k], ≥ 0; 0: the row is none of this rate's.
        units: [n], any hashable; rows of one unit are not independent, in whichever columns.
        groups: [n]; rows of one group are not independent either.
        confidence: of the intervals.

    Returns:
        Rates, and exact intervals (Clopper & Pearson) of as many independent rows as would have the variance found, fewer
        by the ratio of the quantiles of t; of as many as there are effective units where nothing varies.

    Raises:
        ValueError: shapes that do not fit, values outside [0, 1], negative weights, or a confidence outside (0, 1).

    Source: Korn & Graubard 1998, Surv. Methodol. 24:193, with the variance of `Clusters`; Kish 1965, Survey Sampling.
    """
    shown, weight = (np.asarray(given, np.float64) for given in (values, weights))
    if shown.ndim != 2 or shown.shape != weight.shape or len(units) != len(shown):
        raise ValueError(
            f"need values, weights and units of n rows, got {shown.shape}, {weight.shape} and {len(units)}"
        )
    used = weight > 0
    if not (bool((weight >= 0).all()) and bool(((shown >= 0) & (shown <= 1))[used].all())):
        raise ValueError("values must lie in [0, 1], weights must not be negative")
    critical(confidence)  # checks it
    n, k = shown.shape
    clusters = Clusters(n, units, groups)
    rates, low, high, effective = (np.full(k, np.nan) for _ in range(4))
    parts: dict[int, Part] = {}
    for place in range(k):
        rows = np.flatnonzero(used[:, place])
        if not len(rows):
            effective[place] = 0.0
            continue
        share = weight[rows, place] / weight[rows, place].sum()
        own = shown[rows, place]
        # Rounding is no variance.
        rate = float(own[0]) if np.ptp(own) == 0 else min(max(float(share @ own), 0.0), 1.0)
        parts[place] = part = Part(own - rate, share, rows)
        rates[place] = rate
        effective[place] = units_there = round(clusters.effective(part), 9)
        variance = clusters.variance([part])
        low[place], high[place] = _exact(rate, variance, len(rows), units_there, confidence)
    return ClusteredRates(
        rates, low, high, used.sum(axis=0), effective, _correlation(clusters, parts, k)
    )


def combined(
    rates: Sequence[float],
    intervals: Sequence[Interval],
    signs: Sequence[int],
    correlation: ArrayLike | None = None,
) -> Interval:
    """The interval of a sum of rates, each with its sign, from the intervals of the rates.

    Args:
        rates: [k].
        intervals: of each.
        signs: 1 or −1 of each.
        correlation: [k, k] of the estimates; None: they are independent.

    Raises:
        ValueError: lengths that do not fit.

    Source: MOVER, Zou & Donner 2008, Stat. Med. 27:1693; with correlations Zou, Huang & Zhang 2009, Comput. Stat. Data
    Anal. 53:1080.
    """
    k = len(rates)
    related = np.eye(k) if correlation is None else np.asarray(correlation, np.float64)
    if not (len(intervals) == len(signs) == k and related.shape == (k, k)):
        raise ValueError(f"need as many intervals, signs and correlations as rates, got {k} rates")
    estimate = sum(sign * rate for sign, rate in zip(signs, rates, strict=True))
    below, above = (
        np.array(
            [
                sign * (rate - one.low if (sign > 0) == down else one.high - rate)
                for sign, rate, one in zip(signs, rates, intervals, strict=True)
            ]
        )
        for down in (True, False)
    )
    ends = (math.sqrt(max(float(reach @ related @ reach), 0.0)) for reach in (below, above))
    down, up = ends
    most = float(sum(sign > 0 for sign in signs))
    return Interval(max(estimate - down, most - k), min(estimate + up, most))


def _correlation(clusters: Clusters, parts: Mapping[int, Part], k: int) -> Floats:
    """[k, k]; 0 between what has no finite variance and anything else."""
    alone = {place: clusters.variance([part]) for place, part in parts.items()}
    known = [place for place, variance in alone.items() if 0 < variance < math.inf]
    found = np.eye(k)
    for one, other in combinations(known, 2):
        together = clusters.variance([parts[one], parts[other]])
        shared = (together - alone[one] - alone[other]) / 2
        value = shared / math.sqrt(alone[one] * alone[other])
        found[one, other] = found[other, one] = min(max(value, -1.0), 1.0)
    return found


def _exact(
    rate: float, variance: float, rows: int, units: float, confidence: float
) -> tuple[float, float]:
    """Of as many independent rows as would have this variance."""
    varies = 0 < variance < math.inf
    n = min(rate * (1 - rate) / variance, float(rows)) if varies else units
    if units > 1 and rows > 1:
        quantile = 0.5 + confidence / 2
        of_rows, of_units = (float(special.stdtrit(df, quantile)) for df in (rows - 1, units - 1))
        n *= min(of_rows / of_units, 1.0) ** 2
    hits, misses, tail = rate * n, (1 - rate) * n, (1 - confidence) / 2
    low = float(special.betaincinv(hits, misses + 1, tail)) if rate > 0 else 0.0
    high = float(special.betaincinv(hits + 1, misses, 1 - tail)) if rate < 1 else 1.0
    return min(low, rate), max(high, rate)
