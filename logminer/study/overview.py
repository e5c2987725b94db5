"""What a published study holds, in counts."""

from __future__ import annotations

from typing import Any

from logminer.store.session import Session
from logminer.study.found import knows_found
from logminer.study.verdicts import comparisons

__all__ = ["found_counts", "overview"]

Row = dict[str, Any]

# Checkpoints, and judges of autoraters, for which more than one model answered.
ANSWERED = "SELECT 'checkpoint' AS kind, checkpoint AS name, answered_by, n_responses AS n FROM answered_by"
JUDGED = "SELECT 'judge', judge || ' of ' || scorer, answered_by, sum(n_judgements)::BIGINT FROM judged_by GROUP BY ALL"
CHANGED = """
FROM ({found})
QUALIFY count(*) OVER (PARTITION BY kind, name) > 1 ORDER BY kind, name, n DESC, answered_by
"""
# How often each checkpoint shows what any of them shows, the most frequent first.
SHARES = """
SELECT r.category_id, any_value(k.title) AS title, r.channel, r.scorer,
    list({checkpoint: r.checkpoint, rate: r.rate} ORDER BY r.checkpoint) AS checkpoints
FROM category_rates AS r LEFT JOIN categories AS k USING (category_id)
GROUP BY r.category_id, r.channel, r.scorer
HAVING max(r.rate) > 0
ORDER BY max(r.rate) DESC, r.category_id, r.channel, r.scorer
"""
FOUND = """
SELECT base, candidate, '{kind}' AS kind, count(*) AS tested, count(*) FILTER (verdict = 'different') AS different
FROM {kind}s GROUP BY ALL
"""
VERDICT = (
    *(
        "base",
        "candidate",
        "kind",
        "category_id",
        "cluster_id",
        "title",
        "channel",
        "stratum",
        "role",
    ),
    *("scorer", "scale", "verdict", "base_rate", "candidate_rate", "difference", "low", "high"),
    *("difference_corrected", "corrected_low", "corrected_high", "noise_difference", "margin"),
    *("minimum_detectable", "base_at_most"),
)


def overview(session: Session) -> Row:
    """What a study says, and what is in it in counts, JSON-ready.

    `verdicts` are the rows of `comparisons` with a verdict, the ones that matter first; `behaviours` those that any
    checkpoint shows, the most frequent first, by the scorer that has the verdict where one has.
    """

    def rows(query: str) -> list[Row]:
        return list(session.columns(query).to_pylist())

    # A study published by an earlier version lacks the view of judges.
    views = session.rows("SELECT 1 FROM duckdb_views() WHERE view_name = 'judged_by'")
    known = [ANSWERED, JUDGED] if views else [ANSWERED]
    verdicts = [row for row in comparisons(session, "category") if row["role"] == "primary"]
    return {
        "verdicts": [{name: row[name] for name in VERDICT} for row in verdicts],
        "behaviours": _by_primary(rows(SHARES), verdicts),
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
            "SELECT origin, entity_type, n_redactions FROM redaction_counts ORDER BY origin, n_redactions DESC, entity_type"
        ),
        "progress": rows("SELECT * FROM run_progress ORDER BY stage, fingerprint"),
    }


def _by_primary(shares: list[Row], verdicts: list[Row]) -> list[Row]:
    primary = {(row["category_id"], row["channel"]): row["scorer"] for row in verdicts}
    named = ((primary.get((row["category_id"], row["channel"])), row) for row in shares)
    return [row for scorer, row in named if scorer in (None, row["scorer"])]


def found_counts(session: Session) -> list[Row] | None:
    """How many phrases and features were tested, and differ, by pair; None where an earlier version looked for none."""
    if not knows_found(session):
        return None
    kinds = " UNION ALL ".join(FOUND.format(kind=kind) for kind in ("phrase", "feature"))
    found: list[Row] = session.columns(f"FROM ({kinds}) ORDER BY base, candidate, kind").to_pylist()
    return found
