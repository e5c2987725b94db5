"""The smallest margin within which as much data as there are would show two checkpoints to be equivalent."""

from __future__ import annotations

import math
from typing import NamedTuple

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
    groups in which they hang together and the weight of each, and by how much the checkpoints differ in each unit, but now
    as often one way as the other. Of that last at least one prompt is assumed to have
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
    if independent:
        error, freedom = math.sqrt(differing / evidence.n), math.inf
    else:
        least = math.sqrt(1 / evidence.n / evidence.n_effective)  # where nothing was seen to vary
        error = max(evidence.se_about(0.0), least)
        freedom = max(evidence.n_effective - 1, 1.0)
    quantile = float(special.ndtri(level) if independent else special.stdtrit(freedom, level))
    difference = min(quantile * error, 1.0)
    differing = max(differing, difference)
    # As often one way as the other, units differ by more than they do about their mean.
    wider = error / evidence.se if 0 < evidence.se < math.inf else 1.0
    moved = _Moved(evidence.difference, wider, difference)
    return evidence._replace(
        difference=difference,
        lost=(differing - difference) / 2,
        gained=(differing + difference) / 2,
        spread=max(differing - difference**2, 0.0),
        sums=moved.sums(evidence.sums, evidence.sizes),
        groups=moved.moments(evidence.groups),
        variance_if_alike=evidence.variance_if_alike * wider**2,
    )


class _Moved(NamedTuple):
    """Differences about another mean, and by so much wider about it."""

    mean: float
    wider: float
    to: float

    def sums(self, sums: Floats, sizes: Floats) -> Floats:
        return self.wider * (sums - self.mean * sizes) + self.to * sizes

    def moments(self, groups: Floats) -> Floats:
        """See `PairedEvidence.groups`."""
        total, size, squares, products, sizes = groups.T
        about = squares - 2 * self.mean * products + self.mean**2 * sizes
        beside = self.wider * (products - self.mean * sizes)
        squares = self.wider**2 * about + 2 * self.to * beside + self.to**2 * sizes
        columns = [self.sums(total, size), size, squares, beside + self.to * sizes, sizes]
        return np.stack(columns, axis=1)


def _p(equal: PairedEvidence, margin: float) -> float:
    """Of the less convincing side; the other is further away."""
    if equal.independent:
        counts = equal.lost * equal.n, equal.gained * equal.n, equal.n
        return float(special.ndtr(tango_z(*counts, margin)))
    return equal.p_not_below(margin)
