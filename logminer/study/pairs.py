"""Which pairs of checkpoints a study compared."""

from __future__ import annotations

from logminer.store.session import Session

__all__ = ["compared_pairs"]


def compared_pairs(session: Session) -> list[tuple[str, str]]:
    """(base, candidate) of each pair, in the order of the pipeline."""
    # A pair of which one arm only failed stands in `missingness` alone.
    rows = session.rows(
        "SELECT base, candidate FROM (SELECT base, candidate, rowid AS place FROM comparisons"
        " UNION ALL SELECT base, candidate, 1e12 + rowid FROM missingness) GROUP BY ALL ORDER BY min(place)"
    )
    return [(base, candidate) for base, candidate in rows]
