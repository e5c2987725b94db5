"""What people would have said of two checkpoints, from their labels of both answers to some prompts and a judge's of all."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from logminer.stats.clusters import Clusters, Part, Users
from logminer.stats.contrast import CorrectedContrast, share, values, weights_of

__all__ = ["LabelledPairs", "Poststratified", "poststratified"]

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

STRATA = 4  # by what the judge says of both answers: neither, candidate only, base only, both
SHRINK = 2.0  # labels without an error that a stratum is given, so that few labels of it say little


class LabelledPairs(NamedTuple):
    """Prompts whose answers of both arms people labelled, all [n]; shares of a prompt's answers are in [0, 1].

    `places` index the prompts compared; `weights` > 0 are inverse to the chance of being labelled. `judge_*` is the
    judge of the very answers that people read.
    """

    places: Codes
    weights: Floats
    human_base: Floats
    human_candidate: Floats
    judge_base: Floats
    judge_candidate: Floats


class Poststratified(NamedTuple):
    """What is needed to correct any contrast of the arms; see `poststratified`.

    `tuning` is how far the judge is used, in [0, 1]; `labels` and `votes` are the weights of labelled and of all prompts,
    each of sum 1.
    """

    tuning: float
    fitted: tuple[Floats, Floats]  # of base and candidate: what is predicted of all prompts,
    errors: tuple[Floats, Floats]  # and what that is wrong by where people labelled
    labels: Floats
    votes: Floats
    places: Codes
    clusters: Clusters

    def contrast(self, slope: float = 1.0, confidence: float = 0.95) -> CorrectedContrast:
        """Candidate − slope × base on people's scale, with t of one degree of freedom less than effective labelled users.

        The interval always has a positive width.

        Raises:
            ValueError: a slope that is negative or not finite, or a confidence outside (0, 1).
        """
        if not 0 <= slope < math.inf:
            raise ValueError(f"slope must be finite and not negative, got {slope}")
        of_all = _part(self.fitted[1] - slope * self.fitted[0], self.votes)
        of_labels = _part(self.errors[1] - slope * self.errors[0], self.labels, self.places)
        # Two pseudo-observations, that much and minus that much, for errors that few labels did not happen to show.
        n, n_units = 1 / float(np.square(self.labels).sum()), self.clusters.effective(of_labels)
        unseen = 2 * max(1.0, slope) ** 2 / ((n + 2) * (n_units + 2))
        base, candidate = (
            float(self.votes @ fitted + self.labels @ errors)
            for fitted, errors in zip(self.fitted, self.errors, strict=True)
        )
        return CorrectedContrast.of(
            base,
            candidate,
            slope=slope,
            variance=self.clusters.variance([of_all, of_labels]) + unseen,
            df=n_units - 1,
            confidence=confidence,
        )


def poststratified(
    base: ArrayLike,
    candidate: ArrayLike,
    labelled: LabelledPairs,
    *,
    users: Users | None = None,
    groups: Users | None = None,
    votes: ArrayLike | None = None,
) -> Poststratified:
    """Correct two rates on the same prompts by people's labels of a random draw of them.

    What people say of an answer is predicted as the judge's label times one tuning, of least variance of the difference,
    plus the mean error in the stratum of prompts of which the judge says the same (neither, candidate only, base only,
    both), shrunken towards none where few of it are labelled. A rate is the mean prediction of all prompts plus the
    weighted mean error of it where people labelled. It is right in large samples whatever the judge does.

    Args:
        base: [N], share of each prompt's answers that the judge flags, in [0, 1].
        candidate: [N], the same of the other arm.
        labelled: a random draw of the prompts, or one with weights; at least two.
        users: [N], any hashable; prompts of one user are not independent. Each prompt stands alone where None.
        groups: [N] likewise, a second way in which prompts hang together.
        votes: [N], > 0, by which each prompt counts; all alike where None.

    Raises:
        ValueError: fewer than two labels, unequal lengths, rates outside [0, 1], or weights or votes not above 0.

    Source: Särndal, Swensson & Wretman 1992, Model Assisted Survey Sampling, ch. 7 (post-stratified and regression
    estimators); tuning of Angelopoulos, Duchi & Zrnic 2023, arXiv:2311.01453; pseudo-observations in the spirit of
    Agresti & Min 2005, Stat. Med. 24:729; variance as in `Clusters`.
    """
    first, second = values(base), values(candidate)
    n, places = len(first), labelled.places
    if len(second) != n or len(places) < 2 or len({len(column) for column in labelled}) != 1:
        raise ValueError(
            "need two rates of each prompt, and at least two labels with all they take"
        )
    if not all(bool(np.all((r >= 0) & (r <= 1))) for r in (first, second, *labelled[2:])):
        raise ValueError("rates must lie in [0, 1]")
    vote = weights_of(votes, n) / n
    weight = weights_of(labelled.weights, len(places)) * vote[places]
    weight /= weight.sum()
    stratum = np.select([second > first, second < first, first > 0.5], [1, 2, 3], 0)
    of = stratum[places]
    tuning = _tuning(
        labelled.human_candidate - labelled.human_base,
        labelled.judge_candidate - labelled.judge_base,
        weight,
    )
    total, count = np.bincount(of, weight, STRATA), np.bincount(of, minlength=STRATA)
    # Weights within a stratum are alike mostly: a label without an error has the mean one.
    shrunken = total * (1 + SHRINK / np.maximum(count, 1))

    def fit(human: Floats, judge: Floats, rates: Floats) -> tuple[Floats, Floats]:
        wrong = human - tuning * judge
        sums = np.bincount(of, weight * wrong, STRATA)
        mean = np.divide(sums, shrunken, out=np.zeros(STRATA), where=count > 0)
        return tuning * rates + mean[stratum], wrong - mean[of]

    arms = (
        fit(labelled.human_base, labelled.judge_base, first),
        fit(labelled.human_candidate, labelled.judge_candidate, second),
    )
    fitted, errors = zip(*arms, strict=True)
    return Poststratified(tuning, fitted, errors, weight, vote, places, Clusters(n, users, groups))


def _part(of: Floats, weights: Floats, rows: Codes | slice = slice(None)) -> Part:
    return Part(of - float(weights @ of), weights, rows)


def _tuning(truth: Floats, judge: Floats, weight: Floats) -> float:
    """The weighted slope of truth on judge, in [0, 1]; 0 where the judge always says the same."""
    apart = judge - float(weight @ judge)
    spread = float(weight @ np.square(apart))
    shared = float(weight @ (apart * (truth - float(weight @ truth))))
    return share(shared / spread) if spread > 1e-12 else 0.0
