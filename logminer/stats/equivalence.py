"""Are two checkpoints practically the same? Two one-sided tests against a margin that was declared beforehand."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from logminer.stats.score import pairs, ratio_z, tango_z
from logminer.stats.users import user_sums

__all__ = [
    "Equivalence",
    "paired_equivalence",
    "paired_ratio_equivalence",
    "shifted_equivalence",
]


class Equivalence(NamedTuple):
    """Result of two one-sided tests; small `p` speaks for equivalence.

    `z_lower` tests "not below the lower margin", `z_upper` "not above the upper one"; both are positive where the
    data speak for equivalence, and the smaller one gives `p`.
    """

    p: float
    z_lower: float
    z_upper: float


def paired_equivalence(
    both: int, base_only: int, candidate_only: int, neither: int, *, margin: float
) -> Equivalence:
    """Tests that |candidate rate − base rate| < `margin`, on the same prompts.

    Args:
        margin: largest negligible difference, a share in (0, 1).

    Raises:
        ValueError: no pairs, a negative count, or a margin outside (0, 1).

    Source: score statistic of Tango 1998, Stat. Med. 17:891; Liu et al. 2002, Stat. Med. 21:231.
    """
    n = pairs(both, base_only, candidate_only, neither)
    _check_margin(margin)
    return _tost(
        tango_z(base_only, candidate_only, n, -margin),
        -tango_z(base_only, candidate_only, n, margin),
    )


def paired_ratio_equivalence(
    both: float, base_only: float, candidate_only: float, neither: float, *, ratio: float
) -> Equivalence:
    """Tests that candidate rate ÷ base rate lies between 1/`ratio` and `ratio`, on the same prompts.

    Counts may be fractions: those of dependent prompts, divided by their design effect. Where neither arm ever shows
    the behaviour the ratio is unknown and p is ½ at best.

    Raises:
        ValueError: no pairs, a negative count, or a ratio that is not finite and above 1.

    Source: Tang, Tang & Chan 2003, Stat. Med. 22:1217.
    """
    n = pairs(both, base_only, candidate_only, neither)
    if not 1 < ratio < math.inf:
        raise ValueError(f"ratio must be finite and above 1, got {ratio}")
    return _tost(
        ratio_z(both, base_only, candidate_only, n, 1 / ratio),
        -ratio_z(both, base_only, candidate_only, n, ratio),
    )


def shifted_equivalence(
    errors: ArrayLike,
    users: Sequence[Hashable] | NDArray[np.generic],
    *,
    margin: float,
    shift: float,
) -> float:
    """p of |shift + mean error| < `margin`, where `shift` is known and errors are rare.

    Tango's score on the summed positive and negative errors, divided by the design effect of their users.

    Args:
        errors: [n], any numbers; mostly 0, few beyond ±1.
        users: [n], any hashable.

    Raises:
        ValueError: no errors, unequal lengths, or a margin outside (0, 1).

    Source: Tango 1998, Stat. Med. 17:891; Rao & Scott 1992, Biometrics 48:577.
    """
    values = np.asarray(errors, dtype=np.float64)
    largest = max(1.0, float(np.abs(values).max(initial=0.0)))
    data = user_sums(values / largest, users)
    _check_margin(margin)
    lower, upper = (-margin - shift) / largest, (margin - shift) / largest
    if lower >= 0 or upper <= 0:
        return 1.0
    share = data.shrink
    lost, gained, n = data.lost * share, data.gained * share, data.n * share
    return _tost(
        tango_z(lost, gained, n, max(lower, -1.0)), -tango_z(lost, gained, n, min(upper, 1.0))
    ).p


def _tost(z_lower: float, z_upper: float) -> Equivalence:
    return Equivalence(float(special.ndtr(-min(z_lower, z_upper))), z_lower, z_upper)


def _check_margin(margin: float) -> None:
    if not 0 < margin < 1:
        raise ValueError(f"margin must lie in (0, 1), got {margin}")
