"""Do two labellers agree, how sure is that, and is one share of labels unlike another?"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from logminer.stats.score import Interval, critical, two_sided
from logminer.stats.users import user_codes

__all__ = [
    "Agreement",
    "WeightedShare",
    "cohen_kappa",
    "kappa_interval",
    "shares_differ",
    "weighted_share",
]

ADDED = 2.0  # items, for the interval of a kappa
PSEUDO = 1.0  # item that is not like the others, for the design effect of a share

Floats = NDArray[np.float64]
Users = Sequence[Hashable] | NDArray[np.generic]


class Agreement(NamedTuple):
    """How far two labellers agree on `n` items: beyond chance and as a share; see `cohen_kappa`."""

    kappa: float | None
    agreement: float
    n: int


class WeightedShare(NamedTuple):
    """A share with its interval, all in [0, 1], and the number of equally weighted items that tell as much."""

    share: float
    low: float
    high: float
    effective_n: float


def cohen_kappa(
    first: Sequence[Hashable], second: Sequence[Hashable], *, weights: ArrayLike | None = None
) -> Agreement:
    """Cohen's kappa of two labellers of the same items.

    Args:
        first: [n] labels, any hashables.
        second: [n] labels of the same items in the same order.
        weights: [n], > 0, of the items; all alike where None.

    Returns:
        Kappa in [−1, 1], None where both give one and the same label to everything: chance would agree as well. And
        the share of items, weighted, on which they agree.

    Raises:
        ValueError: no items, unequal lengths, or a weight not above 0.

    Source: Cohen 1960, Educ. Psychol. Meas. 20:37.
    """
    n = len(first)
    if n == 0 or len(second) != n:
        raise ValueError(f"need two labels of each of at least one item, got {n} and {len(second)}")
    weight = _weights(weights, n)
    index: dict[Hashable, int] = {}
    codes = [[index.setdefault(label, len(index)) for label in given] for given in (first, second)]
    shares = [np.bincount(given, weight, len(index)) / weight.sum() for given in codes]
    same = np.equal(*map(np.asarray, codes))
    agreement = float(weight[same].sum() / weight.sum())
    if len(index) == 1:
        return Agreement(None, 1.0, n)
    chance = float(shares[0] @ shares[1])
    return Agreement((agreement - chance) / (1 - chance), agreement, n)


def kappa_interval(
    first: Sequence[Hashable],
    second: Sequence[Hashable],
    *,
    users: Sequence[Hashable] | None = None,
    confidence: float = 0.95,
) -> Interval | None:
    """An interval of Cohen's kappa, by the delta method, cluster-robust and of t with clusters − 1 degrees of freedom.

    Two items more are counted for it, spread evenly over the table: labellers who never disagreed on few items are not
    sure never to. The interval is of that kappa, and reaches to the one observed.

    Args:
        first: [n] labels, any hashables.
        second: [n] labels of the same items in the same order.
        users: [n], whatever items are not independent within (prompts, users); each item stands alone where None.

    Returns:
        None where kappa is (one label throughout); [−1, 1] where all items are of one user, who says nothing of others.

    Raises:
        ValueError: no items, unequal lengths, or a confidence outside (0, 1).

    Source: Fleiss, Cohen & Everitt 1969, Psychol. Bull. 72:323 (delta method); Yang & Zhou 2014, Stat. Med. 33:2612
    (clustered items); added items in the spirit of Agresti & Coull 1998, Am. Stat. 52:119.
    """
    observed = cohen_kappa(first, second).kappa
    critical(confidence)  # checks it
    n = len(first)
    if users is not None and len(users) != n:
        raise ValueError(f"need a user for each of {n} items, got {len(users)}")
    if observed is None:
        return None
    clusters = np.arange(n) if users is None else user_codes(users)
    n_clusters = int(clusters.max()) + 1
    if n_clusters < 2:
        return Interval(-1.0, 1.0)
    labels = list(dict.fromkeys([*first, *second]))
    place = {label: i for i, label in enumerate(labels)}
    k = len(labels)
    rows = np.r_[[place[label] for label in first], np.repeat(np.arange(k), k)]
    columns = np.r_[[place[label] for label in second], np.tile(np.arange(k), k)]
    weight = np.r_[np.ones(n), np.full(k * k, ADDED / k**2)]
    groups = np.r_[clusters, n_clusters + np.arange(k * k)]
    weight /= weight.sum()
    of_first, of_second = (np.bincount(codes, weight, k) for codes in (rows, columns))
    agree = (rows == columns).astype(np.float64)
    share, chance = float(weight @ agree), float(of_first @ of_second)
    kappa = (share - chance) / (1 - chance)
    # What each item adds: the derivative of kappa by its weight.
    by_chance = of_second[rows] + of_first[columns] - 2 * chance
    influence = weight * ((agree - share) - (1 - kappa) * by_chance) / (1 - chance)
    sums = np.bincount(groups, influence)
    se = math.sqrt(float(np.square(sums).sum()) * n_clusters / (n_clusters - 1))
    reach = float(special.stdtrit(n_clusters - 1, 0.5 + confidence / 2)) * se
    low, high = min(kappa - reach, observed), max(kappa + reach, observed)
    return Interval(max(low, -1.0), min(high, 1.0))


def weighted_share(
    hits: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    users: Users | None = None,
    confidence: float = 0.95,
) -> WeightedShare:
    """The share of hits with Wilson's interval, on an effective number of items.

    That is the number of which a plain draw would be as sure: by the linearised variance of the weighted share, which
    sees where hits and weights go together (a draw that takes much of what a scorer flags has its misses among the
    heavy rest), and never above Kish's, which is all that is known of a share of 0 or 1. With equal weights it is n.

    With `users` it is divided by their design effect. Of few misses (or hits, where these are fewer) that effect is
    hardly known: one of each is added that a user's items have together, so that none at all is no proof that users are
    alike. The number is never below that of equally heavy users.

    Args:
        hits: [n], true or false.
        weights: [n], > 0, inverse to the chance of being drawn; all alike where None.
        users: [n], any hashable; items of one user are not independent. Each item stands alone where None.

    Raises:
        ValueError: no items, unequal lengths, hits that are neither 0 nor 1, a weight not above 0, or a confidence
            outside (0, 1).

    Source: Wilson 1927, J. Am. Stat. Assoc. 22:209; Korn & Graubard 1998, Surv. Methodol. 24:193; Kish 1965, Survey
    Sampling; Rao & Scott 1992, Biometrics 48:577 (numbers over the design effect of clusters).
    """
    values = np.asarray(hits, dtype=np.float64)
    if values.ndim != 1 or not len(values) or not bool(np.isin(values, (0, 1)).all()):
        raise ValueError("hits must be a list of at least one, each true or false")
    z = critical(confidence)
    weight = _weights(weights, len(values))
    share = float(weight[values == 1].sum() / weight.sum())
    n = float(weight.sum() ** 2 / np.square(weight).sum())
    if 0 < share < 1:
        spread = float(np.square(weight * (values - share)).sum())
        n = min(n, share * (1 - share) * float(weight.sum()) ** 2 / spread)
    if users is not None:
        n = _of_users(n, weight, weight * (values - share), users)
    centre = (share * n + z * z / 2) / (n + z * z)
    reach = z * math.sqrt(n * share * (1 - share) + z * z / 4) / (n + z * z)
    return WeightedShare(share, max(centre - reach, 0.0), min(centre + reach, 1.0), n)


def _of_users(n: float, weight: Floats, deviations: Floats, users: Users) -> float:
    """`n` over the design effect of users, and no less than so many users of equal weight would be."""
    if len(users) != len(weight):
        raise ValueError(f"need a user for each of {len(weight)} items, got {len(users)}")
    codes = user_codes(users)
    sizes, sums = np.bincount(codes, weight), np.bincount(codes, deviations)
    squares = float(np.square(weight).sum())
    alike = (
        float(np.square(sizes).sum()) / squares
    )  # the design effect if users' items all tell the same
    added = PSEUDO * squares / len(weight)
    n_users = len(sizes)
    if n_users < 2:
        return 1.0
    apart = float(np.square(sums).sum()) * n_users / (n_users - 1)
    effect = (apart + added * alike) / (float(np.square(deviations).sum()) + added)
    least = float(weight.sum()) ** 2 / float(np.square(sizes).sum())
    return max(n / max(effect, 1.0), min(least, n))


def shares_differ(share1: float, n1: float, share2: float, n2: float) -> float:
    """Two-sided p that two independent shares are the same.

    Args:
        share1: in [0, 1], of `n1` items > 0; effective numbers may be fractions.
        share2: in [0, 1], of `n2`.

    Raises:
        ValueError: a share or number out of its range.

    Source: Agresti & Caffo 2000, Am. Stat. 54:280: a hit and a miss are added to each, so that two shares of 1 differ
    no more than their numbers allow.
    """
    for share, n in ((share1, n1), (share2, n2)):
        if not (0 <= share <= 1 and 0 < n < math.inf):
            raise ValueError(f"a share must lie in [0, 1] and rest on items, got {share} of {n}")
    (one, of_one), (other, of_other) = (
        ((share * n + 1) / (n + 2), n + 2) for share, n in ((share1, n1), (share2, n2))
    )
    variance = one * (1 - one) / of_one + other * (1 - other) / of_other
    return two_sided((one - other) / math.sqrt(variance))


def _weights(given: ArrayLike | None, n: int) -> NDArray[np.float64]:
    if given is None:
        return np.ones(n)
    weights = np.asarray(given, dtype=np.float64)
    if weights.shape != (n,) or not bool((np.isfinite(weights) & (weights > 0)).all()):
        raise ValueError(f"weights must be finite and above 0, one for each of {n} items")
    return weights
