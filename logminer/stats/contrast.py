"""An estimated contrast of two checkpoints, candidate − slope × base, with its standard error."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from logminer.stats.score import Interval, critical

__all__ = ["Contrast", "CorrectedContrast", "reach", "share", "values", "weights_of"]

Floats = NDArray[np.float64]


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

    def reach(self, confidence: float) -> float:
        """Half the width of the interval of this confidence, ≥ 0."""
        return reach(self.se, self.df, confidence)

    def minimum_detectable(self, level: float, power: float = 0.8) -> float:
        """The true value whose two-sided test at `level` finds it with this power, > 0; inf where `se` is.

        Raises:
            ValueError: a level or power outside (0, 1).

        Source: both quantiles of t times the standard error (Bloom 1995, Eval. Rev. 19:547).
        """
        if not (0 < level < 1 and 0 < power < 1):
            raise ValueError(f"level and power must lie in (0, 1), got {level} and {power}")
        if math.isinf(self.se):
            return math.inf
        return self.reach(1 - level) + max(_quantile(power, self.df), 0.0) * self.se

    def smallest_margin(self, level: float, power: float = 0.8) -> float:
        """The margin within which two one-sided tests at `level` find a true 0 with this power, > 0; inf where `se` is.

        Raises:
            ValueError: a level or power outside (0, 1).

        Source: Phillips 1990, J. Pharmacokinet. Biopharm. 18:137, at a true difference of 0.
        """
        if not (0 < level < 1 and 0 < power < 1):
            raise ValueError(f"level and power must lie in (0, 1), got {level} and {power}")
        if math.isinf(self.se):
            return math.inf
        return (_quantile(1 - level, self.df) + _quantile((1 + power) / 2, self.df)) * self.se

    def _distance(self, value: float) -> float:
        excess = self.estimate - value
        if self.se == 0:
            return math.copysign(math.inf, excess) if excess else 0.0
        return excess / self.se


class CorrectedContrast(NamedTuple):
    """Two corrected rates, each in [0, 1], and their contrast in [−slope, 1]; for `se` and `df` see `Contrast`."""

    base: float
    candidate: float
    estimate: float
    low: float
    high: float
    se: float
    df: float
    slope: float = 1.0

    @property
    def contrast(self) -> Contrast:
        """The contrast with its one-sided p."""
        return Contrast(self.estimate, self.low, self.high, self.se, self.df)

    def interval(self, confidence: float) -> Interval:
        """The contrast's interval at another confidence, within [−slope, 1].

        Raises:
            ValueError: a confidence outside (0, 1).
        """
        return _within(self.estimate, self.contrast.reach(confidence), self.slope)

    @classmethod
    def of(
        cls,
        base: float,
        candidate: float,
        *,
        slope: float,
        variance: float,
        df: float,
        confidence: float,
    ) -> CorrectedContrast:
        """From rates that may lie outside [0, 1], which the contrast is taken of before they are truncated."""
        # The contrast of the raw rates: one arm's truncated rate would be a bias of its own.
        estimate = min(max(candidate - slope * base, -slope), 1.0)
        se = math.sqrt(variance)
        low, high = _within(estimate, reach(se, df, confidence), slope)
        return cls(share(base), share(candidate), estimate, low, high, se, df, slope)


def share(value: float) -> float:
    """The value, drawn into [0, 1]."""
    return min(max(value, 0.0), 1.0)


def values(given: ArrayLike) -> Floats:
    """[n] finite numbers.

    Raises:
        ValueError: they are no such list.
    """
    found = np.asarray(given, dtype=np.float64)
    if found.ndim != 1 or not bool(np.isfinite(found).all()):
        raise ValueError(f"values must be a list of finite numbers, got shape {found.shape}")
    return found


def weights_of(given: ArrayLike | None, n: int) -> Floats:
    """Weights of mean 1, [n]; all 1 where None.

    Raises:
        ValueError: not `n` numbers above 0.
    """
    if given is None:
        return np.ones(n)
    weights = values(given)
    if len(weights) != n or not bool((weights > 0).all()):
        raise ValueError(f"weights must be above 0, one for each of {n} rows")
    return np.asarray(weights / weights.sum() * n)


def reach(se: float, df: float, confidence: float) -> float:
    """Half the width of the interval."""
    z = critical(confidence)
    return z * se if math.isinf(se) else (_quantile(0.5 + confidence / 2, df) * se if se else 0.0)


def _within(estimate: float, reach: float, slope: float) -> Interval:
    return Interval(max(estimate - reach, -slope), min(estimate + reach, 1.0))


def _lower_tail(t: float, df: float) -> float:
    if t == 0:  # also of a single user, whose df is 0
        return 0.5
    return float(special.ndtr(t) if math.isinf(df) else special.stdtr(df, t))


def _quantile(level: float, df: float) -> float:
    return float(special.ndtri(level) if math.isinf(df) else special.stdtrit(df, level))
