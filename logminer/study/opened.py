"""A published study, for notebooks: data frames out of `study.duckdb`, read-only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from logminer.errors import QueryError

if TYPE_CHECKING:
    import pandas as pd

    from logminer.clusters.layout import LayoutMethod
    from logminer.store.session import Relation, Session
    from logminer.study.mapping import StudyMap

__all__ = ["Comparison", "Study", "open_study"]


class Comparison(NamedTuple):
    """One base and one candidate. Sign: candidate minus base.

    `verdicts` are their rows of `comparisons`; `phrases` and `features` what nobody asked for, the most certain first (None
    where an earlier version published the study: run the pipeline again).
    """

    base: str
    candidate: str
    verdicts: pd.DataFrame
    phrases: pd.DataFrame | None = None
    features: pd.DataFrame | None = None


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
        from logminer.study.found import knows_found

        if not knows_found(self._session):
            return Comparison(base, candidate, verdicts)
        found = (
            frame[(frame["base"] == base) & (frame["candidate"] == candidate)].reset_index(
                drop=True
            )
            for frame in (self.phrases(), self.features())
        )
        return Comparison(base, candidate, verdicts, *found)

    def phrases(self) -> pd.DataFrame:
        """What one arm of a pair says that the other does not, the most certain first: the table `phrases`.

        Raises:
            QueryError: an earlier version published the study.
        """
        from logminer.study.found import phrases

        return phrases(self._session).to_pandas()

    def features(self) -> pd.DataFrame:
        """How the arms of each pair say it, the most certain first: the table `features`.

        Raises:
            QueryError: an earlier version published the study.
        """
        from logminer.study.found import features

        return features(self._session).to_pandas()

    def comparisons(
        self, kind: str = "category", stratum: str | None = None
    ) -> list[dict[str, Any]]:
        """What `logminer compare --json` prints: rows of `comparisons` of every pair with titles, the ones that matter first.

        Args:
            kind: category, cluster or both.
            stratum: its name, '*' for every one; None: `all`, and `turn=first` where there are later turns.

        Raises:
            QueryError: the study has comparisons, but none in this stratum.
        """
        from logminer.study.verdicts import comparisons

        return comparisons(self._session, kind, stratum)

    def overview(self) -> dict[str, Any]:
        """What `logminer show --json` prints: what the study holds, in counts."""
        from logminer.study.overview import overview

        return overview(self._session)

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
        scorer: str | None = None,
        phrase: str | None = None,
        n: int = 5,
    ) -> pd.DataFrame:
        """`n` prompts and responses of a cluster, or labelled yes for a category; the same ones each time.

        With `phrase`, instead all answers to `n` prompts on which somebody (or `checkpoint`) says it; `says` is who does.

        Raises:
            QueryError: the study has no such cluster, category, checkpoint or scorer; names those that it has.
        """
        if phrase is not None:
            import pandas as pd

            from logminer.study.saying import saying

            if (cluster, category, scorer) != (None, None, None):
                raise QueryError("phrase goes with checkpoint and n alone")
            return pd.DataFrame(saying(self._session, phrase, checkpoint=checkpoint, n=n))
        from logminer.study.examples import Wanted, examples

        wanted = Wanted(cluster, category, checkpoint, scorer)
        return examples(self._session, wanted, n).to_pandas()

    def map(self, layout: LayoutMethod = "tsne", n: int = 5000) -> StudyMap:
        """Responses in a plane, like beside like: a picture in a notebook, `.df()` to plot otherwise; the same each time.

        Args:
            layout: `tsne` keeps neighbours together; `pca` is the two directions in which they differ most, which lays over
                each other what differs in others.
            n: responses at most, drawn by hash of their id.

        Returns:
            Columns response_id, checkpoint, cluster_id, name, x, y; `.points` tells how far the picture may be believed.
        """
        from logminer.study.mapping import StudyMap, map_points

        return StudyMap(map_points(self._session, layout=layout, n=n))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the snapshot."""
        self._session.close()


def open_study(path: str | Path) -> Study:
    """Open the study in a folder.

    Raises:
        StoreError: there is none, or it cannot be read.
    """
    from logminer.store.session import open_session

    return Study(open_session(Path(path)), Path(path))
