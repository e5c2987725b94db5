"""Differences gathered by user: what standard errors need to know when prompts of a user resemble each other."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["UserSums", "user_codes", "user_sums"]


class UserSums(NamedTuple):
    """Differences gathered by user.

    `sums` and `sizes` are float64 [n_users]; `lost` and `gained` are the summed negative and positive parts of
    all differences (base only and candidate only where they are 0/±1); `effective_n` is Kish's number of
    independent prompts if a user's prompts all told the same.
    """

    sums: NDArray[np.float64]
    sizes: NDArray[np.float64]
    n: int
    lost: float
    gained: float

    @property
    def mean(self) -> float:
        """Mean over prompts."""
        return float(self.sums.sum()) / self.n

    @property
    def effective_n(self) -> float:
        """n² / Σ sizes², between 1 and the number of users."""
        return self.n**2 / float(np.square(self.sizes).sum())

    @property
    def se(self) -> float:
        """CR1 cluster-robust standard error of the mean; inf for a single user, who says nothing of others."""
        users = len(self.sums)
        if users < 2:
            return math.inf
        residuals = self.sums - self.sizes * self.mean
        # Rounding leaves 1e-17 where the residuals cancel; that is no variance.
        variance = float(np.square(np.where(np.abs(residuals) < 1e-12, 0.0, residuals)).sum())
        return math.sqrt(variance * users / (users - 1)) / self.n

    @property
    def shrink(self) -> float:
        """Share of the n prompts that count as independent, in (0, 1]: 1 over the design effect.

        Where nothing varies between users the design effect cannot be estimated and the worst one is taken.
        """
        spread = self.lost + self.gained
        naive = max(spread / self.n - self.mean**2, 0.0) / self.n
        robust = self.se**2
        if naive == 0 or robust == 0 or not math.isfinite(robust):
            return self.effective_n / self.n
        return min(1.0, naive / robust)


def user_sums(differences: ArrayLike, users: Sequence[Hashable] | NDArray[np.generic]) -> UserSums:
    """Differences summed by user, in order of first appearance.

    Raises:
        ValueError: no differences, unequal lengths, or values outside [−1, 1].
    """
    values = np.asarray(differences, dtype=np.float64)
    if values.ndim != 1 or len(values) == 0 or len(values) != len(users):
        raise ValueError(
            f"need one user for each of at least one difference, got {values.shape} and {len(users)}"
        )
    if not bool(np.all(np.abs(values) <= 1)):  # also false for nan
        raise ValueError("differences must lie in [-1, 1]")
    codes = user_codes(users)
    return UserSums(
        sums=np.bincount(codes, values).astype(np.float64),
        sizes=np.bincount(codes).astype(np.float64),
        n=len(values),
        lost=float(-values[values < 0].sum()),
        gained=float(values[values > 0].sum()),
    )


def user_codes(users: Sequence[Hashable] | NDArray[np.generic]) -> NDArray[np.intp]:
    """Users numbered from 0 in order of first appearance, [n].

    Arrays of integers take no Python loop.
    """
    if isinstance(users, np.ndarray) and users.ndim == 1 and users.dtype.kind in "iu":
        return _integer_codes(users)
    keys = users.tolist() if isinstance(users, np.ndarray) else users
    index: dict[Hashable, int] = {}
    return np.fromiter((index.setdefault(key, len(index)) for key in keys), np.intp, len(keys))


def _integer_codes(keys: NDArray[np.generic]) -> NDArray[np.intp]:
    if len(keys) == 0:
        return np.empty(0, np.intp)
    low, high = int(keys.min()), int(keys.max())
    if high - low > 8 * len(keys) or high >= 2**63:  # no table of this range
        places = np.unique(keys, return_inverse=True)[1]
    else:
        places = keys.astype(np.int64) - low
    rows = np.arange(len(keys))
    first = np.empty(int(places.max()) + 1, np.intp)
    first[places[::-1]] = rows[::-1]  # of equal places the last one written stays
    appeared = first[places]
    return (np.cumsum(appeared == rows) - 1)[appeared]
