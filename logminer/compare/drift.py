"""Whether one and the same model judged both arms."""

from __future__ import annotations

from collections.abc import Iterator

from logminer.store.session import Session

__all__ = ["judge_drift"]


def judge_drift(session: Session, scorer: str, base: str, candidate: str) -> Iterator[str]:
    """A note for each judge of an autorater for which several models answered on these arms; none for other scorers.

    It says how many judgements of each arm each model had a vote in: where the arms differ in that, so may the judge's
    error.
    """
    rows = session.rows(
        "SELECT judge, string_agg(concat(answered_by, ' (base ', base, ', candidate ', candidate, ')'), ', '"
        " ORDER BY base + candidate DESC, answered_by) FROM ("
        " SELECT judge, answered_by,"
        " coalesce(sum(n_judgements) FILTER (checkpoint = ?), 0)::BIGINT AS base,"
        " coalesce(sum(n_judgements) FILTER (checkpoint = ?), 0)::BIGINT AS candidate"
        " FROM judged_by WHERE scorer = ? AND checkpoint IN (?, ?) GROUP BY ALL"
        ") GROUP BY judge HAVING count(*) > 1 ORDER BY judge",
        [base, candidate, scorer, base, candidate],
    )
    for judge, models in rows:
        yield f"judge {judge} was not the same model throughout: {models}"
