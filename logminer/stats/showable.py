"""The smallest margin within which as much data as there are would show two checkpoints to be equivalent."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from logminer.stats.evidence import PairedEvidence
from logminer.stats.score import tango_z

__all__ = ["showable_margin"]

Floats = NDArray[np.float64]

PRECISION = 1e-3  # of the margin


def showable_margin(evidence: PairedEvidence, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """The smallest absolute margin for which the test of equivalence of these prompts would pass with this power.

    Assumed is that the true difference is 0 and that everything else is as it was seen: the prompts, the units and
    groups in which they hang together and the weight of each, how far units spread about the mean, and how often the
    checkpoints differ, but now as often one way as the other. Of that last at least one prompt is assumed to have
    differed: that none did is chance as well. The test is that of `PairedEvidence.p_equivalence`, asked of such data
    whose difference lies as far from 0 as it does in 1 − `power` of all draws; it is by t with n_effective − 1 degrees
    of freedom where prompts are not independent.

    Args:
        evidence: of the comparison.
        alpha: level of the test, one-sided each way, without any adjustment for other comparisons.

    Returns:
        A difference as a share in (0, 1]; 1 where not even the widest margin would do.

    Raises:
        ValueError: a level or power outside (0, 1).

    Source: the power of two one-sided tests at a true difference of 0, Phillips 1990, J. Pharmacokinet. Biopharm.
    18:137, solved for the margin.
    """
    if not (0 < alpha < 1 and 0 < power < 1):
        raise ValueError(f"alpha and power must lie in (0, 1), got {alpha} and {power}")
    equal = _centred(evidence, (1 + power) / 2)
    low, high = max(equal.difference, 0.0), 1.0
    if low >= 1 or _p(equal, 1 - 1e-9) > alpha:
        return 1.0
    while high - low > PRECISION * high:
        middle = (low + high) / 2
        if _p(equal, middle) > alpha:
            low = middle
        else:
            high = middle
    return high


def _centred(evidence: PairedEvidence, level: float) -> PairedEvidence:
    """What would be seen of equal checkpoints if the difference came out at this quantile of its distribution."""
    differing = max(evidence.lost + evidence.gained, 1 / evidence.n)
    independent = evidence.independent
    count = evidence.n if independent else evidence.n_effective
    least = math.sqrt((1 / evidence.n) / count)  # where nothing was seen to vary
    error = math.sqrt(differing / evidence.n) if independent else max(evidence.se, least)
    freedom = math.inf if independent else max(evidence.n_effective - 1, 1.0)
    quantile = float(special.ndtri(level) if independent else special.stdtrit(freedom, level))
    difference = min(quantile * error, 1.0)
    differing = max(differing, difference)
    moved = difference - evidence.difference
    return evidence._replace(
        difference=difference,
        lost=(differing - difference) / 2,
        gained=(differing + difference) / 2,
        spread=max(differing - difference**2, 0.0),
        sums=evidence.sums + moved * evidence.sizes,
        groups=_moved(evidence.groups, moved),
    )


def _moved(groups: Floats, by: float) -> Floats:
    """Moments of groups whose differences all grow by so much; see `PairedEvidence.groups`."""
    total, size, squares, products, sizes = groups.T
    squares = squares + 2 * by * products + by**2 * sizes
    moved: Floats = np.stack(
        [total + by * size, size, squares, products + by * sizes, sizes], axis=1
    )
    return moved


def _p(equal: PairedEvidence, margin: float) -> float:
    """Of the less convincing side; the other is further away."""
    if equal.independent:
        counts = equal.lost * equal.n, equal.gained * equal.n, equal.n
        return float(special.ndtr(tango_z(*counts, margin)))
    return equal.p_not_below(margin)
