"""One claim about everything on a board: that none of it differs by more than its margin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["AllWithin", "all_within"]


class AllWithin(NamedTuple):
    """Whether the claim is made; `p` is that of the claim, in [0, 1], None where a row has none; `n` rows, `failed` their places."""

    claimed: bool
    p: float | None
    n: int
    failed: tuple[int, ...]


def all_within(p_equivalence: Sequence[float | None], *, alpha: float = 0.05) -> AllWithin:
    """The claim that every row is within its margin: made if each alone passes its test of equivalence at `alpha`.

    Args:
        p_equivalence: one for each row, not adjusted; None where it has no test (no margin, too few units, no card): of
            such a row nothing is known, so the claim is not made.
        alpha: in (0, 1).

    Returns:
        Without rows nothing is claimed.

    It is an intersection–union test. What it refutes is a union: that at least one row lies at or beyond its margin. If
    that is so, the row's own test passes with a chance of at most alpha, and with it all tests. Hence nothing is
    corrected for their number, however many there are and however they hang together: more rows make the claim harder,
    never easier. Adjusted p would make it harder than its level asks.

    Raises:
        ValueError: a p outside [0, 1], or an alpha outside (0, 1).

    Source: Berger 1982, Technometrics 24:295; Berger & Hsu 1996, Stat. Sci. 11:283.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie in (0, 1), got {alpha}")
    known = [p for p in p_equivalence if p is not None]
    if not all(0 <= p <= 1 for p in known):  # nan: neither
        raise ValueError("p must lie in [0, 1]")
    failed = tuple(i for i, p in enumerate(p_equivalence) if p is None or p > alpha)
    complete = bool(known) and len(known) == len(p_equivalence)
    return AllWithin(
        complete and not failed, max(known) if complete else None, len(p_equivalence), failed
    )
