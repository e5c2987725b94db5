"""How often each checkpoint shows each behaviour, of all prompts or by what prompts differ in."""

from __future__ import annotations

import pyarrow as pa

from logminer.errors import QueryError, did_you_mean
from logminer.store.session import Session
from logminer.study.examples import Wanted, require

__all__ = ["rates"]

RATES = """
SELECT r.category_id, k.title, r.channel, r.scorer, r.stratum, r.* EXCLUDE (category_id, channel, scorer, stratum)
FROM rates_by_stratum AS r
LEFT JOIN categories AS k USING (category_id)
LEFT JOIN (SELECT checkpoint, rowid AS place FROM checkpoints) AS c USING (checkpoint)
WHERE r.category_id = coalesce($category, r.category_id)
    AND (CASE WHEN $by IS NULL THEN r.stratum = 'all' ELSE starts_with(r.stratum, $by || '=') END)
ORDER BY r.category_id, r.channel, r.scorer, r.stratum, c.place
"""
KNOWN = "SELECT DISTINCT split_part(stratum, '=', 1) FROM rates_by_stratum WHERE stratum <> 'all' ORDER BY ALL"


def rates(session: Session, by: str | None, category: str | None) -> pa.Table:
    """Rows of the view `rates_by_stratum` with the titles of their categories.

    Args:
        session: the study.
        by: turn, language, month, altered or a kept attribute; None: of all prompts.
        category: of this one; None: of all.

    Raises:
        QueryError: the study has no such category, or nothing to part its prompts by under this name.
    """
    require(session, Wanted(category=category))
    if by is not None:
        _require_parting(session, by)
    return session.columns(RATES, {"category": category, "by": by})


def _require_parting(session: Session, by: str) -> None:
    known = [name for (name,) in session.rows(KNOWN)]
    if by not in known:
        hint = did_you_mean(by, known, f"there are: {', '.join(known) or 'none'}")
        raise QueryError(f"prompts have no '{by}' to part them by; {hint}")
