"""What people would have said, by undoing a judge's sensitivity and specificity.

These may have been measured elsewhere, or with other weights than the study's.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from logminer.stats.clusters import Clusters, Part, Users
from logminer.stats.contrast import CorrectedContrast, share, values, weights_of
from logminer.stats.score import critical

__all__ = ["JudgeError", "RoganGladen", "rogan_gladen", "rogan_gladen_contrast"]


class JudgeError(NamedTuple):
    """How well a judge does: shares in [0, 1], each with the effective number of human labels behind it, > 0."""

    sensitivity: float
    positives: float
    specificity: float
    negatives: float


class RoganGladen(NamedTuple):
    """A prevalence corrected for the judge's error, see `rogan_gladen`; `raw` may lie outside [0, 1]."""

    estimate: float
    low: float
    high: float
    raw: float
    sensitivity: float
    specificity: float


def rogan_gladen(
    flagged: float,
    n: float,
    *,
    true_positives: float,
    positives: float,
    true_negatives: float,
    negatives: float,
    confidence: float = 0.95,
) -> RoganGladen:
    """The prevalence behind `flagged` of `n` by a judge of estimated sensitivity and specificity.

    Args:
        flagged: rows that the judge flagged; counts may be fractions, as weighted ones are.
        n: rows judged.
        true_positives: flagged by the judge, of `positives` that people labelled yes.
        true_negatives: not flagged, of `negatives` that people labelled no.

    Returns:
        Shares in [0, 1], estimate and interval truncated to it. The interval is centred on adjusted counts: of a
        handful of human labels it may lie beside the estimate, and where the judge flags far fewer than its
        specificity allows it is [0, 0].

    Raises:
        ValueError: a count out of its range, no counts, a judge no better than chance (sensitivity + specificity
            at most 1), or a confidence outside (0, 1).

    Source: Rogan & Gladen 1978, Am. J. Epidemiol. 107:71; interval of Lang & Reiczigel 2014, Prev. Vet. Med. 113:13.
    """
    z = critical(confidence)
    _check_counts("flagged", flagged, n)
    _check_counts("true_positives", true_positives, positives)
    _check_counts("true_negatives", true_negatives, negatives)
    sensitivity, specificity = true_positives / positives, true_negatives / negatives
    raw = (flagged / n + specificity - 1) / _youden(sensitivity, specificity)
    found, of_found = _adjusted(flagged, n, z * z)
    sensitive, of_sensitive = _adjusted(true_positives, positives, 2)
    specific, of_specific = _adjusted(true_negatives, negatives, 2)
    youden = sensitive + specific - 1
    low, high = 0.0, 1.0
    # Few labels may leave the adjusted judge no better than chance; then they tell nothing.
    if youden > 0:
        middle = (found + specific - 1) / youden
        shift = 2 * z * z * (middle * of_sensitive - (1 - middle) * of_specific)
        variance = of_found + middle**2 * of_sensitive + (1 - middle) ** 2 * of_specific
        reach = z * math.sqrt(variance) / youden
        low, high = share(middle + shift - reach), share(middle + shift + reach)
    return RoganGladen(share(raw), low, high, raw, sensitivity, specificity)


