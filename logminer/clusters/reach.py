"""How far a cluster reaches: the similarity at which a row is as likely a member as not.

HDBSCAN names the dense cores and leaves the rest as noise, more of it the wider and the closer clusters are. The rows
nearest to a cluster's centre are its members and strangers; their similarities are taken for two normal distributions,
and the cluster ends where a stranger becomes as likely. What strangers look like is known beforehand: as any row does
to the nearest of those clusters that are not its own. New rows are treated as the rows of the fit were.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEAST_SPREAD", "NARROWEST", "Normal", "Reach", "reach", "strangers"]

NARROWEST = 0.9999  # so that rounding never leaves out a copy of its centre
LEAST_SPREAD = 1e-4
FEWEST = 5  # members that make a distribution
PRIOR = 30.0  # rows of its own strangers that weigh as much as what is known of all
ROUNDS = 100
SETTLED = 1e-6
WIDEST = 4.0  # standard deviations below the members' mean at which the search for the end stops
STEPS = 400

Similarities = NDArray[np.float64]


class Reach(NamedTuple):
    """Where a cluster ends, as cosine similarity, and over what difference of similarity membership fades there."""

    radius: float
    fade: float


class Normal(NamedTuple):
    """A normal distribution of similarities."""

    mean: float
    spread: float

    def log_density(self, at: Similarities) -> Similarities:
        """Natural logarithm of the density at each, but for a constant."""
        found: Similarities = -np.log(self.spread) - ((at - self.mean) / self.spread) ** 2 / 2
        return found


def strangers(second: Similarities) -> Normal:
    """What rows look like to the nearest cluster that is not their own.

    Args:
        second: each row's similarity to the second nearest centre, not empty. Median and quartiles are taken, since
            clusters may lie close in pairs.
    """
    low, middle, high = (float(q) for q in np.quantile(second, (0.25, 0.5, 0.75)))
    return Normal(middle, max(LEAST_SPREAD, (high - low) / 1.349))


def reach(similarity: Similarities, core: NDArray[np.bool_], known: Normal | None) -> Reach:
    """Where a cluster ends.

    Args:
        similarity: `[n]` cosine to the centre, of the rows to which it is the nearest.
        core: `[n]` whether a row is of the cluster's dense core.
        known: what strangers look like; None takes the rows outside the core for such.

    Source: expectation–maximisation for two normal components (Dempster, Laird & Rubin 1977), started from the core;
    the strangers' has a conjugate prior.
    """
    inside, outside = similarity[core], similarity[~core]
    if len(inside) < FEWEST:  # centres of entangled clusters may swap; then nothing is placed here
        return Reach(NARROWEST, LEAST_SPREAD)
    members = Normal(float(inside.mean()), _spread(inside))
    if known is None and len(outside) < FEWEST:
        return _bounded(min(float(inside.min()), members.mean - 3 * members.spread), members.spread)
    known = known or Normal(float(outside.mean()), _spread(outside))
    if known.mean >= members.mean:  # a cluster no denser than what lies between clusters
        return _bounded(members.mean, members.spread)
    others, share = known, _inner(len(inside) / len(similarity))
    for _ in range(ROUNDS):
        odds = np.log(1 - share) - np.log(share)
        odds += others.log_density(similarity) - members.log_density(similarity)
        belongs = 1 / (1 + np.exp(np.clip(odds, -50, 50)))
        belongs[similarity >= members.mean] = 1.0  # nobody is too similar
        before = members.mean
        share = _inner(float(belongs.mean()))
        members = _weighted(similarity, belongs)
        others = _weighted(similarity, 1 - belongs, known)
        if abs(members.mean - before) < SETTLED:
            break
    return _crossing(members, others, share)


def _crossing(members: Normal, others: Normal, share: float) -> Reach:
    """Going down from the members' mean, the first similarity at which strangers are as likely."""
    down = np.linspace(members.mean, members.mean - WIDEST * members.spread, STEPS)
    ahead = np.log(share) - np.log(1 - share)
    ahead = ahead + members.log_density(down) - others.log_density(down)
    behind = np.flatnonzero(ahead < 0)
    radius = float(down[-1] if not len(behind) else down[max(0, int(behind[0]) - 1)])
    slope = (members.mean - radius) / members.spread**2
    slope += (radius - others.mean) / others.spread**2
    return _bounded(radius, 1 / slope if slope > 0 else members.spread)


def _bounded(radius: float, fade: float) -> Reach:
    return Reach(min(NARROWEST, max(-1.0, radius)), max(LEAST_SPREAD, fade))


def _weighted(
    similarity: Similarities, weights: Similarities, prior: Normal | None = None
) -> Normal:
    """The normal distribution of weighted rows, `PRIOR` rows of the prior among them."""
    total, extra = float(weights.sum()), PRIOR if prior else 0.0
    mean = (float(weights @ similarity) + (extra * prior.mean if prior else 0.0)) / (total + extra)
    square = float(weights @ (similarity - mean) ** 2)
    if prior:
        square += extra * (prior.spread**2 + (prior.mean - mean) ** 2)
    return Normal(mean, max(LEAST_SPREAD, (square / (total + extra)) ** 0.5))


def _inner(share: float) -> float:
    """A share that is neither none nor all."""
    return min(max(share, 1e-6), 1 - 1e-6)


def _spread(similarity: Similarities) -> float:
    return max(LEAST_SPREAD, float(similarity.std()))
