"""The effect on one set of prompts: difference, interval, p of none, and tests of equivalence."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

import logminer.stats as stats
from logminer.compare.options import CompareOptions, Margin
from logminer.compare.prompts import Codes, ComparedPrompts, Floats

__all__ = ["Counts", "Effect", "EffectsKnown", "effect", "effect_on", "votes_of"]


REMEMBERED = 1_000_000  # prompts of all effects together


class Counts(NamedTuple):
    """Prompts by which arm shows the behaviour. With several samples a prompt, sums of rates."""

    both: float
    base_only: float
    candidate_only: float
    neither: float


@dataclass(frozen=True, eq=False)
class Effect:
    """Candidate minus base on the same prompts; see `effect`."""

    base: Floats
    candidate: Floats
    units: Codes
    groups: Codes | None
    weight: stats.Weight
    counts: Counts
    evidence: stats.PairedEvidence
    low: float
    high: float
    p: float
    _margins: dict[float, float] = field(default_factory=dict, repr=False)

    @property
    def n(self) -> int:
        """Prompts."""
        return self.evidence.n

    @property
    def n_effective(self) -> float:
        """Kish's number of units that would tell as much, the lesser of that by unit and that by group."""
        return self.evidence.n_effective

    @property
    def largest_share(self) -> float:
        """Share of all votes that the largest unit has, in (0, 1]."""
        return self.evidence.largest_share

    @property
    def binary(self) -> bool:
        """No prompt has several samples that differ."""
        return self.evidence.binary

    @property
    def independent(self) -> bool:
        """Each prompt has one sample, a unit and a wording of its own."""
        return self.evidence.independent

    @property
    def difference(self) -> float:
        """Mean difference, over prompts or over units, as `weight` says."""
        return self.evidence.difference

    @property
    def standard_error(self) -> float:
        """Of the difference; inf where one unit was seen."""
        return self.evidence.se

    @property
    def design_effect(self) -> float:
        """Variance over that of as many independent prompts, at least 1."""
        return self.evidence.design_effect

    @property
    def rates(self) -> tuple[float, float]:
        """Rates of base and candidate, over prompts or over units, as `weight` says."""
        votes = self.votes
        base, candidate = (np.average(arm, weights=votes) for arm in (self.base, self.candidate))
        return float(base), float(candidate)

    @property
    def votes(self) -> Floats | None:
        """[n], of mean 1, by how much each prompt counts; None where all are alike."""
        return votes_of(self.units, self.weight)

    @property
    def whole_counts(self) -> tuple[int, int, int, int] | None:
        """The four counts; None where a prompt has several samples that differ."""
        both, base_only, candidate_only, neither = map(round, self.counts)
        return (both, base_only, candidate_only, neither) if self.binary else None

    def interval(self, confidence: float) -> stats.Interval:
        """The interval at another confidence in (0, 1)."""
        return self.evidence.interval(confidence)

    def p_equivalence(self, margin: Margin) -> float:
        """p of a difference at or beyond the margin; with a ratio, the less convincing of both tests."""
        absolute = self.evidence.p_equivalence(margin.absolute)
        if margin.ratio is None:
            return absolute
        return max(absolute, self._p_ratio(margin.ratio))

    def _p_ratio(self, ratio: float) -> float:
        if self.independent:
            return stats.paired_ratio_equivalence(*self.counts, ratio=ratio).p
        lost, gained, n = self.evidence.independent_counts(cautious=True)
        both = max((sum(self.rates) * n - lost - gained) / 2, 0.0)
        neither = max(n - both - lost - gained, 0.0)
        score = stats.paired_ratio_equivalence(both, lost, gained, neither, ratio=ratio).p
        # candidate = ratio × base is candidate ÷ ratio = base: no difference of scaled rates.
        lower = self._scaled(1 / ratio, 1.0).p_not_above(0.0)
        upper = self._scaled(1.0, 1 / ratio).p_not_below(0.0)
        return max(score, lower, upper)

    def _scaled(self, base: float, candidate: float) -> stats.PairedEvidence:
        return stats.paired_evidence(
            base * self.base,
            candidate * self.candidate,
            self.units,
            prompts=self.groups,
            weight=self.weight,
        )

    def smallest_margin(self, alpha: float) -> float:
        """The absolute margin within which equal arms would be found equivalent with 80 % power; 1 where within none."""
        if alpha not in self._margins:
            self._margins[alpha] = stats.showable_margin(self.evidence, alpha=alpha)
        return self._margins[alpha]

    def minimum_detectable(self, level: float) -> float:
        """The difference that would be found with 80 % power at this two-sided level; 1 where none would be."""
        if not self.independent and 2.0**-self.evidence.gathered > level:
            return 1.0  # units that all go one way do that by chance
        square = self.evidence.spread + self.difference**2
        return stats.minimum_detectable_difference(
            self.n,
            min(max(square, 1 / self.n), 1.0),
            alpha=level,
            design_effect=self.design_effect,
            units=None if self.independent else self.n_effective,
        )


