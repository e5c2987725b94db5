"""Paired rates gathered by unit and by group of prompts: what every interval and test of their difference asks."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from logminer.stats.crossing import crossing
from logminer.stats.equivalence import paired_equivalence
from logminer.stats.flips import flip_tail
from logminer.stats.paired import paired_proportions
from logminer.stats.score import Interval, critical, tango_interval, tango_z
from logminer.stats.users import user_codes

__all__ = ["Keys", "PairedEvidence", "Weight", "paired_evidence"]

Weight = Literal["prompt", "unit"]
Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Numbers = NDArray[Any]
Keys = Sequence[Hashable] | NDArray[np.generic]


class PairedEvidence(NamedTuple):
    """Paired rates gathered by unit, from which intervals and tests of `paired_difference` are asked.

    `sums, sizes, times`: the distinct weighted sums of differences of the units, their weights (all of them together
    are 1), and how many units have both. `groups` is [k, 5], for each group of prompts of several units: sum, weight,
    and over its units the summed sums², sums × weights and weights². `lost` and `gained` are the weighted negative
    and positive parts of all differences, `spread` their variance; `gathered` is the number of units, or of groups of
    prompts where they are fewer. `counts` are those of independent prompts, see `independent`.
    """

    n: int
    n_clusters: int
    n_effective: float
    largest_share: float
    difference: float
    binary: bool
    gathered: int
    counts: tuple[int, int, int, int] | None
    lost: float
    gained: float
    spread: float
    sums: Floats
    sizes: Floats
    times: Floats
    groups: Floats
    variance_if_alike: float

    @property
    def independent(self) -> bool:
        """Each prompt has one sample, a unit and a wording of its own."""
        return self.counts is not None

    @property
    def se(self) -> float:
        """Cluster-robust standard error (CR1; by both ways where groups are given); inf for a single unit."""
        return self.se_about(self.difference)

    def se_about(self, difference: float) -> float:
        """The same if this were the true difference."""
        if self.gathered < 2:
            return math.inf
        terms, times = self._terms(difference)
        # Rounding leaves 1e-17 where the residuals cancel; that is no variance.
        variance = float(np.square(np.where(np.abs(terms) < 1e-14, 0.0, terms)) @ times)
        return math.sqrt(variance * self.gathered / (self.gathered - 1))

    @property
    def design_effect(self) -> float:
        """Variance over that of as many independent prompts, at least 1; n over `n_effective` where nothing varies."""
        naive, robust = self.spread / self.n, self.se**2
        if naive == 0 or robust == 0 or not math.isfinite(robust):
            return self.n / self.n_effective
        return max(1.0, robust / naive)

    @property
    def p(self) -> float:
        """Two-sided p of no difference, in [0, 1]."""
        if self.gathered < 2:
            return 1.0
        if self.counts:
            return paired_proportions(*self.counts).p_mcnemar_mid
        score = 2 * float(
            special.stdtr(self.gathered - 1, -abs(tango_z(*self.independent_counts(), 0.0)))
        )
        return min(1.0, max(score, 2 * self._flips(0.0, abs(self.difference))))

    def p_equivalence(self, margin: float) -> float:
        """p of a difference at or beyond `margin`, in [0, 1].

        Raises:
            ValueError: a margin outside (0, 1).
        """
        if self.counts:
            return paired_equivalence(*self.counts, margin=margin).p
        if not 0 < margin < 1:
            raise ValueError(f"margin must lie in (0, 1), got {margin}")
        return max(self.p_not_above(-margin), self.p_not_below(margin))

    def p_not_above(self, difference: float) -> float:
        """One-sided p of a true difference at or below this one, in [0, 1].

        The z of the less convincing test is taken for a t with n_effective − 1 degrees of freedom: of few units, or
        where few have most, it may be chance that they show nothing.
        """
        return self._one_sided(difference, 1)

    def p_not_below(self, difference: float) -> float:
        """One-sided p of a true difference at or above this one, in [0, 1]."""
        return self._one_sided(difference, -1)

    def _one_sided(self, at: float, side: int) -> float:
        flips = float(special.ndtri(self._flips(at, side * (self.difference - at))))
        score = -side * tango_z(*self.independent_counts(cautious=True), at)
        return float(special.stdtr(max(self.n_effective - 1, 1.0), max(flips, score)))

    def interval(self, confidence: float) -> Interval:
        """The differences that are not rejected at 1 − `confidence`.

        Raises:
            ValueError: a confidence outside (0, 1).
        """
        z = critical(confidence)
        if self.counts:
            return paired_proportions(*self.counts, confidence=confidence).tango
        if self.gathered > 1:
            z = float(special.stdtrit(self.gathered - 1, 0.5 + confidence / 2))
        tail = (1 - confidence) / 2
        low, high = tango_interval(*self.independent_counts(), z)
        low, high = self._end(low, -1, tail), self._end(high, 1, tail)
        # An end that does not speak against 0 is the more cautious one, so that p stays that of the flips.
        widest = tango_interval(*self.independent_counts(cautious=True), z)
        return Interval(
            low if low > 0 else min(low, widest.low), high if high < 0 else max(high, widest.high)
        )

    def independent_counts(self, *, cautious: bool = False) -> tuple[float, float, float]:
        """Lost, gained and all prompts: as many as would be as sure of the difference if they were independent.

        Args:
            cautious: where a typical unit's prompts are more alike than those of the units with most, believe it of
                all. That the heaviest users show little of a rare behaviour is then no proof that they do not.
        """
        robust = max(self.se**2, self.variance_if_alike if cautious else 0.0)
        naive = max(self.lost + self.gained - self.difference**2, 0.0)
        # What rounding leaves of no variance is none.
        if naive < 1e-14 or robust <= 1e-12 * naive or not math.isfinite(robust):
            count = self.n_effective
        else:
            count = naive / robust
            if self.binary:
                count = min(count, float(self.n))
        return self.lost * count, self.gained * count, count

    def _end(self, start: float, side: int, tail: float) -> float:
        """Where flips begin to reject, beyond `start`, on the side of more (1) or less (−1)."""

        def excess(at: float) -> float:
            return self._flips(at, side * (at - self.difference)) - tail

        inner, outer = start, float(side)
        if side * (outer - inner) <= 0:
            return start
        left = excess(inner)
        if side * inner < 0 and (right := excess(0.0)) > 0:
            inner, left = 0.0, right  # 0 is asked itself, so that p and the interval agree
        elif left <= 0:
            return start
        elif side * inner < 0:
            outer = 0.0
        reach = max(abs(start - self.difference), 1e-9)
        while abs(outer - inner) > reach:
            middle = inner + side * reach
            if (right := excess(middle)) <= 0:
                outer = middle
                break
            inner, left, reach = middle, right, 2 * reach
        else:
            right = excess(outer)
            if right > 0:
                return outer
        return crossing(excess, inner, outer, left, right)

    def _flips(self, difference: float, beyond: float) -> float:
        """One-sided p of the true difference, where the one found lies `beyond` (≥ 0) it."""
        return flip_tail(*self._terms(difference), beyond)

    def _terms(self, difference: float) -> tuple[Floats, Floats]:
        """What is flipped: the units' residuals, and for each shared group what it adds to their squares."""
        residuals = self.sums - difference * self.sizes
        if not len(self.groups):
            return residuals, self.times
        total, size, squares, products, sizes = self.groups.T
        own = squares - 2 * difference * products + difference**2 * sizes
        added = np.sqrt(np.maximum(np.square(total - difference * size) - own, 0.0))
        return np.concatenate([residuals, added]), np.concatenate([self.times, np.ones(len(added))])


