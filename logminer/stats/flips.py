"""Tails of a sum whose terms may as well have had the other sign: what sign-flip tests compare with, without draws."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["flip_tail"]

Floats = NDArray[np.float64]

ALL = 12  # so many terms are enumerated, 2¹² patterns
HEAVY = 8  # of more terms up to so many, where each has more than SHARE of the sum of squares
SHARE = 0.03
DEEP = 0.01  # below it the saddlepoint is asked
NODES = np.geomspace(0.05, 60.0, 48)

_PATTERNS = {
    k: 1.0 - 2.0 * (np.arange(2**k)[:, None] >> np.arange(k) & 1) for k in range(1, ALL + 1)
}


def flip_tail(terms: Floats, times: Floats, observed: float) -> float:
    """P(Σ ± terms ≥ `observed`) with each sign by a fair coin, the observed value itself counted half.

    Args:
        terms: [k] any finite numbers; zeros do not matter.
        times: [k] how often each occurs, whole numbers ≥ 1.
        observed: any number.

    Returns:
        A probability; 2⁻ᵏ⁻¹ at least wherever `observed` is no further than the sum can reach.

    Up to 12 terms are enumerated. Of more the signs of those that outweigh the others are, and the others' sum is
    normal with its kurtosis (Cornish & Fisher), or of its saddlepoint where that gives less than 1 %. So a tail has
    no floor, and one term with half of all weight is no obstacle.

    Source: Lugannani & Rice 1980, Adv. Appl. Probab. 12:475, in the form of Barndorff-Nielsen 1986, Biometrika 73:307.
    """
    size = np.abs(terms)
    moved = size > 1e-12 * max(1.0, float(size.max(initial=0.0)))
    size, times = size[moved], times[moved]
    many = float(times.sum())
    if many <= ALL:
        return _enumerated(np.repeat(size, times.astype(np.intp)), observed)
    square = size * size
    total = float(square @ times)
    largest = np.flatnonzero(square > SHARE * total)
    largest = largest[np.argsort(-size[largest], kind="stable")]
    heavy = np.repeat(size[largest], np.minimum(times[largest], HEAVY).astype(np.intp))
    heavy = heavy[: min(HEAVY, int(many) - HEAVY // 2)]
    gaps = np.array([observed])
    if len(heavy):
        times = times.copy()
        for value in heavy:
            times[np.flatnonzero((size == value) & (times > 0))[0]] -= 1
        gaps = observed - _PATTERNS[len(heavy)] @ heavy
    found = float(special.ndtr(-_ordinary(size, times, gaps)).mean())
    if found >= DEEP:
        return found
    return float(special.ndtr(-_deep(size, times, gaps)).mean())


def _enumerated(size: Floats, observed: float) -> float:
    if len(size) == 0:
        return 0.5 * (observed <= 1e-12) + 0.5 * (observed < -1e-12)
    sums = _PATTERNS[len(size)] @ size
    slack = 1e-9 * float(size.sum())
    return float(np.mean(0.5 * (sums >= observed - slack) + 0.5 * (sums > observed + slack)))


def _ordinary(size: Floats, times: Floats, gaps: Floats) -> Floats:
    """Normal z of the tails beyond `gaps`."""
    square = size * size
    variance = float(square @ times)
    kurtosis = -2 * float(square * square @ times) / variance**2
    x = gaps / math.sqrt(variance)
    z: Floats = x - kurtosis * (x**3 - 3 * x) / 24
    return z


def _deep(size: Floats, times: Floats, gaps: Floats) -> Floats:
    """The same by saddlepoint, which knows how far the sum can reach."""
    scale = math.sqrt(float(size * size @ times))
    tilt = NODES[:, None] / scale
    x = tilt * size
    fade = np.exp(-2 * x)
    cumulant = (x + np.log1p(fade) - math.log(2)) @ times
    slope = ((1 - fade) / (1 + fade) * size) @ times
    curve = (4 * fade / np.square(1 + fade) * size * size) @ times
    tilt = tilt[:, 0]
    w = np.sqrt(2 * np.maximum(tilt * slope - cumulant, 1e-300))
    v = tilt * np.sqrt(np.maximum(curve, 1e-300))
    with np.errstate(divide="ignore"):
        z = w + np.log(v / w) / w
    # At the very end one pattern is left, which counts half.
    reach, last = float(size @ times), math.sqrt(2 * math.log(2) * (float(times.sum()) + 1))
    last -= math.log(last * math.sqrt(2 * math.pi)) / last
    kept = (slope < reach * (1 - 1e-9)) & (z < last)
    at = np.concatenate([[0.0], slope[kept], [reach]])
    values = np.maximum.accumulate(np.concatenate([[0.0], z[kept], [last]]))
    z = np.interp(np.abs(gaps), at, values)
    z[np.abs(gaps) > reach * (1 + 1e-12)] = math.inf
    signed: Floats = np.copysign(z, gaps)
    return signed