def rogan_gladen_contrast(
    base: ArrayLike,
    candidate: ArrayLike,
    *,
    base_error: JudgeError,
    candidate_error: JudgeError,
    slope: float = 1.0,
    users: Users | None = None,
    groups: Users | None = None,
    votes: ArrayLike | None = None,
    confidence: float = 0.95,
) -> CorrectedContrast:
    """The contrast of two prevalences, candidate − slope × base, on the same prompts and free of the judge's error.

    Args:
        base: [n], share of each prompt's responses that the judge flags, in [0, 1].
        candidate: [n], the same of the other arm.
        base_error: the judge's error on the base's responses.
        candidate_error: on the candidate's. The very object that was given as `base_error` means one calibration for
            both, whose uncertainty largely cancels; two calibrations are independent, also if they found the same.
        slope: ≥ 0.
        users: [n], any hashable; prompts of one user are not independent. Each prompt stands alone where None.
        groups: [n] likewise, a second way in which prompts hang together.
        votes: [n], > 0, by which each prompt counts; all alike where None.

    Returns:
        Rates in [0, 1]; the contrast and its interval in [−slope, 1], truncated to it, of t with one degree of freedom
        less than the effective number of users. The interval always has a positive width.

    Raises:
        ValueError: no prompts, unequal lengths, rates or shares outside [0, 1], a judge no better than chance, labels
            or slope out of their range, or a confidence outside (0, 1).

    Source: delta method on Rogan & Gladen 1978; clustering as in `Clusters`, with the pseudo-pairs of Agresti &
    Min 2005, Stat. Med. 24:729; variances of sensitivity and specificity after Agresti & Coull 1998, Am. Stat. 52:119.
    """
    first, second = values(base), values(candidate)
    if len(first) != len(second):
        raise ValueError(
            f"base and candidate must be of one length, got {len(first)}, {len(second)}"
        )
    if not all(bool(np.all((rates >= 0) & (rates <= 1))) for rates in (first, second)):
        raise ValueError("rates must lie in [0, 1]")
    if not 0 <= slope < math.inf:
        raise ValueError(f"slope must be finite and not negative, got {slope}")
    for error in (base_error, candidate_error):
        _check_error(error)
    gain = 1 / _youden(candidate_error.sensitivity, candidate_error.specificity)
    loss = slope / _youden(base_error.sensitivity, base_error.specificity)
    if not len(first):
        raise ValueError("need at least one prompt")
    weight = weights_of(votes, len(first)) / len(first)
    clusters = Clusters(len(first), users, groups)
    seen = gain * second - loss * first
    part = Part(seen - float(weight @ seen), weight)
    n_units = clusters.effective(part)
    raw_base = _raw(float(weight @ first), base_error)
    raw_candidate = _raw(float(weight @ second), candidate_error)

    # Half a prompt of each kind (both, candidate only, base only, neither), of users with as many as the others have.
    unseen = ((gain - loss) ** 2 + gain**2 + loss**2) / 2
    n = 1 / float(np.square(weight).sum())
    variance = clusters.variance([part]) + unseen / ((n + 2) * (n_units + 2))
    # How far the contrast moves with a sensitivity and with a specificity.
    moves = [
        (candidate_error, gain * raw_candidate, gain * (1 - raw_candidate)),
        (base_error, -loss * raw_base, -loss * (1 - raw_base)),
    ]
    if candidate_error is base_error:
        moves = [(base_error, moves[0][1] + moves[1][1], moves[0][2] + moves[1][2])]
    for error, sensitive, specific in moves:
        found, left = error.sensitivity * error.positives, error.specificity * error.negatives
        # With fewer than four added, ratio margins (slopes other than 1) are met too often where false alarms are rare.
        variance += sensitive**2 * _adjusted(found, error.positives, 4)[1]
        variance += specific**2 * _adjusted(left, error.negatives, 4)[1]

    return CorrectedContrast.of(
        raw_base,
        raw_candidate,
        slope=slope,
        variance=variance,
        df=n_units - 1,
        confidence=confidence,
    )


def _raw(flagged: float, error: JudgeError) -> float:
    """The prevalence behind a share that is flagged, by Rogan and Gladen, not truncated."""
    youden = _youden(error.sensitivity, error.specificity)
    return (flagged + error.specificity - 1) / youden


def _youden(sensitivity: float, specificity: float) -> float:
    youden = sensitivity + specificity - 1
    if not youden > 1e-12:  # shares that sum to 1 may miss it by a rounding
        raise ValueError(
            "the judge must be better than chance, sensitivity + specificity above 1, got"
            f" {sensitivity:g} + {specificity:g}"
        )
    return youden


def _check_error(error: JudgeError) -> None:
    shares = error.sensitivity, error.specificity
    counts = error.positives, error.negatives
    if not all(0 <= each <= 1 for each in shares):
        raise ValueError(f"sensitivity and specificity must lie in [0, 1], got {error}")
    if not all(0 < count < math.inf for count in counts):
        raise ValueError(f"a judge's error must rest on labels of both kinds, got {error}")


def _check_counts(name: str, count: float, n: float) -> None:
    if not (0 <= count <= n and 0 < n < math.inf):
        raise ValueError(
            f"{name} must be between 0 and the number it is part of, above 0: {count} of {n}"
        )


def _adjusted(count: float, n: float, plus: float) -> tuple[float, float]:
    """A share with `plus` observations added, half of them events, and its sampling variance."""
    middle = (count + plus / 2) / (n + plus)
    return middle, middle * (1 - middle) / (n + plus)
