"""What a published study found that nobody asked for: phrases and features, the most certain first."""

from __future__ import annotations

import pyarrow as pa

from logminer.errors import QueryError
from logminer.schemas import FEATURES, PHRASES, Table
from logminer.store.session import Session

__all__ = ["features", "knows_found", "phrases"]

Pair = tuple[str, str]  # base, candidate


def knows_found(session: Session) -> bool:
    """Whether phrases and features were looked for; studies of earlier versions lack both tables."""
    return session.is_current((PHRASES, FEATURES))


def phrases(session: Session, pair: Pair | None = None) -> pa.Table:
    """Rows of `phrases`, of one pair or pair by pair, what differs before what does not, then the most certain first.

    Raises:
        QueryError: an earlier version published the study.
    """
    return _rows(session, PHRASES, pair, "phrase, channel, position, scope")


def features(session: Session, pair: Pair | None = None) -> pa.Table:
    """Rows of `features`, in the same order.

    Raises:
        QueryError: an earlier version published the study.
    """
    return _rows(session, FEATURES, pair, "feature, channel")


def _rows(session: Session, table: Table, pair: Pair | None, names: str) -> pa.Table:
    if not knows_found(session):
        raise QueryError(
            "an earlier version published this study, which looked for no phrases and features: run the pipeline again"
        )
    return session.columns(
        f"SELECT * FROM {table.name} WHERE (base, candidate) = (coalesce(?, base), coalesce(?, candidate))"
        " ORDER BY base, candidate, verdict, q NULLS LAST, p NULLS LAST,"
        f" abs(difference) DESC, {names}",
        list(pair or (None, None)),
    )
