"""Prompts and responses to read."""

from __future__ import annotations

from typing import Any

__all__ = ["examples_query"]


def examples_query(
    cluster: int | None, category: str | None, checkpoint: str | None, n: int
) -> tuple[str, list[Any]]:
    """SQL and parameters behind `Study.examples`: pseudorandom by response id, so not the first rows of the dump."""
    joins, conditions, parameters = "", ["r.response IS NOT NULL"], list[Any]()
    if cluster is not None:
        joins += " JOIN assignments AS a USING (response_id)"
        conditions.append("a.cluster_id = ?")
        parameters.append(cluster)
    if category is not None:
        conditions.append(
            "r.response_id IN (SELECT response_id FROM judgements WHERE category_id = ? AND label = 'yes')"
        )
        parameters.append(category)
    if checkpoint is not None:
        conditions.append("r.checkpoint = ?")
        parameters.append(checkpoint)
    query = (
        "SELECT r.checkpoint, p.messages[-1].content AS prompt, r.response, r.thoughts, r.response_id"
        f" FROM responses AS r JOIN prompts AS p USING (prompt_id){joins}"
        f" WHERE {' AND '.join(conditions)} ORDER BY r.response_id LIMIT ?"
    )
    return query, [*parameters, n]
