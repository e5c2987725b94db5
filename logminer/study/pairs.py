"""Which pairs of checkpoints a study compared, and what came of it."""

from __future__ import annotations

import pyarrow as pa

from logminer.errors import QueryError
from logminer.store.session import Session

__all__ = ["compared_pairs", "pair_verdicts"]


def compared_pairs(session: Session) -> list[tuple[str, str]]:
    """(base, candidate) of each pair, in the order of the pipeline."""
    # A pair of which one arm only failed stands in `missingness` alone.
    rows = session.rows(
        "SELECT base, candidate FROM (SELECT base, candidate, rowid AS place FROM comparisons"
        " UNION ALL SELECT base, candidate, 1e12 + rowid FROM missingness) GROUP BY ALL ORDER BY min(place)"
    )
    return [(base, candidate) for base, candidate in rows]


def pair_verdicts(session: Session, base: str, candidate: str) -> pa.Table:
    """The rows of `comparisons` of a pair with the `title` of each category, or name of each cluster; none where an arm only failed.

    Raises:
        QueryError: the pipeline did not compare it; names the pairs that it did.
    """
    found = session.columns(
        "SELECT c.*, coalesce(k.title, u.name) AS title FROM comparisons AS c"
        " LEFT JOIN categories AS k USING (category_id) LEFT JOIN clusters AS u ON u.cluster_id = c.cluster_id"
        " WHERE c.base = ? AND c.candidate = ? ORDER BY c.rowid",
        [base, candidate],
    )
    if not len(found) and (base, candidate) not in (pairs := compared_pairs(session)):
        made = ", ".join(f"{b} → {c}" for b, c in pairs) or "none"
        raise QueryError(
            f"{base} → {candidate} was not compared (compared: {made}); add it to compare.pairs"
        )
    return found