def effect_on(
    prompts: ComparedPrompts,
    numbers: Codes,
    base: Floats,
    candidate: Floats,
    options: CompareOptions,
) -> Effect:
    """`effect` of [n] rates on the prompts of these numbers, with the units, level and weights of the study."""
    return effect(
        base,
        candidate,
        prompts.units[numbers],
        1 - options.alpha,
        groups=prompts.groups[numbers],
        weight=options.weight,
    )


class EffectsKnown:
    """`effect_on`, which remembers the last that it found: most behaviours are shown by hardly anybody, and many of them by the
    same answers, stratum by stratum."""

    def __init__(self, prompts: ComparedPrompts, options: CompareOptions) -> None:
        self._prompts, self._options = prompts, options
        self._known: dict[bytes, Effect] = {}

    def __call__(self, base: Floats, candidate: Floats, numbers: Codes) -> Effect:
        """Of [n] rates on the prompts of these numbers."""
        asked = hashlib.blake2b(digest_size=16)
        for part in (numbers, base, candidate):
            asked.update(np.ascontiguousarray(part).tobytes())
        found = self._known.pop(asked.digest(), None)
        if found is None:
            found = effect_on(self._prompts, numbers, base, candidate, self._options)
        self._known[asked.digest()] = found
        while len(self._known) * found.n > REMEMBERED:
            del self._known[next(iter(self._known))]
        return found


def effect(
    base: Floats,
    candidate: Floats,
    units: Codes,
    confidence: float,
    *,
    groups: Codes | None = None,
    weight: stats.Weight = "prompt",
) -> Effect:
    """The difference of two rates on the same prompts, with the tests of `stats.paired_difference`.

    Args:
        base: [n] rates in [0, 1], one for each prompt (0 or 1 where it has one sample).
        candidate: [n] the same of the other arm.
        units: [n] codes; prompts of one unit are not independent.
        confidence: of the interval.
        groups: [n] codes; answers to prompts of one group are not independent either. None: no two ask alike.
        weight: what has one vote, each prompt or each unit.
    """
    found = stats.paired_evidence(base, candidate, units, prompts=groups, weight=weight)
    low, high = found.interval(confidence)
    difference = candidate - base
    both = float(np.minimum(base, candidate).sum())
    base_only = float(np.maximum(-difference, 0).sum())
    candidate_only = float(np.maximum(difference, 0).sum())
    neither = max(len(base) - both - base_only - candidate_only, 0.0)
    counts = Counts(both, base_only, candidate_only, neither)
    return Effect(base, candidate, units, groups, weight, counts, found, low, high, found.p)


def votes_of(units: Codes, weight: stats.Weight) -> Floats | None:
    """[n], of mean 1, by how much the prompt of each unit counts; None where all are alike."""
    if weight == "prompt":
        return None
    _, places, sizes = np.unique(units, return_inverse=True, return_counts=True)
    return np.asarray(len(units) / (len(sizes) * sizes[places]), np.float64)
