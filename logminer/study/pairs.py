"""Which pairs of checkpoints a study compared, and in what."""

from __future__ import annotations

import pyarrow as pa

from logminer.errors import QueryError
from logminer.store.session import Session

__all__ = ["compared_categories", "compared_pairs", "pair_verdicts"]


def compared_pairs(session: Session) -> list[tuple[str, str]]:
    """(base, candidate) of each pair, in the order of the pipeline."""
    # A pair of which one arm only failed stands in `missingness` alone.
    rows = session.rows(
        "SELECT base, candidate FROM (SELECT base, candidate, rowid AS place FROM comparisons"
        " UNION ALL SELECT base, candidate, 1e12 + rowid FROM missingness) GROUP BY ALL ORDER BY min(place)"
    )
    return [(base, candidate) for base, candidate in rows]


def compared_categories(session: Session, *, changed: bool) -> list[str]:
    """Those that arms were compared in, by id; at least one.

    Args:
        session: the study.
        changed: only those in which a prompt tells the arms of a pair apart, where there are any.

    Raises:
        QueryError: none was compared.
    """
    found = session.rows(
        "SELECT category_id, bool_or(base_only IS NULL OR base_only + candidate_only > 0) FROM comparisons"
        " WHERE kind = 'category' GROUP BY ALL ORDER BY category_id"
    )
    if not found:
        raise QueryError(
            "nothing was compared: it takes two checkpoints with answers to the same prompts that could be judged"
        )
    differ = [category for category, differs in found if differs or not changed]
    return differ or [found[0][0]]


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
