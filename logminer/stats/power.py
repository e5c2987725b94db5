"""What a comparison could have found, and how rare a behaviour may be that was hardly seen."""

from __future__ import annotations

import math
from typing import NamedTuple

from scipy import special

__all__ = ["ExactRate", "exact_rate", "minimum_detectable_difference", "smallest_margin"]


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
) -> float:
    """Smallest true difference that McNemar's test would find with this power.

    Args:
        n: prompts answered by both checkpoints.
        discordant: share of prompts in [0, 1] on which the checkpoints differ. A difference needs at least as many
            discordant prompts as it is large, so with (nearly) none the larger share is assumed.
        design_effect: variance over that of independent prompts, > 0 (2 halves the n that counts).

    Returns:
        A difference as a share in (0, 1]; 1 where not even the largest difference would be found.

    Raises:
        ValueError: n < 1, or a share, level or design effect out of its range.

    Source: Connor 1987, Biometrics 43:207, solved for the difference.
    """
    if n < 1 or not 0 <= discordant <= 1 or not design_effect > 0:
        raise ValueError(
            f"need n >= 1, 0 <= discordant <= 1 and design_effect > 0, got {n}, {discordant}, {design_effect}"
        )
    if not (0 < alpha < 1 and 0 < power < 1):
        raise ValueError(f"alpha and power must lie in (0, 1), got {alpha} and {power}")
    z_alpha, z_power = float(-special.ndtri(alpha / 2)), float(special.ndtri(power))
    independent = n / design_effect

    def missing(difference: float, share: float) -> float:
        spread = max(share - difference**2, 0.0)
        reach = z_alpha * math.sqrt(share) + z_power * math.sqrt(spread)
        return reach - difference * math.sqrt(independent)

    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if missing(middle, max(discordant, middle)) > 0:
            low = middle
        else:
            high = middle
    return high


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
