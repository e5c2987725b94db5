"""What a share is likely to be where nobody has measured it, from several places where somebody has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import special

from logminer.stats.score import Interval, critical

__all__ = ["predicted_share"]

FEWEST = 3  # places: two say nothing of how far a third may lie


def predicted_share(
    shares: Sequence[tuple[float, float]], *, confidence: float = 0.95
) -> Interval | None:
    """Where the share of one more place lies, if it is of the same kind as those measured.

    Args:
        shares: of each place its share in [0, 1] and the effective number of items behind it, > 0.
        confidence: of the interval.

    Returns:
        An interval in [0, 1] that holds every measured share as well; None where fewer than three places are measured. Of
        three it is nearly all; of four to ten it holds the next in 90 to 96 % of simulations at 95 %.

    Raises:
        ValueError: a share outside [0, 1], a number not above 0, or a confidence outside (0, 1).

    Source: the prediction interval of Higgins, Thompson & Spiegelhalter 2009, J. R. Stat. Soc. A 172:137, with the
    variance between places of DerSimonian & Laird 1986, Control. Clin. Trials 7:177, on logits of half a hit and half
    a miss more; t of places − 2 degrees of freedom.
    """
    critical(confidence)  # checks it
    share, n = np.array(shares, np.float64).reshape(-1, 2).T
    if not (np.all((share >= 0) & (share <= 1)) and np.all(n > 0)):
        raise ValueError("shares must lie in [0, 1], each with a number of items above 0")
    if len(share) < FEWEST:
        return None
    hits, misses = share * n + 0.5, (1 - share) * n + 0.5
    logit, variance = np.log(hits / misses), 1 / hits + 1 / misses
    fixed = 1 / variance
    heterogeneity = fixed @ np.square(logit - fixed @ logit / fixed.sum())
    scale = fixed.sum() - np.square(fixed).sum() / fixed.sum()
    between = max(0.0, float((heterogeneity - (len(share) - 1)) / scale))
    weight = 1 / (variance + between)
    middle = float(weight @ logit / weight.sum())
    t = float(special.stdtrit(len(share) - 2, 0.5 + confidence / 2))
    reach = t * float(np.sqrt(between + 1 / weight.sum()))
    low, high = (float(special.expit(end)) for end in (middle - reach, middle + reach))
    return Interval(min(low, float(share.min())), max(high, float(share.max())))
