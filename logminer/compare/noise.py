"""What chance alone does: the base's answers drawn twice."""

from __future__ import annotations

from logminer.compare.groups import Side
from logminer.schemas.reserved import AGAIN
from logminer.store.session import Session

__all__ = ["noise_sides"]


def noise_sides(session: Session, base: str) -> tuple[Side, Side] | None:
    """First and second draw of `base`: the same checkpoint replayed under another seed, else its even and odd samples.

    None where there was only one draw.
    """
    again = base + AGAIN
    if session.rows("SELECT 1 FROM responses WHERE checkpoint = ? LIMIT 1", [again]):
        return Side(base), Side(again)
    sampled = "SELECT 1 FROM responses WHERE checkpoint = ? AND sample_index > 0 LIMIT 1"
    if session.rows(sampled, [base]):
        return Side(base, 0), Side(base, 1)
    return None