def paired_evidence(
    base: ArrayLike,
    candidate: ArrayLike,
    clusters: Keys,
    *,
    prompts: Keys | None = None,
    weight: Weight = "prompt",
) -> PairedEvidence:
    """Gathers paired rates by unit; see `paired_difference`.

    Raises:
        ValueError: no prompts, unequal lengths, rates outside [0, 1], or another weight.
    """
    first, second = (np.asarray(rates, dtype=np.float64) for rates in (base, candidate))
    n = len(first) if first.ndim == 1 else 0
    if not n or first.shape != second.shape or len(clusters) != n:
        raise ValueError(
            f"need a base, a candidate and a cluster of at least one prompt, got {first.shape}, {second.shape}"
            f" and {len(clusters)}"
        )
    if prompts is not None and len(prompts) != n:
        raise ValueError(f"need a group for each of {n} prompts, got {len(prompts)}")
    if weight not in ("prompt", "unit"):
        raise ValueError(f"weight must be 'prompt' or 'unit', got {weight!r}")
    if not all(
        float(r.min()) >= 0 and float(r.max()) <= 1 for r in (first, second)
    ):  # nan: neither
        raise ValueError("rates must lie in [0, 1]")
    units = user_codes(clusters)
    members = np.bincount(units)
    n_clusters = gathered = len(members)
    by_unit = weight == "unit"
    weights = (1 / (members * n_clusters))[units] if by_unit else np.full(n, 1 / n)
    differences = second - first
    weighted = weights * differences
    sums, sizes = np.bincount(units, weighted), np.bincount(units, weights)
    kish = _kish(sizes)
    largest = 1 / n_clusters if by_unit else int(members.max()) / n
    shared = np.empty((0, 5))
    if prompts is not None:
        groups = user_codes(prompts)
        of_groups = np.bincount(groups, weights)
        kish = min(kish, _kish(of_groups))
        gathered = min(gathered, len(of_groups))
        shared, nested = _shared(groups, units, weighted, weights)
        if nested:
            sums, sizes = np.bincount(groups, weighted), of_groups
            shared = shared[:0]
    lost = -float(np.minimum(weighted, 0).sum())
    gained = float(np.maximum(weighted, 0).sum())
    difference = float(weighted.sum() / weights.sum() if by_unit else differences.sum() / n)
    binary = bool(((first == 0) | (first == 1)).all() and ((second == 0) | (second == 1)).all())
    counts = None
    if binary and gathered == n:
        both = int(first @ second)
        less, more = int(first.sum()) - both, int(second.sum()) - both
        counts = both, less, more, n - both - less - more
        difference = (more - less) / n
    spread = float(np.square(differences) @ weights) - difference**2
    return PairedEvidence(
        n,
        n_clusters,
        kish,
        largest,
        difference,
        binary,
        gathered,
        counts,
        lost,
        gained,
        max(spread, 0.0),
        *_distinct(sums, sizes),
        shared,
        _variance_if_alike(differences, units, members, weights, difference),
    )


