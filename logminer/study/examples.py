"""Prompts and responses to read."""

from __future__ import annotations

from typing import Any, NamedTuple

import pyarrow as pa

from logminer.errors import QueryError, did_you_mean
from logminer.store.session import Session

__all__ = ["Wanted", "examples", "require", "why_none"]

MOST_NAMES = 60  # in a message

# What there is of each field of `Wanted`, in SQL.
KNOWN = {
    "cluster": "SELECT cluster_id::VARCHAR FROM assignments GROUP BY cluster_id ORDER BY cluster_id",
    "category": "SELECT category_id FROM categories UNION SELECT category_id FROM judgements ORDER BY 1",
    "checkpoint": "SELECT checkpoint FROM checkpoints UNION SELECT checkpoint FROM responses ORDER BY 1",
    "scorer": "SELECT DISTINCT scorer FROM judgements ORDER BY 1",
}


class Wanted(NamedTuple):
    """Which responses: of a cluster, labelled yes for a category or by a scorer, of a checkpoint; None: whichever."""

    cluster: int | None = None
    category: str | None = None
    checkpoint: str | None = None
    scorer: str | None = None


def examples(session: Session, wanted: Wanted, n: int) -> pa.Table:
    """`n` responses with their prompts, pseudorandom by response id, so not the first rows of the dump.

    Raises:
        QueryError: the study has nothing of a name that is wanted.
    """
    require(session, wanted)
    joins, conditions, parameters = "", ["r.response IS NOT NULL"], list[Any]()
    if wanted.cluster is not None:
        joins += " JOIN assignments AS a USING (response_id)"
        conditions.append("a.cluster_id = ?")
        parameters.append(wanted.cluster)
    if wanted.category is not None or wanted.scorer is not None:
        conditions.append(
            "r.response_id IN (SELECT response_id FROM judgements WHERE label = 'yes'"
            " AND category_id = coalesce(?, category_id) AND scorer = coalesce(?, scorer))"
        )
        parameters += [wanted.category, wanted.scorer]
    if wanted.checkpoint is not None:
        conditions.append("r.checkpoint = ?")
        parameters.append(wanted.checkpoint)
    query = (
        "SELECT r.checkpoint, p.messages[-1].content AS prompt, r.response, r.thoughts, r.response_id"
        f" FROM responses AS r JOIN prompts AS p USING (prompt_id){joins}"
        f" WHERE {' AND '.join(conditions)} ORDER BY r.response_id LIMIT ?"
    )
    return session.columns(query, [*parameters, n])


def why_none(session: Session, wanted: Wanted) -> str:
    """What to say where `examples` of a category finds nothing: nobody shows it, or nobody judges it."""
    ((judged, shown),) = session.rows(
        "SELECT count(DISTINCT response_id), count(DISTINCT response_id) FILTER (j.label = 'yes')"
        " FROM judgements AS j JOIN responses AS r USING (response_id) WHERE j.category_id = $1"
        " AND j.scorer = coalesce($2, j.scorer) AND r.checkpoint = coalesce($3, r.checkpoint)",
        [wanted.category, wanted.scorer, wanted.checkpoint],
    )
    if not judged:
        return f"nothing judged: no scorer says of such a response whether it shows '{wanted.category}'"
    if not shown:
        return f"nobody did: '{wanted.category}' was looked for in {judged:,} responses, and none shows it"
    return f"none there: {shown:,} of {judged:,} responses show '{wanted.category}', all of them elsewhere"


def require(session: Session, wanted: Wanted) -> None:
    """Nothing, where the study has something of every name that is wanted.

    Raises:
        QueryError: it has not; names what it has.
    """
    for what, name in wanted._asdict().items():
        if name is None:
            continue
        known = [one for (one,) in session.rows(KNOWN[what])]
        if str(name) not in known:
            more = f", … ({len(known)} in all)" if len(known) > MOST_NAMES else ""
            there = f"there are: {', '.join(known[:MOST_NAMES]) or 'none'}{more}"
            likely = [] if what == "cluster" else known  # numbers are not alike by their digits
            raise QueryError(
                f"the study has no {what} '{name}'; {did_you_mean(name, likely, there)}"
            )
