"""What a published study holds, in counts."""

from __future__ import annotations

from typing import Any

from logminer.store.session import Session
from logminer.study.found import knows_found

__all__ = ["found_counts", "overview"]

Row = dict[str, Any]

# Checkpoints, and judges of autoraters, for which more than one model answered.
ANSWERED = "SELECT 'checkpoint' AS kind, checkpoint AS name, answered_by, n_responses AS n FROM answered_by"
JUDGED = "SELECT 'judge', judge || ' of ' || scorer, answered_by, sum(n_judgements)::BIGINT FROM judged_by GROUP BY ALL"
CHANGED = """
FROM ({found})
QUALIFY count(*) OVER (PARTITION BY kind, name) > 1 ORDER BY kind, name, n DESC, answered_by
"""


FOUND = """
SELECT base, candidate, '{kind}' AS kind, count(*) AS tested, count(*) FILTER (verdict = 'different') AS different
FROM {kind}s GROUP BY ALL
"""


def overview(session: Session) -> Row:
    """Counts of a study, JSON-ready."""

    def rows(query: str) -> list[Row]:
        return list(session.columns(query).to_pylist())

    # A study published by an earlier version lacks the view of judges.
    views = session.rows("SELECT 1 FROM duckdb_views() WHERE view_name = 'judged_by'")
    known = [ANSWERED, JUDGED] if views else [ANSWERED]
    return {
        "checkpoints": rows(
            "SELECT c.checkpoint, c.kind, c.model, count(r.response_id) AS responses, count(r.error) AS failed"
            " FROM checkpoints AS c LEFT JOIN responses AS r USING (checkpoint) GROUP BY ALL ORDER BY 1"
        ),
        "changed": rows(CHANGED.format(found=" UNION ALL ".join(known))),
        "conversations": rows(
            "SELECT count(*) AS n, count(DISTINCT user_id) AS users FROM conversations"
        )[0],
        "rejected": rows(
            "SELECT reason, count(*) AS n FROM rejections GROUP BY ALL ORDER BY n DESC, reason"
        ),
        "found": found_counts(session),
        "rates": rows(
            "SELECT * FROM category_rates WHERE yes > 0 ORDER BY channel, category_id, scorer, checkpoint"
        ),
        "redactions": rows(
            "SELECT origin, entity_type, n_redactions FROM redaction_counts ORDER BY origin, n_redactions DESC"
        ),
        "progress": rows("SELECT * FROM run_progress ORDER BY stage"),
    }


def found_counts(session: Session) -> list[Row] | None:
    """How many phrases and features were tested, and differ, by pair; None where an earlier version looked for none."""
    if not knows_found(session):
        return None
    kinds = " UNION ALL ".join(FOUND.format(kind=kind) for kind in ("phrase", "feature"))
    found: list[Row] = session.columns(f"FROM ({kinds}) ORDER BY base, candidate, kind").to_pylist()
    return found
