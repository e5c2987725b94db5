"""What people would have said of the mean of anything, from their labels of a random part of the rows and a judge's of all."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from logminer.stats.contrast import Contrast, reach, share, values, weights_of

__all__ = ["PoweredMean", "prediction_powered_mean"]

Floats = NDArray[np.float64]
Users = Sequence[Hashable] | NDArray[np.generic]


class PoweredMean(NamedTuple):
    """A mean by prediction-powered inference; see `prediction_powered_mean` and, for `se` and `df`, `Contrast`."""

    estimate: float
    low: float
    high: float
    se: float
    df: float
    tuning: float
    n: int
    n_unlabelled: int

    @property
    def contrast(self) -> Contrast:
        """The mean with its one-sided p."""
        return Contrast(self.estimate, self.low, self.high, self.se, self.df)


def prediction_powered_mean(
    human: ArrayLike,
    judge: ArrayLike,
    judge_unlabelled: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    confidence: float = 0.95,
    tuning: float | None = None,
    users: Users | None = None,
    users_unlabelled: Users | None = None,
    cautious: float = False,
) -> PoweredMean:
    """Mean of what people would say of all rows, from their labels of some and the judge's of all.

    Args:
        human: [n], any numbers; the labelled rows are a random draw, or one with the given `weights`.
        judge: [n], the judge of the same rows.
        judge_unlabelled: [N], the judge of the other rows. Without any, the mean is that of `human`.
        weights: [n], > 0, inverse to the chance of being labelled; all alike where None.
        tuning: how far the judge is used, 0 not at all, 1 as if it never erred; where None the value in [0, 1] of
            least estimated variance.
        users: [n], any hashable; rows of one user are not independent. Each row stands alone where None.
        users_unlabelled: [N], the same of the other rows; a user may be in both.
        cautious: size of two pseudo-observations, that much and minus that much, which the variance is given for the
            judge's errors that few labels did not happen to show. True is 1, right for differences of rates; the
            contrast candidate − slope × base takes max(1, slope). Their own design effect is taken to be the worst,
            labelled rows a user. The interval then has a positive width, also where judge and people never disagree.

    Returns:
        The mean with its standard error and interval: normal, but with `users` CR1 cluster-robust and of t with as
        many degrees of freedom as labelled users, less one.

    Raises:
        ValueError: fewer than two labels, unequal lengths, numbers that are not finite, weights not above 0, or a
            confidence outside (0, 1).

    Source: Angelopoulos, Duchi & Zrnic 2023, arXiv:2311.01453, as in ppi-python 0.2.3; Cameron & Miller 2015 (CR1);
    pseudo-observations in the spirit of Agresti & Min 2005, Stat. Med. 24:729.
    """
    truth, known, rest = values(human), values(judge), values(judge_unlabelled)
    n, n_rest = len(truth), len(rest)
    if n < 2 or len(known) != n:
        raise ValueError(f"need at least two labels, each with its judge, got {n} and {len(known)}")
    weight = weights_of(weights, n)
    if tuning is None:
        tuning = _tuning(truth, known, rest, weight)
    if not (math.isfinite(tuning) and 0 <= cautious < math.inf):
        raise ValueError(
            f"tuning and cautious must be finite, cautious not negative: {tuning}, {cautious}"
        )
    if not n_rest:
        tuning = 0.0
    rectifier, imputed = weight * (truth - tuning * known), tuning * rest
    estimate = float(rectifier.mean()) + (float(imputed.mean()) if n_rest else 0.0)
    independent = n / float(np.square(weight).mean())  # Kish's effective number of labels
    if users is None:
        variance = _variance(rectifier) / n + (_variance(imputed) / n_rest if n_rest else 0.0)
        n_users, df = independent, math.inf
    else:
        codes, n_labelled = _codes(users, users_unlabelled, n, n_rest)
        variance = _user_variance(rectifier, imputed, weight, codes, n_labelled)
        sizes = np.bincount(codes[:n], weight)
        n_users, df = n**2 / float(np.square(sizes).sum()), n_labelled - 1.0
    variance += 2 * cautious**2 / ((independent + 2) * (n_users + 2))
    se = math.sqrt(variance)
    half = reach(se, df, confidence)
    return PoweredMean(estimate, estimate - half, estimate + half, se, df, float(tuning), n, n_rest)


def _tuning(truth: Floats, known: Floats, rest: Floats, weight: Floats) -> float:
    """The share in [0, 1] of the judge that leaves the least variance; 0 where it always says the same."""
    if not len(rest):
        return 0.0
    # Gradients at the untuned estimate: with weights, they depend on where they are taken.
    mean = float(rest.mean() + (weight * (truth - known)).mean())
    of_truth, of_known = weight * (truth - mean), weight * (known - mean)
    shared = float(((of_truth - of_truth.mean()) * (of_known - of_known.mean())).mean())
    pooled = np.concatenate([of_known, rest - mean])
    spread = _variance(pooled) * len(pooled) / (len(pooled) - 1)
    return share(shared / ((1 + len(truth) / len(rest)) * spread)) if spread else 0.0


def _variance(values: Floats) -> float:
    return float(np.square(_clean(values - values.mean(), values)).mean())


def _clean(deviations: Floats, values: Floats) -> Floats:
    """Rounding leaves 1e-17 where deviations cancel; that is no variance."""
    dust = 1e-12 * float(np.abs(values).max())
    return np.where(np.abs(deviations) <= dust, 0.0, deviations)


def _codes(
    users: Users, users_unlabelled: Users | None, n: int, n_rest: int
) -> tuple[NDArray[np.intp], int]:
    """Users as numbers from 0, labelled rows first, and how many users have labelled rows."""
    given = [users, () if users_unlabelled is None else users_unlabelled]
    one, other = (keys.tolist() if isinstance(keys, np.ndarray) else keys for keys in given)
    if len(one) != n or len(other) != n_rest:
        raise ValueError(
            f"need one user for each of {n} labelled and {n_rest} other rows, got {len(one)} and {len(other)}"
        )
    index: dict[Hashable, int] = {}
    codes = np.fromiter(
        (index.setdefault(key, len(index)) for keys in (one, other) for key in keys),
        np.intp,
        n + n_rest,
    )
    return codes, int(codes[:n].max()) + 1


def _user_variance(
    rectifier: Floats, imputed: Floats, weight: Floats, codes: NDArray[np.intp], n_labelled: int
) -> float:
    """CR1 variance of the sum of both means, from what each user's rows add to it; inf for one labelled user."""
    if n_labelled < 2:
        return math.inf
    parts = [(rectifier - weight * rectifier.mean()) / len(rectifier)]
    if len(imputed):
        parts.append((imputed - imputed.mean()) / len(imputed))
    added = np.concatenate(parts)
    sums = _clean(np.bincount(codes, added).astype(np.float64), added)
    return float(np.square(sums).sum()) * n_labelled / (n_labelled - 1)
