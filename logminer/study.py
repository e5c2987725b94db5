"""A published study, for notebooks: data frames out of `study.duckdb`, read-only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from logminer.errors import QueryError
from logminer.store import Relation, Session, open_session

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Comparison", "Study", "open_study"]


class Comparison(NamedTuple):
    """One base and one candidate; `verdicts` are their rows of `comparisons`. Sign: candidate minus base."""

    base: str
    candidate: str
    verdicts: pd.DataFrame


class Study:
    """A snapshot: a run that publishes anew does not change it; open it again to see more."""

    def __init__(self, session: Session, path: Path) -> None:
        self._session = session
        self.path = path

    def __repr__(self) -> str:
        return f"Study({str(self.path)!r}, checkpoints={self.checkpoints()})"

    def sql(self, query: str, parameters: Sequence[Any] | None = None) -> Relation:
        """Any DuckDB query over the tables and views of `logminer schema`; `.df()` gives a data frame."""
        return self._session.sql(query, parameters)

    def checkpoints(self) -> list[str]:
        """Names of the checkpoints, in the order of the pipeline."""
        return [name for (name,) in self._session.rows("SELECT checkpoint FROM checkpoints")]

    def compare(self, base: str, candidate: str) -> Comparison:
        """The comparison that the pipeline made of this pair.

        Raises:
            QueryError: the pipeline did not compare it; names the pairs that it did.
        """
        query = "SELECT * FROM comparisons WHERE base = ? AND candidate = ?"
        verdicts = self.sql(query, [base, candidate]).df()
        if verdicts.empty:
            made = self._session.rows(
                "SELECT DISTINCT base, candidate FROM comparisons ORDER BY ALL"
            )
            pairs = ", ".join(f"{b} → {c}" for b, c in made) or "none"
            raise QueryError(
                f"{base} → {candidate} was not compared (compared: {pairs}); add it to compare.pairs"
            )
        return Comparison(base, candidate, verdicts)

    def clusters(self) -> pd.DataFrame:
        """One row for each cluster, largest first, with its share in each checkpoint."""
        return self.sql(
            "PIVOT (SELECT cluster_id, name, checkpoint, share FROM cluster_shares)"
            " ON checkpoint USING first(share) ORDER BY cluster_id"
        ).df()

    def examples(
        self,
        *,
        cluster: int | None = None,
        category: str | None = None,
        checkpoint: str | None = None,
        n: int = 5,
    ) -> pd.DataFrame:
        """`n` prompts and responses of a cluster, or labelled yes for a category; the same ones each time."""
        return self.sql(*examples_query(cluster, category, checkpoint, n)).df()

    def map(self, *, n: int = 5000) -> pd.DataFrame:
        """Responses in the plane of the two directions in which they differ most, to plot; the same ones each time.

        Args:
            n: responses at most, drawn by hash of their id.

        Returns:
            Columns response_id, checkpoint, cluster_id, name, x, y (principal components of the unit-length vectors).
        """
        table = self._session.columns(
            "SELECT response_id, r.checkpoint, a.cluster_id, k.name, e.vector FROM embeddings AS e"
            " JOIN responses AS r USING (response_id) JOIN assignments AS a USING (response_id)"
            " LEFT JOIN clusters AS k USING (cluster_id) WHERE e.channel = 'response'"
            " ORDER BY hash(response_id), response_id LIMIT ?",
            [n],
        )
        vectors = np.array(table["vector"].to_pylist(), dtype=np.float64).reshape(len(table), -1)
        frame = table.drop_columns("vector").to_pandas()
        centred = vectors - vectors.mean(axis=0) if len(vectors) else np.zeros((0, 2))
        _, axes = np.linalg.eigh(centred.T @ centred)
        frame["x"], frame["y"] = (centred @ axes[:, [-1, -2]]).T
        return frame

    def close(self) -> None:
        """Let go of the snapshot."""
        self._session.close()


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
            "r.response_id IN (SELECT response_id FROM judgements WHERE category_id = ? AND label = 'yes'"
            " AND NOT ends_with(scorer, '.injected'))"
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


def open_study(path: str | Path) -> Study:
    """Open the study in a folder.

    Raises:
        StoreError: there is none, or it cannot be read.
    """
    return Study(open_session(Path(path)), Path(path))
