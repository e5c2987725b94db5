"""The effect on one set of prompts: difference, interval, p of none, and tests of equivalence."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

import logminer.stats as stats
from logminer.compare.options import Margin
from logminer.compare.prompts import Codes, Floats

__all__ = ["Counts", "Effect", "effect"]


class Counts(NamedTuple):
    """Prompts by which arm shows the behaviour. With several samples a prompt, sums of rates."""

    both: float
    base_only: float
    candidate_only: float
    neither: float


class Effect(NamedTuple):
    """Candidate minus base on the same prompts; see `effect`."""

    base: Floats
    candidate: Floats
    units: Codes
    counts: Counts
    binary: bool
    independent: bool
    difference: float
    low: float
    high: float
    p: float
    design_effect: float

    @property
    def n(self) -> int:
        """Prompts."""
        return len(self.base)

    @property
    def whole_counts(self) -> tuple[int, int, int, int] | None:
        """The four counts; None where a prompt has several samples that differ."""
        both, base_only, candidate_only, neither = map(round, self.counts)
        return (both, base_only, candidate_only, neither) if self.binary else None

    def p_equivalence(self, margin: Margin) -> float:
        """p of a difference at or beyond the margin; with a ratio, the less convincing of both tests."""
        if self.independent:
            counts = [round(count) for count in self.counts]
            absolute = stats.paired_equivalence(*counts, margin=margin.absolute).p
        else:
            difference = self.candidate - self.base
            absolute = stats.clustered_equivalence(difference, self.units, margin=margin.absolute).p
        if margin.ratio is None:
            return absolute
        independent = [count / self.design_effect for count in self.counts]
        return max(absolute, stats.paired_ratio_equivalence(*independent, ratio=margin.ratio).p)

    def minimum_detectable(self, alpha: float) -> float:
        """The difference that would be found with 80 % power."""
        discordant = max(float(np.mean((self.candidate - self.base) ** 2)), 1 / self.n)
        return stats.minimum_detectable_difference(
            self.n, min(discordant, 1.0), alpha=alpha, design_effect=self.design_effect
        )


def effect(base: Floats, candidate: Floats, units: Codes, confidence: float) -> Effect:
    """The difference of two rates on the same prompts.

    Args:
        base: [n] rates in [0, 1], one for each prompt (0 or 1 where it has one sample).
        candidate: [n] the same of the other arm.
        units: [n] codes; prompts of one unit are not independent.
        confidence: of the interval.

    Where each unit has one prompt and each prompt one sample: Tango's interval and McNemar's mid p. Else: the mean
    with CR1 standard errors (the interval is Tango's on counts over the design effect, where there are counts), and of
    few units the more cautious of its p and the sign-flip p.
    """
    difference = candidate - base
    n_units = len(np.unique(units))
    binary = bool(np.isin(base, (0, 1)).all() and np.isin(candidate, (0, 1)).all())
    independent = binary and n_units == len(units)
    both = float(np.minimum(base, candidate).sum())
    base_only = float(np.maximum(-difference, 0).sum())
    candidate_only = float(np.maximum(difference, 0).sum())
    neither = len(base) - both - base_only - candidate_only
    counts = Counts(both, base_only, candidate_only, max(neither, 0.0))
    if independent:
        whole = [round(count) for count in counts]
        paired = stats.paired_proportions(*whole, confidence=confidence)
        middle, (low, high) = paired.difference, paired.tango
        p, design_effect = paired.p_mcnemar_mid, 1.0
    else:
        mean = stats.clustered_mean(difference, units, confidence=confidence)
        middle, (low, high) = mean.mean, mean.tango if binary else (mean.low, mean.high)
        p = max(mean.p, mean.p_sign_flip or 0.0)
        design_effect = _design_effect(difference, mean, n_units)
    return Effect(
        base, candidate, units, counts, binary, independent, middle, low, high, p, design_effect
    )


def _design_effect(difference: Floats, mean: stats.ClusteredMean, n_units: int) -> float:
    """Variance over that of independent prompts, at least 1; prompts a unit where nothing varies."""
    naive = float(difference.var()) / len(difference)
    if naive == 0 or not np.isfinite(mean.se):
        return len(difference) / n_units
    return max(1.0, mean.se**2 / naive)