def _kish(shares: Numbers) -> float:
    """Of six alike there are six, and not a rounding less."""
    return round(1 / float(shares @ shares), 9)


def _variance_if_alike(
    differences: Floats, units: Codes, members: Codes, weights: Floats, mean: float
) -> float:
    """Variance of the mean if prompts were as alike within every unit as they are within units of two and more.

    The moment estimate of what two prompts of a unit share, each unit weighted by its prompts and not by its pairs.
    """
    residuals = differences - mean
    within = np.bincount(units, residuals * residuals)
    between = np.square(np.bincount(units, residuals)) - within
    several = members > 1
    shared = float((between[several] / (members[several] - 1)).sum()) / max(
        int(members[several].sum()), 1
    )
    vote = np.zeros(len(members))
    vote[units] = weights
    own = float(within.sum()) / len(units)
    return float(np.square(vote) @ (members * (own + (members - 1) * max(shared, 0.0))))


def _shared(groups: Codes, units: Codes, weighted: Floats, weights: Floats) -> tuple[Floats, bool]:
    """Moments of the groups that several units have, see `PairedEvidence.groups`; whether all units have one group."""
    count = int(units.max()) + 1
    cells, places = np.unique(groups * count + units, return_inverse=True)
    owner = cells // count
    several = np.bincount(owner) > 1
    sums, sizes = np.bincount(places, weighted), np.bincount(places, weights)
    columns = [sums, sizes, sums * sums, sums * sizes, sizes * sizes]
    moments: Floats = np.stack([np.bincount(owner, column)[several] for column in columns], axis=1)
    return moments, len(cells) == count and bool(several.any())


def _distinct(sums: Numbers, sizes: Numbers) -> tuple[Floats, Floats, Floats]:
    """Distinct pairs of sum and size, and how many units have each."""
    # Equal but for rounding is the same.
    sums, sizes = sums.round(15), sizes.round(15)
    order = np.lexsort((sums, sizes))
    sums, sizes = sums[order], sizes[order]
    changes = (np.diff(sums) != 0) | (np.diff(sizes) != 0)
    starts = np.flatnonzero(np.concatenate([[True], changes]))
    times = np.diff(np.concatenate([starts, [len(sums)]])).astype(np.float64)
    return sums[starts], sizes[starts], times
