"""Variances of estimates that are sums of weighted means, where rows hang together in one way or in two."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.stats.users import user_codes

__all__ = ["Clusters", "Part", "Users"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Users = Sequence[Hashable] | NDArray[np.generic]


class Part(NamedTuple):
    """One weighted mean that an estimate is a sum of: each row's deviation from it, its weight (they sum to 1) and its place."""

    deviations: Floats
    weights: Floats
    rows: Codes | slice = slice(None)


class Clusters:
    """What rows are not independent within: users, or users and groups (of prompts that many share).

    Args:
        n: rows.
        users: [n], any hashable; each row stands alone where None.
        groups: [n] likewise, the second way; none where None.

    Raises:
        ValueError: not one user or group for each row.
    """

    def __init__(self, n: int, users: Users | None = None, groups: Users | None = None) -> None:
        given = [users, groups] if groups is not None else [users]
        for keys in given:
            if keys is not None and len(keys) != n:
                raise ValueError(f"need one user or group for each of {n} rows, got {len(keys)}")
        self._ways: list[Codes] = [
            np.arange(n) if keys is None else user_codes(keys) for keys in given
        ]
        if len(self._ways) == 2:
            one, other = self._ways
            self._both = user_codes(one * (int(other.max(initial=0)) + 1) + other)

    def effective(self, part: Part) -> float:
        """Kish's number of clusters of equal weight, of the way that has fewer: at least 1."""
        return min(
            1 / float(np.square(self._sums(part.weights, c, part)).sum()) for c in self._ways
        )

    def variance(self, parts: Sequence[Part]) -> float:
        """Of the sum of the means, from what each cluster adds to it; inf where one cluster has all weight of a mean.

        A cluster that weighs much draws the mean towards itself, so what it adds is too small by the root of one minus
        its weight (as CR2 has it). Two ways add up, less what they share, and are no less than either alone.

        Source: Bell & McCaffrey 2002, Surv. Methodol. 28:169 (CR2); Cameron, Gelbach & Miller 2011, J. Bus. Econ. Stat.
        29:238 (two ways).
        """
        each = [self._variance(parts, codes) for codes in self._ways]
        if len(each) == 1 or math.isinf(max(each)):
            return max(each)
        return max(*each, sum(each) - self._variance(parts, self._both))

    def _variance(self, parts: Sequence[Part], codes: Codes) -> float:
        added = np.zeros(int(codes.max()) + 1)
        for part in parts:
            left = 1 - self._sums(part.weights, codes, part)
            if left.min() < 1e-9:
                return math.inf
            added += self._sums(part.weights * part.deviations, codes, part) / np.sqrt(left)
        return float(np.square(added).sum())

    @staticmethod
    def _sums(of: Floats, codes: Codes, part: Part) -> Floats:
        return np.bincount(codes[part.rows], of, int(codes.max()) + 1).astype(np.float64)
