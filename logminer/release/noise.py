"""Noise for counts, drawn by OpenDP: the one door to it.

A person is in `contribution` cells of a release at most, so that with the person or without, its counts differ by that much
in sum. Noise of the discrete Laplace of scale contribution ÷ ε on every one of them makes the whole release
ε-differentially private (Ghosh, Roughgarden & Sundararajan 2012, SIAM J. Comput. 41:1673).
"""

from __future__ import annotations

import importlib.util
import math

import numpy as np

from logminer.errors import ConfigError
from logminer.release.cells import Counts

__all__ = ["noisy_counts", "require_noise", "threshold"]


def require_noise() -> None:
    """Before anything is spent on it.

    Raises:
        ConfigError: OpenDP is not installed.
    """
    if importlib.util.find_spec("opendp") is None:
        raise ConfigError("privacy: its noise needs: pip install 'logminer[dp]'")


def noisy_counts(counts: Counts, epsilon: float, contribution: int) -> Counts:
    """Counts with noise; some may be negative.

    Args:
        counts: [cells] all of a release, each person in `contribution` of them at most.
        epsilon: of all of them together.
    """
    import opendp.prelude as dp

    dp.enable_features("contrib")  # what is proven by its authors, and not yet vetted by others
    domain, metric = dp.vector_domain(dp.atom_domain(T="i64")), dp.l1_distance(T="i64")
    scale = contribution / epsilon
    laplace = dp.m.make_laplace(domain, metric, scale=scale)
    while laplace.map(contribution) > epsilon:  # by what a float rounds off
        scale = math.nextafter(scale, math.inf)
        laplace = dp.m.make_laplace(domain, metric, scale=scale)
    return np.array(laplace(counts.tolist()), np.int64)


def threshold(epsilon: float, delta: float, contribution: int = 1) -> int:
    """The least noisy count that may be told of a cell which nobody knew to exist.

    A cell that is there for one person alone has a count of 1, and reaches t with the chance that the noise is t − 1 or
    more: e^(−(t−1)ε) / (1 + e^(−ε)). A person may have brought `contribution` such cells: each gets its share of δ, and
    that share of ε by which its noise was drawn. OpenDP's own map stops one short, for it tells counts that equal its
    threshold.
    """
    each = epsilon / contribution
    within = delta / contribution
    t = max(1, math.ceil(1 - math.log(within * (1 + math.exp(-each))) / each))
    while _reaches(t, each) > within:  # what a float rounds off
        t += 1
    while t > 1 and _reaches(t - 1, each) <= within:
        t -= 1
    return t


def _reaches(t: int, epsilon: float) -> float:
    return math.exp(-(t - 1) * epsilon) / (1 + math.exp(-epsilon))
