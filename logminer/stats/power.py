"""What a comparison could have found, and how rare a behaviour may be that was hardly seen."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["ExactRate", "exact_rate", "minimum_detectable_difference", "smallest_margin"]

COUNTED = 300  # discordant prompts up to which power is summed exactly


class ExactRate(NamedTuple):
    """A rate with its exact interval, as shares in [0, 1].

    `low` and `high` are two-sided; `at_most` is the one-sided upper bound of the same confidence, which is what to
    say of a behaviour that was never seen.
    """

    rate: float
    low: float
    high: float
    events: int
    n: int
    at_most: float

    @property
    def per_100k(self) -> str:
        """For print: '4 (1.1 to 10.2) per 100,000', or '0 of 50,000; at most 6.0 per 100,000'."""
        if self.events == 0:
            bound = 1e5 * self.at_most
            digits = max(0, 1 - math.floor(math.log10(bound)))  # two that say something
            return f"0 of {self.n:,}; at most {bound:,.{digits}f} per 100,000"
        rate, low, high = (
            f"{1e5 * share:,.3g}" if 1e5 * share < 1e3 else f"{1e5 * share:,.0f}"
            for share in (self.rate, self.low, self.high)
        )
        return f"{rate} ({low} to {high}) per 100,000"


def exact_rate(events: int, n: int, *, confidence: float = 0.95) -> ExactRate:
    """Clopper-Pearson interval of `events` in `n`; never too short, also for 0 events.

    Raises:
        ValueError: not 0 ≤ events ≤ n with n ≥ 1, or a confidence outside (0, 1).

    Source: Clopper & Pearson 1934, Biometrika 26:404.
    """
    if n < 1 or not 0 <= events <= n:
        raise ValueError(f"need 0 <= events <= n and n >= 1, got {events} of {n}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie in (0, 1), got {confidence}")
    tail = (1 - confidence) / 2
    low = float(special.betaincinv(events, n - events + 1, tail)) if events else 0.0

    def upper(level: float) -> float:
        return float(special.betaincinv(events + 1, n - events, level)) if events < n else 1.0

    return ExactRate(events / n, low, upper(1 - tail), events, n, upper(confidence))


def minimum_detectable_difference(
    n: int,
    discordant: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    design_effect: float = 1.0,
    units: float | None = None,
) -> float:
    """Smallest true difference that McNemar's mid p would find with this power.

    Args:
        n: prompts answered by both checkpoints.
        discordant: share of prompts in [0, 1] on which the checkpoints differ. A difference needs at least as many
            discordant prompts as it is large, so with (nearly) none the larger share is assumed.
        alpha: two-sided level of the test, in (0, 1).
        design_effect: variance over that of independent prompts, > 0 (2 halves the n that counts).
        units: effective units, ≥ 1, from which the variance is to be estimated, so that the level's quantile is that
            of t; None where prompts are independent.

    Returns:
        A difference as a share in (0, 1]; 1 where not even the largest difference would be found.

    Raises:
        ValueError: n < 1, or a share, level or design effect out of its range.

    Exact up to 300 discordant prompts, where a small level asks for many of them; else Connor's normal approximation.

    Source: Connor 1987, Biometrics 43:207, solved for the difference; Fagerland, Lydersen & Laake 2013, BMC Med. Res.
    Methodol. 13:91 (mid p).
    """
    if n < 1 or not 0 <= discordant <= 1 or not design_effect > 0:
        raise ValueError(
            f"need n >= 1, 0 <= discordant <= 1 and design_effect > 0, got {n}, {discordant}, {design_effect}"
        )
    if not (0 < alpha < 1 and 0 < power < 1):
        raise ValueError(f"alpha and power must lie in (0, 1), got {alpha} and {power}")
    if units is not None and not units >= 1:
        raise ValueError(f"units must be at least 1, got {units}")
    freedom = math.inf if units is None else max(units - 1, 1.0)
    z = -float(special.stdtrit(freedom, alpha / 2) if units else special.ndtri(alpha / 2))
    z = min(round(z, 3), 30.0)  # so that few tables are made
    independent = n / design_effect
    low, high = 0.0, 1.0
    while high - low > 1e-5 * high:
        middle = (low + high) / 2
        if _power(independent, max(discordant, middle), middle, z) < power:
            low = middle
        else:
            high = middle
    # A variance that is itself estimated spreads the statistic the more the further out the level is.
    ahead = float(special.ndtri(power))
    wider = (z + ahead * math.sqrt(1 + z * z / (2 * freedom))) / (z + ahead)
    return min(1.0, high * max(wider, 1.0))


def _power(n: float, discordant: float, difference: float, z: float) -> float:
    """Chance that `n` independent prompts give a mid p beyond `z`, in the direction of the difference."""
    if n * discordant > COUNTED:
        spread = max(discordant - difference**2, 1e-300)
        room = difference * math.sqrt(n) - z * math.sqrt(discordant)
        return float(special.ndtr(room / math.sqrt(spread)))
    middle, reach = n * discordant, 5 * math.sqrt(n * discordant) + 5
    seen = np.arange(
        max(math.floor(middle - reach), 0), min(math.ceil(middle + reach), math.floor(n)) + 1
    )
    log_chance = (
        special.gammaln(n + 1)
        - special.gammaln(seen + 1)
        - special.gammaln(n - seen + 1)
        + special.xlogy(seen, discordant)
        + special.xlog1py(n - seen, -discordant)
    )
    found = special.bdtrc(_needed(z)[seen] - 1, seen, min((1 + difference / discordant) / 2, 1.0))
    return float(np.exp(log_chance) @ found)


@lru_cache(maxsize=256)
def _needed(z: float) -> NDArray[np.float64]:
    """Of so many discordant prompts, how many have to be one way for a two-sided mid p beyond ±`z`.

    One more than all where none are enough. A few numbers about the normal approximation's are tried.
    """
    seen = np.arange(COUNTED + math.ceil(5 * math.sqrt(COUNTED)) + 7)
    guess = np.minimum(np.ceil(seen / 2 + z * np.sqrt(seen) / 2), seen + 1)
    tried = guess[:, None] + np.arange(-4, 3)
    tails = special.bdtrc(tried - 1, seen[:, None], 0.5)
    tails = np.where(tried <= seen[:, None], tails, 0.0)
    mid = (tails[:, :-1] + tails[:, 1:]) / 2
    enough = mid <= float(special.ndtr(-z))
    least = np.take_along_axis(tried, np.argmax(enough, axis=1)[:, None], axis=1)[:, 0]
    return np.where(enough.any(axis=1), np.minimum(least, seen + 1), seen + 1)


def smallest_margin(
    n: int,
    discordant: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    design_effect: float = 1.0,
) -> float:
    """Smallest absolute margin within which two one-sided tests would find equal checkpoints equivalent with this power.

    Args:
        n: prompts answered by both checkpoints.
        discordant: share of prompts in (0, 1] on which the checkpoints differ, as often one way as the other.
        design_effect: variance over that of independent prompts, > 0.

    Returns:
        A difference as a share, > 0; above 1 where n is far too small.

    Raises:
        ValueError: n < 1, or a share, level or design effect out of its range.

    Source: Liu, Hsueh, Hsieh & Chen 2002, Stat. Med. 21:231, for a true difference of 0 (normal approximation).
    """
    if n < 1 or not 0 < discordant <= 1 or not design_effect > 0:
        raise ValueError(
            f"need n >= 1, 0 < discordant <= 1 and design_effect > 0, got {n}, {discordant}, {design_effect}"
        )
    if not (0 < alpha < 1 and 0 < power < 1):
        raise ValueError(f"alpha and power must lie in (0, 1), got {alpha} and {power}")
    reach = float(-special.ndtri(alpha)) + float(special.ndtri((1 + power) / 2))
    return reach * math.sqrt(discordant * design_effect / n)
