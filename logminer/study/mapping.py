"""Responses in a plane: where each lies, and how far the picture may be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from logminer.clusters.layout import LayoutMethod, lay_out, neighbour_purity
from logminer.clusters.map import NOISE
from logminer.clusters.sample import matrix
from logminer.store.session import Session

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MapPoints", "StudyMap", "map_points"]

# Of the largest clusters the names are written into the picture.
NAMED = 12

ON_THE_MAP = (
    " FROM embeddings AS e JOIN assignments AS a USING (response_id) WHERE e.channel = 'response'"
)


class MapPoints(NamedTuple):
    """Some responses, or all, in a plane.

    Attributes:
        table: `response_id, checkpoint, cluster_id, name, x, y`, a row for each response, in the order of their hashes; which
            way x and y point means nothing.
        layout: how they were laid out.
        total: responses that have a cluster; more than `table` has rows where they were drawn from.
        purity: share of the 15 nearest neighbours of a response in a cluster that lie in the same one, in [0, 1]: in the
            plane. None: nothing is in a cluster.
        purity_full: the same among the vectors themselves, which no picture can be much better than and be true.
    """

    table: pa.Table
    layout: LayoutMethod
    total: int
    purity: float | None
    purity_full: float | None

    @property
    def told(self) -> str:
        """How far the picture may be believed, in a sentence."""
        if self.purity is None or self.purity_full is None:
            return "No response is in a cluster."
        return (
            f"Of the 15 nearest neighbours {self.purity:.0%} are of the same cluster here, {self.purity_full:.0%} among the"
            " vectors themselves."
        )


def map_points(session: Session, *, layout: LayoutMethod = "tsne", n: int = 5000) -> MapPoints:
    """The same places each time, whatever the machine's number of cores.

    Args:
        session: the study.
        layout: see `clusters.layout.lay_out`.
        n: responses at most, drawn by hash of their id.
    """
    ((total,),) = session.rows(f"SELECT count(*){ON_THE_MAP}")
    found = session.columns(
        "SELECT e.response_id, r.checkpoint, a.cluster_id, k.name, e.vector FROM embeddings AS e"
        " JOIN responses AS r USING (response_id) JOIN assignments AS a USING (response_id)"
        " LEFT JOIN clusters AS k USING (cluster_id) WHERE e.channel = 'response'"
        " ORDER BY hash(response_id), response_id LIMIT ?",
        [n],
    ).combine_chunks()
    clusters = found["cluster_id"].fill_null(NOISE).to_numpy()
    vectors = matrix(found["vector"].combine_chunks())
    places = lay_out(vectors, method=layout)
    table = found.drop_columns("vector")
    for name, axis in zip("xy", places.T, strict=True):
        table = table.append_column(name, pa.array(axis, pa.float64()))
    return MapPoints(
        table,
        layout,
        total,
        neighbour_purity(places, clusters),
        neighbour_purity(vectors, clusters),
    )


class StudyMap:
    """What a notebook shows of it: a picture of the arms, how far it may be believed, and the table behind both."""

    def __init__(self, points: MapPoints) -> None:
        self.points = points

    @property
    def table(self) -> pa.Table:
        """`response_id, checkpoint, cluster_id, name, x, y`."""
        return self.points.table

    def df(self) -> pd.DataFrame:
        """The table as a data frame."""
        return self.table.to_pandas()

    @property
    def columns(self) -> list[str]:
        """Names of the table's columns."""
        return list(self.table.column_names)

    def __getitem__(self, column: str) -> Any:
        return self.df()[column]

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        return f"StudyMap({len(self)} of {self.points.total} responses, {self.points.layout}). {self.points.told}"

    def svg(self) -> str:
        """One picture: each checkpoint a form and a colour, the largest clusters by name, where their middle lies."""
        from logminer.charts.scatter import Dot, scatter

        rows = self.table.select(["x", "y", "checkpoint"]).to_pydict()
        drawn = "" if len(self) == self.points.total else f" of {self.points.total:,}"
        return scatter(
            [Dot(*row) for row in zip(rows["x"], rows["y"], rows["checkpoint"], strict=True)],
            title=f"{len(self):,}{drawn} responses, like beside like",
            names=[Dot(x, y, name) for x, y, name in self._named()],
            about=_broken(f"{self.points.told} Far apart means little; x and y mean nothing.", 46),
        )

    def _named(self) -> list[tuple[float, float, str]]:
        import pyarrow.compute as pc

        inside = self.table.filter(pc.field("cluster_id") >= 0)
        grouped = inside.group_by(["cluster_id", "name"]).aggregate(
            [("x", "approximate_median"), ("y", "approximate_median"), ("response_id", "count")]
        )
        largest = grouped.sort_by(
            [("response_id_count", "descending"), ("cluster_id", "ascending")]
        )
        names = ["x_approximate_median", "y_approximate_median", "name"]
        rows = largest.slice(0, NAMED).select(names).to_pydict()
        return list(zip(*(rows[name] for name in names), strict=True))

    def _repr_html_(self) -> str:
        return self.svg()


def _broken(text: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(text, width)
