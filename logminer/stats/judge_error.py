"""What people would have said, estimated from a judge that errs and from few labels of people.

Two ways. Rogan-Gladen undoes a sensitivity and a specificity that were measured elsewhere, also with other weights
than the study's. Prediction-powered inference needs people's labels of a random part of the very rows, and is then
right whatever the judge does. Both are given for the contrast of two checkpoints, candidate − slope × base, whose
slope is 1 for a difference and a ratio for a ratio margin.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from logminer.stats.score import critical
from logminer.stats.users import user_sums

__all__ = [
    "Contrast",
    "CorrectedContrast",
    "JudgeError",
    "PoweredMean",
    "RoganGladen",
    "prediction_powered_mean",
    "rogan_gladen",
    "rogan_gladen_contrast",
]

Floats = NDArray[np.float64]
Users = Sequence[Hashable] | NDArray[np.generic]


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


class Contrast(NamedTuple):
    """An estimate with its standard error and interval; `df` of the t distribution, inf for the normal one.

    `se` is inf where a single user was seen, who says nothing of others.
    """

    estimate: float
    low: float
    high: float
    se: float
    df: float

    @property
    def p(self) -> float:
        """Two-sided p of 0."""
        return 2 * min(self.p_below(0.0), self.p_above(0.0))

    def p_below(self, value: float) -> float:
        """One-sided p of H0: the truth is `value` or more; small p speaks for less."""
        return _lower_tail(self._distance(value), self.df)

    def p_above(self, value: float) -> float:
        """One-sided p of H0: the truth is `value` or less; small p speaks for more."""
        return _lower_tail(-self._distance(value), self.df)

    def _distance(self, value: float) -> float:
        excess = self.estimate - value
        if self.se == 0:
            return math.copysign(math.inf, excess) if excess else 0.0
        return excess / self.se


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


class CorrectedContrast(NamedTuple):
    """Two corrected rates, each in [0, 1], and their contrast; see `rogan_gladen_contrast` and `Contrast`."""

    base: float
    candidate: float
    estimate: float
    low: float
    high: float
    se: float
    df: float

    @property
    def contrast(self) -> Contrast:
        """The contrast with its one-sided p."""
        return Contrast(self.estimate, self.low, self.high, self.se, self.df)


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
        low, high = _share(middle + shift - reach), _share(middle + shift + reach)
    return RoganGladen(_share(raw), low, high, raw, sensitivity, specificity)


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
    truth, known, rest = _values(human), _values(judge), _values(judge_unlabelled)
    n, n_rest = len(truth), len(rest)
    if n < 2 or len(known) != n:
        raise ValueError(f"need at least two labels, each with its judge, got {n} and {len(known)}")
    weight = _weights(weights, n)
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
    reach = _reach(se, df, confidence)
    return PoweredMean(
        estimate, estimate - reach, estimate + reach, se, df, float(tuning), n, n_rest
    )


def rogan_gladen_contrast(
    base: ArrayLike,
    candidate: ArrayLike,
    *,
    base_error: JudgeError,
    candidate_error: JudgeError,
    slope: float = 1.0,
    users: Users | None = None,
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

    Returns:
        Rates in [0, 1]; the contrast and its interval in [−slope, 1], truncated to it, with t of n_users − 1 degrees of
        freedom. The interval always has a positive width.

    Raises:
        ValueError: no prompts, unequal lengths, rates or shares outside [0, 1], a judge no better than chance, labels
            or slope out of their range, or a confidence outside (0, 1).

    Source: delta method on Rogan & Gladen 1978; CR1 (Cameron & Miller 2015) with the pseudo-pairs of Agresti & Min
    2005, Stat. Med. 24:729; variances of sensitivity and specificity after Agresti & Coull 1998, Am. Stat. 52:119.
    """
    first, second = _values(base), _values(candidate)
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
    largest = gain + loss
    keys = np.arange(len(first)) if users is None else users
    data = user_sums((gain * second - loss * first) / largest, keys)

    raw_base, raw_candidate = _raw(first, base_error), _raw(second, candidate_error)

    # Half a prompt of each kind (both, candidate only, base only, neither), of users with as many as the others have.
    unseen = ((gain - loss) ** 2 + gain**2 + loss**2) / 2
    variance = (data.se * largest) ** 2 + unseen / ((data.n + 2) * (data.effective_n + 2))
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

    se, df = math.sqrt(variance), len(data.sums) - 1.0
    # The contrast of the raw rates: one arm's truncated rate would be a bias of its own.
    estimate = min(max(raw_candidate - slope * raw_base, -slope), 1.0)
    reach = _reach(se, df, confidence)
    low, high = max(estimate - reach, -slope), min(estimate + reach, 1.0)
    return CorrectedContrast(_share(raw_base), _share(raw_candidate), estimate, low, high, se, df)


def _raw(rates: Floats, error: JudgeError) -> float:
    """The prevalence by Rogan and Gladen, not truncated."""
    youden = _youden(error.sensitivity, error.specificity)
    return (float(rates.mean()) + error.specificity - 1) / youden


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
    if not all(0 <= share <= 1 for share in shares):
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
    share = (count + plus / 2) / (n + plus)
    return share, share * (1 - share) / (n + plus)


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _lower_tail(t: float, df: float) -> float:
    if t == 0:  # also of a single user, whose df is 0
        return 0.5
    return float(special.ndtr(t) if math.isinf(df) else special.stdtr(df, t))


def _reach(se: float, df: float, confidence: float) -> float:
    """Half the width of the interval."""
    z = critical(confidence)
    if math.isinf(se) or math.isinf(df):
        return z * se
    return float(special.stdtrit(df, 0.5 + confidence / 2)) * se


def _values(given: ArrayLike) -> Floats:
    values = np.asarray(given, dtype=np.float64)
    if values.ndim != 1 or not bool(np.isfinite(values).all()):
        raise ValueError(f"values must be a list of finite numbers, got shape {values.shape}")
    return values


def _weights(given: ArrayLike | None, n: int) -> Floats:
    """Weights of mean 1."""
    if given is None:
        return np.ones(n)
    weights = _values(given)
    if len(weights) != n or not bool((weights > 0).all()):
        raise ValueError(f"weights must be above 0, one for each of {n} labels")
    return np.asarray(weights / weights.sum() * n)


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
    return _share(shared / ((1 + len(truth) / len(rest)) * spread)) if spread else 0.0


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
