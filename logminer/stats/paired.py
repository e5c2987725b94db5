"""Two checkpoints on the same prompts: rates, their difference, its interval, and the p of no difference.

Counts of prompts are always `both, base_only, candidate_only, neither`; every sign is candidate minus base.
Prompts of one user resemble each other: `clustered_mean` is the version that takes it into account.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from logminer.stats.score import (
    Interval,
    RatioInterval,
    critical,
    pairs,
    ratio_interval,
    tango_interval,
    tango_z,
    two_sided,
)
from logminer.stats.users import user_sums

__all__ = ["ClusteredMean", "PairedProportions", "clustered_mean", "paired_proportions"]

FEW_USERS = 50
EXACT_FLIPS = 12  # 2¹² sign patterns are enumerated, more are drawn
DRAWS = 9_999


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


class ClusteredMean(NamedTuple):
    """A mean over users' prompts; see `clustered_mean`."""

    mean: float
    se: float
    low: float
    high: float
    p: float
    p_sign_flip: float | None
    tango: Interval
    n: int
    n_users: int


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


def clustered_mean(
    differences: ArrayLike,
    users: Sequence[Hashable] | NDArray[np.generic],
    *,
    confidence: float = 0.95,
) -> ClusteredMean:
    """Mean of per-prompt differences whose prompts are clustered in users.

    Args:
        differences: [n], each in [−1, 1], candidate minus base (fractions where a prompt has several samples).
        users: [n], any hashable; None is a user like any other, so give unknown users a value of their own.

    Returns:
        The mean with its CR1 standard error and a t interval of n_users − 1 degrees of freedom. Where no variance
        can be estimated (one user; users all alike) `low`, `high` and `p` are Tango's on Kish's effective number of
        prompts, never an interval of width 0. `p_sign_flip`, exact or from seeded draws, for fewer than 50
        users, else None: with few users the t distribution is only a hope. `tango` is the interval to print where each
        difference is −1, 0 or 1: Tango's on counts over the design effect, with the quantile of t. Of a rare behaviour
        few users tell, and the symmetric interval ends too soon on the side of more.

    Raises:
        ValueError: no differences, unequal lengths, values outside [−1, 1], or a confidence outside (0, 1).

    Source: Cameron & Miller 2015, J. Hum. Resour. 50:317; Kish 1965, Survey Sampling; Rao & Scott 1992, Biometrics
    48:577 (counts over the design effect).
    """
    data = user_sums(differences, users)
    z = critical(confidence)
    mean, se, n_users = data.mean, data.se, len(data.sums)
    if 0 < se < math.inf:
        reach = float(special.stdtrit(n_users - 1, 0.5 + confidence / 2)) * se
        low, high = mean - reach, mean + reach
        p = 2 * float(special.stdtr(n_users - 1, -abs(mean) / se))
    else:
        share = data.effective_n / data.n
        lost, gained = data.lost * share, data.gained * share
        low, high = tango_interval(lost, gained, data.effective_n, z)
        p = two_sided(tango_z(lost, gained, data.effective_n, 0.0))
    flips = _sign_flip(data.sums) if n_users < FEW_USERS else None
    share = data.shrink
    quantile = float(special.stdtrit(n_users - 1, 0.5 + confidence / 2)) if n_users > 1 else z
    score = tango_interval(data.lost * share, data.gained * share, data.n * share, quantile)
    return ClusteredMean(mean, se, low, high, p, flips, score, data.n, n_users)


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


def _sign_flip(sums: NDArray[np.float64]) -> float:
    """Two-sided p of the total when each user's sum may as well have had the other sign."""
    moved = sums[np.abs(sums) > 1e-12]
    observed = abs(float(moved.sum())) - 1e-9
    if len(moved) <= EXACT_FLIPS:
        bits = np.arange(2 ** len(moved))[:, None] >> np.arange(len(moved)) & 1
        return float(np.mean(np.abs((1 - 2 * bits) @ moved) >= observed))
    draws = np.random.default_rng(0).choice((-1.0, 1.0), size=(DRAWS, len(moved)))
    return (1 + int(np.sum(np.abs(draws @ moved) >= observed))) / (DRAWS + 1)
