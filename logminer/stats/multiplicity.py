"""Many comparisons at once: which findings to report so that few of them are false."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Discoveries", "benjamini_hochberg", "level_alone", "tree_bh", "tree_q_values"]


class Discoveries(NamedTuple):
    """Aligned with the given p: `rejected` bool [m], `adjusted` float64 [m] (rejected where adjusted ≤ q)."""

    rejected: NDArray[np.bool_]
    adjusted: NDArray[np.float64]


def benjamini_hochberg(p: ArrayLike, *, q: float = 0.05) -> Discoveries:
    """Controls the false discovery rate at `q`; no p at all gives empty arrays.

    Raises:
        ValueError: a p outside [0, 1] or not a number, or a q outside (0, 1).

    Source: Benjamini & Hochberg 1995, J. R. Stat. Soc. B 57:289; valid for positively dependent p (2001).
    """
    _check_q(q)
    adjusted = _adjusted(p)
    return Discoveries(adjusted <= q, adjusted)


def tree_bh(families: Mapping[str, Sequence[float]], *, q: float = 0.05) -> dict[str, list[bool]]:
    """Selects families of hypotheses first, then hypotheses within the selected ones.

    A family's own p is Simes'; of F families R are selected by Benjamini-Hochberg at `q`, and within these the
    hypotheses at q·R/F. It controls the average share of false findings over the selected families: a category
    without any shift gets no findings only because it was looked at in many strata.

    Returns:
        For each family, in the given order, whether each hypothesis is rejected. Empty families stay empty.

    Raises:
        ValueError: as `benjamini_hochberg`.

    Source: Benjamini & Bogomolov 2014, J. R. Stat. Soc. B 76:297.
    """
    _check_q(q)
    return {name: (least <= q).tolist() for name, least in tree_q_values(families).items()}


def tree_q_values(families: Mapping[str, Sequence[float]]) -> dict[str, NDArray[np.float64]]:
    """The least q at which `tree_bh` rejects each hypothesis: it does where these are ≤ q.

    Returns:
        For each family, in the given order, float64 [m] in [0, 1]; hypotheses of 1 are never rejected. Empty families
        stay empty.

    Raises:
        ValueError: a p outside [0, 1] or not a number.

    Source: as `tree_bh`.
    """
    within = {name: _adjusted(p) for name, p in families.items()}
    # The least adjusted p of a family is its Simes p.
    simes = [float(adjusted.min()) for adjusted in within.values() if len(adjusted)]
    selecting = np.sort(_adjusted(simes))  # the least q at which 1, 2, … families are selected
    factors = len(simes) / np.arange(1, len(simes) + 1)
    return {
        # With r of F families selected q must reach adjusted·F/r, and then the hypothesis' family is one of them.
        name: np.maximum(selecting, adjusted[:, None] * factors).min(axis=1, initial=1.0)
        for name, adjusted in within.items()
    }


def level_alone(families: int, members: int, *, q: float = 0.05) -> float:
    """The p at which `tree_bh` rejects a hypothesis of a family of `members` if no other one is rejected.

    Raises:
        ValueError: no families or members, or a q outside (0, 1).
    """
    _check_q(q)
    if families < 1 or members < 1:
        raise ValueError(f"need at least one family and member, got {families} and {members}")
    return q / (families * members)


def _adjusted(p: ArrayLike) -> NDArray[np.float64]:
    """Benjamini-Hochberg's adjusted p."""
    values = np.asarray(p, dtype=np.float64)
    if values.ndim != 1 or not bool(np.all((values >= 0) & (values <= 1))):  # false for nan
        raise ValueError("p must be a list of numbers in [0, 1]")
    order = np.argsort(values, kind="stable")[::-1]
    # The factor first: it is often exact, so that a p on the boundary stays there.
    steps = values[order] * (len(values) / np.arange(len(values), 0, -1))
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum.accumulate(np.minimum(steps, 1.0))
    return adjusted


def _check_q(q: float) -> None:
    if not 0 < q < 1:
        raise ValueError(f"q must lie in (0, 1), got {q}")
