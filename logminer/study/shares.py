"""How each checkpoint's responses spread over the clusters, with intervals."""

from __future__ import annotations

import pyarrow as pa

from logminer.store.session import Session

__all__ = ["shares"]

# Who hangs together: answers to one user, or where that is unknown in one conversation.
SPREAD = """
SELECT r.checkpoint, dense_rank() OVER (ORDER BY coalesce(p.user_id, p.conversation_id)) AS unit, a.cluster_id
FROM assignments AS a JOIN responses AS r USING (response_id) JOIN prompts AS p USING (prompt_id)
"""
SHARES = """
SELECT k.cluster_id, k.name, c.checkpoint, coalesce(s.n_responses, 0) AS n_responses, s.n_users,
    coalesce(s.share, 0) AS share, k.stability, k.fit_users
FROM clusters AS k CROSS JOIN (SELECT checkpoint, rowid AS place FROM checkpoints) AS c
LEFT JOIN cluster_shares AS s USING (cluster_id, checkpoint)
WHERE c.checkpoint IN (SELECT checkpoint FROM cluster_shares)
ORDER BY k.cluster_id, c.place
"""


def shares(session: Session) -> pa.Table:
    """A row for each cluster and checkpoint whose responses lie on the map, also where it has none there.

    Returns:
        `cluster_id` (−1: in no cluster), `name`, `checkpoint`, `n_responses`, `n_users` (null: unknown, or none), `share` of
        the checkpoint's responses on the map, `low` and `high` (ends of its 95 % interval, which allows for the answers to
        one user telling the same), `stability` and `fit_users` as in `clusters`.
    """
    found = session.columns(SHARES)
    spread = session.columns(SPREAD)
    arms, clusters = (found[name].to_pylist() for name in ("checkpoint", "cluster_id"))
    intervals = [_interval(spread, *row) for row in zip(arms, clusters, strict=True)]
    for name, end in (("high", 1), ("low", 0)):
        values = pa.array([both[end] for both in intervals], pa.float64())
        found = found.add_column(found.schema.get_field_index("share") + 1, name, values)
    return found


def _interval(spread: pa.Table, checkpoint: str, cluster: int) -> tuple[float, float]:
    import numpy as np
    import pyarrow.compute as pc

    from logminer.stats import clustered_rates

    mine = spread.filter(pc.field("checkpoint") == checkpoint)
    inside = (mine["cluster_id"].to_numpy() == cluster)[:, None]
    rates = clustered_rates(inside, np.ones(inside.shape), mine["unit"].to_numpy())
    return float(rates.low[0]), float(rates.high[0])
