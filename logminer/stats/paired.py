"""Two checkpoints on the same prompts: rates, their difference, its interval, and the p of no difference.

Counts of prompts are always `both, base_only, candidate_only, neither`; every sign is candidate minus base.
Prompts of one user resemble each other: `difference` has the version that takes it into account.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from scipy import special

from logminer.stats.score import (
    Interval,
    RatioInterval,
    critical,
    pairs,
    ratio_interval,
    tango_interval,
)

__all__ = ["PairedProportions", "paired_proportions"]


class PairedProportions(NamedTuple):
    """Two paired proportions compared; see `paired_proportions`."""

    n: int
    base_rate: float
    candidate_rate: float
    difference: float
    tango: Interval
    newcombe: Interval
    risk_ratio: RatioInterval
    p_mcnemar_mid: float
    p_mcnemar_exact: float


def paired_proportions(
    both: int, base_only: int, candidate_only: int, neither: int, *, confidence: float = 0.95
) -> PairedProportions:
    """Compares how often two checkpoints show a behaviour on the same prompts.

    Rates and differences are shares in [0, 1] and [−1, 1]. `tango` is the score interval and the one to print; both
    intervals keep a positive width when no pair is discordant. `p_mcnemar_mid` is the p to use: the exact one is
    conservative.

    Raises:
        ValueError: no pairs, a negative count, or a confidence outside (0, 1).

    Source: Tango 1998, Stat. Med. 17:891; Newcombe 1998, Stat. Med. 17:2635, method 10 (phi continuity-corrected);
    Fagerland, Lydersen & Laake 2013, BMC Med. Res. Methodol. 13:91 (mid p); Tang, Tang & Chan 2003, Stat. Med.
    22:1217 (score interval of the ratio).
    """
    n = pairs(both, base_only, candidate_only, neither)
    z = critical(confidence)
    base, candidate = both + base_only, both + candidate_only
    exact, mid = _mcnemar(base_only, candidate_only)
    return PairedProportions(
        n=n,
        base_rate=base / n,
        candidate_rate=candidate / n,
        difference=(candidate_only - base_only) / n,
        tango=tango_interval(base_only, candidate_only, n, z),
        newcombe=_newcombe(both, base_only, candidate_only, neither, z),
        risk_ratio=ratio_interval(both, base_only, candidate_only, n, z),
        p_mcnemar_mid=mid,
        p_mcnemar_exact=exact,
    )


def _mcnemar(base_only: int, candidate_only: int) -> tuple[float, float]:
    """Two-sided exact and mid p of equal discordant counts."""
    fewer, discordant = min(base_only, candidate_only), base_only + candidate_only
    if base_only == candidate_only:
        return 1.0, 1.0
    upto = float(special.bdtr(fewer, discordant, 0.5))
    below = float(special.bdtr(fewer - 1, discordant, 0.5)) if fewer else 0.0
    return min(1.0, 2 * upto), upto + below


def _newcombe(both: int, base_only: int, candidate_only: int, neither: int, z: float) -> Interval:
    n = both + base_only + candidate_only + neither
    base, candidate = both + base_only, both + candidate_only
    agreement = float(both * neither - base_only * candidate_only)
    if agreement > 0:
        agreement = max(agreement - n / 2, 0.0)
    spread = math.sqrt(base * (n - base)) * math.sqrt(candidate * (n - candidate))
    phi = agreement / spread if spread else 0.0

    def reach(one: float, other: float) -> float:
        return math.sqrt(max(one * one - 2 * phi * one * other + other * other, 0.0))

    p_base, p_candidate = base / n, candidate / n
    of_base, of_candidate = _wilson(base, n, z), _wilson(candidate, n, z)
    down = reach(p_candidate - of_candidate.low, of_base.high - p_base)
    up = reach(of_candidate.high - p_candidate, p_base - of_base.low)
    difference = p_candidate - p_base
    return Interval(max(difference - down, -1.0), min(difference + up, 1.0))


def _wilson(events: int, n: int, z: float) -> Interval:
    centre = (events + z * z / 2) / (n + z * z)
    reach = z * math.sqrt(events * (n - events) / n + z * z / 4) / (n + z * z)
    return Interval(centre - reach, centre + reach)
