"""Estimates that were picked because they stood out, and what they are worth all the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["selected_confidence", "shrunken"]

HALVINGS = 60


def selected_confidence(selected: int, tested: int, *, alpha: float = 0.05) -> float:
    """Confidence at which to give intervals of `selected` of `tested` estimates, in (0, 1).

    Of intervals so given a share of `alpha` at most is expected to miss the truth, over those that were selected.

    Raises:
        ValueError: not 1 ≤ selected ≤ tested, or an alpha outside (0, 1).

    Source: Benjamini & Yekutieli 2005, J. Am. Stat. Assoc. 100:71 (false coverage-statement rate).
    """
    if not 1 <= selected <= tested:
        raise ValueError(f"need 1 <= selected <= tested, got {selected} of {tested}")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie in (0, 1), got {alpha}")
    return 1 - alpha * selected / tested


def shrunken(estimates: ArrayLike, standard_errors: ArrayLike) -> NDArray[np.float64]:
    """Estimates drawn towards 0 as far as their spread says that they are noise.

    Each truth is taken for a draw from a normal distribution about 0, whose variance is what the estimates vary beyond
    their standard errors; given is the mean of what is then known of it. All are 0 where they vary no more than that.

    Args:
        estimates: [n].
        standard_errors: [n], ≥ 0, finite.

    Raises:
        ValueError: unequal lengths, numbers that are not finite, or a standard error below 0.

    Source: Efron & Morris 1975, J. Am. Stat. Assoc. 70:311; variance after Paule & Mandel 1982, J. Res. Natl. Bur.
    Stand. 87:377, about a known mean of 0.
    """
    values = np.asarray(estimates, np.float64)
    variances = np.square(np.asarray(standard_errors, np.float64))
    if values.ndim != 1 or values.shape != variances.shape:
        raise ValueError(
            f"need a standard error for each estimate, got {variances.shape} for {values.shape}"
        )
    if not (np.isfinite(values).all() and np.isfinite(variances).all()):
        raise ValueError("estimates and standard errors must be finite")
    if not np.asarray(standard_errors, np.float64).min(initial=0.0) >= 0:
        raise ValueError("a standard error must not be below 0")
    squares = np.square(values)

    def excess(spread: float) -> float:
        """Falls as `spread` grows; 0 at the variance that explains the estimates."""
        total = variances + spread
        seen = np.divide(squares, total, out=np.zeros_like(squares), where=total > 0)
        return float(seen.sum()) - len(values)

    low, high = 0.0, float(squares.sum())
    if excess(low) <= 0 and float(variances.min(initial=1.0)) > 0:
        return np.zeros_like(values)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    total = variances + high
    return values * np.divide(high, total, out=np.ones_like(total), where=total > 0)
