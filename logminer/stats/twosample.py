"""Do two checkpoints' answers come from one distribution? Vectors of both, on the same prompts."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from logminer.stats.users import user_codes

__all__ = ["SwapTest", "swap_test"]

Floats = NDArray[np.float64]
Apart = Callable[[Floats, Floats], Floats]

BLOCK = 1024  # rows and columns of the n × n distances that are held at once
MEDIAN_PAIRS = 500  # pairs that the median heuristic looks at


class SwapTest(NamedTuple):
    """Result of `swap_test`; `swaps` is how many were enumerated (`exact`) or drawn."""

    statistic: float
    p: float
    exact: bool
    swaps: int


def swap_test(
    x: ArrayLike,
    y: ArrayLike,
    *,
    statistic: Literal["mmd", "energy"] = "mmd",
    users: Sequence[Hashable] | NDArray[np.generic] | None = None,
    permutations: int = 999,
    bandwidth: float | None = None,
    seed: int = 0,
) -> SwapTest:
    """Tests that x and y of a pair are exchangeable, against any difference of their distributions.

    Swaps happen within the pair, so what a prompt does to both answers cancels, and to all pairs of a user together,
    so that a user with many prompts counts once. Where there are no more than `permutations` swaps all are
    enumerated; p is the share of them with at least the observed statistic, which swapping all keeps: with G users p is
    2/2^G at least. Else that many are drawn and the observed one is added, so p is never 0. Swapping x and y changes
    neither statistic nor p.

    Args:
        x: [n, d] or [n], the base's vectors.
        y: of the same shape; row i answers the same prompt.
        statistic: "mmd" is the unbiased squared maximum mean discrepancy (may be negative) with the kernel
            exp(−‖a−b‖² / 2σ²): pairs of different rows within an arm, n(n−1) of them, and all n² across the arms.
            "energy" is the energy distance 2 E‖X−Y‖ − E‖X−X'‖ − E‖Y−Y'‖ over all n² of each.
        users: [n], any hashable; unknown users need values of their own. None: each pair is its own user.
        bandwidth: σ of "mmd"; None for the median distance in the pooled sample (of 500 evenly spaced pairs where
            there are more), which no swap changes.

    Raises:
        ValueError: fewer than two pairs, unequal shapes, numbers that are not finite, another statistic, no
            permutations, or a bandwidth that is not positive.

    Source: Gretton et al. 2012, J. Mach. Learn. Res. 13:723, eq. 3; Székely & Rizzo 2004, InterStat 5.
    """
    base, candidate = _vectors(x), _vectors(y)
    n = len(base)
    codes = np.arange(n) if users is None else user_codes(users)
    if base.shape != candidate.shape or n < 2 or len(codes) != n:
        raise ValueError(
            "x and y must be of one shape, with at least two rows and one user for each,"
            f" got {base.shape}, {candidate.shape} and {len(codes)} users"
        )
    if permutations < 1:
        raise ValueError(f"permutations must be at least 1, got {permutations}")
    # Distances do not depend on the origin; their digits do.
    origin = (base.mean(axis=0) + candidate.mean(axis=0)) / 2
    base, candidate = base - origin, candidate - origin
    if statistic == "mmd":
        apart, within = _unlike(base, candidate, bandwidth), n * (n - 1)
    elif statistic == "energy":
        apart, within = _distances, n * n
    else:
        raise ValueError(f"statistic must be 'mmd' or 'energy', got {statistic!r}")

    n_users = int(codes.max()) + 1
    exact = 2**n_users <= permutations
    signs = _all_signs(n_users) if exact else _drawn_signs(n_users, permutations, seed)
    total, excess = _sums(apart, base, candidate, signs, codes)
    values = (total + excess) / n**2 - (total - excess) / within
    tolerance = 1e-12 * total / within  # swaps that tie but for rounding count as ties
    p = float(np.mean(values >= values[0] - tolerance))
    return SwapTest(float(values[0]), p, exact, len(signs) if exact else permutations)


def _sums(
    apart: Apart, x: Floats, y: Floats, signs: NDArray[np.int8], codes: NDArray[np.intp]
) -> tuple[float, Floats]:
    """What all statistics are made of.

    Pairs i and j that are both swapped or both not lie (x_i, x_j) and (y_i, y_j) within the arms and (x_i, y_j) and
    (y_i, x_j) across; else it is the other way round. So with signs s the sum across is T + Q and the one within
    T − Q, where T is half of everything and Q = ½ Σ s_i s_j (across − within)_ij.

    Returns:
        T, and Q for each row of `signs`.
    """
    total, excess = 0.0, np.zeros(len(signs))
    for start in range(0, len(x), BLOCK):
        rows = slice(start, start + BLOCK)
        for begin in range(start, len(x), BLOCK):
            columns = slice(begin, begin + BLOCK)
            within = apart(x[rows], x[columns]) + apart(y[rows], y[columns])
            across = apart(x[rows], y[columns]) + apart(y[rows], x[columns])
            weight = 0.5 if begin == start else 1.0  # below the diagonal lies the same again
            total += weight * float(within.sum() + across.sum())
            half = weight * (across - within)
            left, right = signs[:, codes[rows]], signs[:, codes[columns]]
            excess += np.einsum("ij,ij->i", left.astype(np.float64) @ half, right)
    return total, excess


def _all_signs(n_users: int) -> NDArray[np.int8]:
    """Every pattern of ±1, the one without a swap first."""
    bits = np.arange(2**n_users)[:, None] >> np.arange(n_users) & 1
    return (1 - 2 * bits).astype(np.int8)


def _drawn_signs(n_users: int, permutations: int, seed: int) -> NDArray[np.int8]:
    """`permutations` random patterns after the one without a swap."""
    shape = (permutations + 1, n_users)
    signs = np.random.default_rng(seed).integers(0, 2, shape, dtype=np.int8) * 2 - 1
    signs[0] = 1
    return signs


def _unlike(x: Floats, y: Floats, bandwidth: float | None) -> Apart:
    """1 − kernel, which keeps the digits of a wide one."""
    sigma = _median_distance(x, y) if bandwidth is None else bandwidth
    if not 0 < sigma < math.inf:
        raise ValueError(f"bandwidth must be finite and positive, got {sigma}")
    return lambda a, b: -np.expm1(_squared(a, b) / (-2 * sigma**2))


def _median_distance(x: Floats, y: Floats) -> float:
    """Median over pairs of different vectors, of those apart where most are not; 1 where all are the same."""
    chosen = np.unique(np.linspace(0, len(x) - 1, MEDIAN_PAIRS).astype(np.intp))
    pooled = np.concatenate([x[chosen], y[chosen]])
    distances = _distances(pooled, pooled)[np.triu_indices(len(pooled), 1)]
    median = float(np.median(distances))
    if median == 0 and distances.any():
        median = float(np.median(distances[distances > 0]))
    return median or 1.0


def _distances(a: Floats, b: Floats) -> Floats:
    return np.sqrt(_squared(a, b))


def _squared(a: Floats, b: Floats) -> Floats:
    """Squared Euclidean distances [len(a), len(b)]; exactly 0 between equal vectors."""
    norms = np.add.outer(np.einsum("ij,ij->i", a, a), np.einsum("ij,ij->i", b, b))
    squared: Floats = norms - 2 * (a @ b.T)
    squared[squared < 1e-12 * norms] = 0.0  # rounding, some of it below 0
    return squared


def _vectors(values: ArrayLike) -> Floats:
    vectors = np.asarray(values, dtype=np.float64)
    if vectors.ndim == 1:
        vectors = vectors[:, None]
    if vectors.ndim != 2 or not bool(np.isfinite(vectors).all()):
        raise ValueError("x and y must be vectors of finite numbers, [n, d] or [n]")
    return vectors
