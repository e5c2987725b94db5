"""A published study, for notebooks: data frames out of `study.duckdb`, read-only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from logminer.errors import QueryError
from logminer.study.frames import Frame, FrameKind, as_frame, as_table

if TYPE_CHECKING:
    from logminer.clusters.layout import LayoutMethod
    from logminer.store.session import Relation, Session
    from logminer.study.changed import Direction
    from logminer.study.mapping import StudyMap
    from logminer.study.pictures import Picture

__all__ = ["Comparison", "Study", "open_study"]


class Comparison(NamedTuple):
    """One base and one candidate. Sign: candidate minus base.

    `verdicts` are their rows of `comparisons` with their `title`; `phrases` and `features` what nobody asked for, the most
    certain first (None where an earlier version published the study: run the pipeline again).
    """

    base: str
    candidate: str
    verdicts: Frame
    phrases: Frame | None = None
    features: Frame | None = None

    def forest(
        self, kind: str = "category", stratum: str | None = None, *, everything: bool = False
    ) -> Picture:
        """The differences as a picture: intervals, margins, what could have been found, and the verdict.

        Args:
            kind: category, cluster or both.
            stratum: its name; None: that which has the verdicts.
            everything: also what neither arm ever shows.

        Raises:
            QueryError: no such kind, or nothing was compared in this stratum.
        """
        from logminer.study.pictures import forest_picture

        return forest_picture(as_table(self.verdicts), kind, stratum, everything=everything)

    def __repr__(self) -> str:
        return f"Comparison({self.base!r}, {self.candidate!r}, {len(self.verdicts)} verdicts)"

    def _repr_html_(self) -> str:
        from logminer.study.markup import comparison_html

        found = {"phrases": self.phrases, "features": self.features}
        tables = {name: as_table(frame) for name, frame in found.items() if frame is not None}
        return comparison_html(self.base, self.candidate, as_table(self.verdicts), tables)


class Study:
    """A snapshot: a run that publishes anew does not change it; open it again to see more.

    Every data frame is one of pandas, unless `to` says 'polars' or 'arrow'.
    """

    def __init__(self, session: Session, path: Path) -> None:
        self._session = session
        self.path = path

    def __repr__(self) -> str:
        return f"Study({str(self.path)!r}, checkpoints={self.checkpoints()})"

    def _repr_html_(self) -> str:
        from logminer.study.markup import study_html

        return study_html(self._session, "/".join(self.path.parts[-2:]))

    def sql(self, query: str, parameters: Sequence[Any] | None = None) -> Relation:
        """Any DuckDB query over the tables and views of `schema()`; `.df()`, `.pl()` or `.arrow()` gives what it finds."""
        return self._session.sql(query, parameters)

    def schema(self, table: str | None = None, *, to: FrameKind = "pandas") -> Frame:
        """What the tables and views mean; of one of them, what its columns do.

        Raises:
            QueryError: the study has no such table.
        """
        from logminer.study.described import described

        return as_frame(described(self._session, table), to)

    def checkpoints(self) -> list[str]:
        """Names of the checkpoints, in the order of the pipeline."""
        return [name for (name,) in self._session.rows("SELECT checkpoint FROM checkpoints")]

    def compare(self, base: str, candidate: str, *, to: FrameKind = "pandas") -> Comparison:
        """The comparison that the pipeline made of this pair.

        Raises:
            QueryError: the pipeline did not compare it; names the pairs that it did.
        """
        from logminer.study.found import features, knows_found, phrases
        from logminer.study.pairs import pair_verdicts

        verdicts = as_frame(pair_verdicts(self._session, base, candidate), to)
        if not knows_found(self._session):
            return Comparison(base, candidate, verdicts)
        pair = (base, candidate)
        found = (as_frame(each(self._session, pair), to) for each in (phrases, features))
        return Comparison(base, candidate, verdicts, *found)

    def phrases(self, *, to: FrameKind = "pandas") -> Frame:
        """What one arm of a pair says that the other does not, the most certain first: the table `phrases`.

        Raises:
            QueryError: an earlier version published the study.
        """
        from logminer.study.found import phrases

        return as_frame(phrases(self._session), to)

    def features(self, *, to: FrameKind = "pandas") -> Frame:
        """How the arms of each pair say it, the most certain first: the table `features`.

        Raises:
            QueryError: an earlier version published the study.
        """
        from logminer.study.found import features

        return as_frame(features(self._session), to)

    def rates(
        self, by: str | None = None, *, category: str | None = None, to: FrameKind = "pandas"
    ) -> Frame:
        """How often each checkpoint shows each behaviour, with 95 % intervals that allow for people's prompts hanging together.

        Args:
            by: what prompts are parted by: turn, language, month, altered or a kept attribute; None: not at all.
            category: of this one; None: of all.
            to: pandas, polars or arrow.

        Raises:
            QueryError: no such category, or nothing of this name to part prompts by; names what there is.
        """
        from logminer.study.rates import rates

        return as_frame(rates(self._session, by, category), to)

    def pairs(
        self,
        category: str | None = None,
        *,
        changed: bool = True,
        pair: Sequence[str] | None = None,
        direction: Direction | None = None,
        n: int = 5,
        to: FrameKind = "pandas",
    ) -> Frame:
        """Both answers to one prompt, to read; the same ones each time.

        Args:
            category: whose judgements differ; None: any that has a verdict.
            changed: only prompts on which the arms differ.
            pair: base and candidate; None: every pair that was compared.
            direction: 'gained' (the candidate shows it, or more often) or 'lost'; None: either.
            n: prompts of each pair and category.
            to: pandas, polars or arrow.

        Raises:
            QueryError: the study has no such category or compared pair; names those that it has.
        """
        from logminer.study.changed import changed_pairs

        found = changed_pairs(
            self._session, category, pair=pair, direction=direction, changed=changed, n=n
        )
        return as_frame(found, to)

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

    def clusters(self, *, to: FrameKind = "pandas") -> Frame:
        """One row for each cluster, largest first, with its share in each checkpoint."""
        found = self.sql(
            "PIVOT (SELECT cluster_id, name, checkpoint, share FROM cluster_shares)"
            " ON checkpoint USING first(share) ORDER BY cluster_id"
        )
        return as_frame(found.to_arrow_table(), to)

    def clusters_chart(self, *, n: int = 20) -> Picture:
        """Share of each cluster in each checkpoint with its interval, as a picture; `n` clusters at most, and what is in none."""
        from logminer.study.pictures import clusters_picture
        from logminer.study.shares import shares

        return clusters_picture(shares(self._session), n)

    def examples(
        self,
        *,
        cluster: int | None = None,
        category: str | None = None,
        checkpoint: str | None = None,
        scorer: str | None = None,
        phrase: str | None = None,
        n: int = 5,
        to: FrameKind = "pandas",
    ) -> Frame:
        """`n` prompts and responses of a cluster, or labelled yes for a category; the same ones each time.

        With `phrase`, instead all answers to `n` prompts on which somebody (or `checkpoint`) says it; `says` is who does.

        Raises:
            QueryError: the study has no such cluster, category, checkpoint or scorer; names those that it has.
        """
        if phrase is not None:
            import pyarrow as pa

            from logminer.study.saying import saying

            if (cluster, category, scorer) != (None, None, None):
                raise QueryError("phrase goes with checkpoint and n alone")
            said = saying(self._session, phrase, checkpoint=checkpoint, n=n)
            return as_frame(pa.Table.from_pylist(said), to)
        from logminer.study.examples import Wanted, examples

        wanted = Wanted(cluster, category, checkpoint, scorer)
        return as_frame(examples(self._session, wanted, n), to)

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
