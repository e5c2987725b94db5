"""Responses in a plane: where each lies, and how far the picture may be believed."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from logminer.charts.scatter import Dot, scatter
from logminer.charts.words import cut, percent
from logminer.clusters.layout import LayoutMethod, lay_out, neighbour_purity
from logminer.clusters.map import NOISE
from logminer.clusters.sample import matrix
from logminer.store.session import Session
from logminer.study.frames import Frame, FrameKind, as_frame
from logminer.study.pictures import Picture, cluster_label

__all__ = ["MapPoints", "StudyMap", "map_points"]

NAMED, SHORT = (
    12,
    24,
)  # clusters whose names stand in the picture, the largest, and letters of a name
LETTERS = 46  # of a line beside it

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
        arms: checkpoints in the order of the pipeline, so that each looks the same in every picture.
    """

    table: pa.Table
    layout: LayoutMethod
    total: int
    purity: float | None
    purity_full: float | None
    arms: tuple[str, ...]

    @property
    def told(self) -> str:
        """How far the picture may be believed, in a sentence."""
        if self.purity is None or self.purity_full is None:
            return "No response is in a cluster."
        return (
            f"Of the 15 nearest neighbours of an answer {percent(self.purity)} are of the same cluster here,"
            f" {percent(self.purity_full)} among the vectors themselves."
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
        tuple(name for (name,) in session.rows("SELECT checkpoint FROM checkpoints")),
    )


class StudyMap:
    """What a notebook shows of it: a picture of the arms, how far it may be believed, and the table behind both."""

    def __init__(self, points: MapPoints) -> None:
        self.points = points

    @property
    def table(self) -> pa.Table:
        """`response_id, checkpoint, cluster_id, name, x, y`."""
        return self.points.table

    @property
    def columns(self) -> list[str]:
        """Names of the table's columns."""
        return list(self.table.column_names)

    def df(self, to: FrameKind = "pandas") -> Frame:
        """The table as a data frame."""
        return as_frame(self.table, to)

    def __getitem__(self, column: str) -> Any:
        return self.df()[column]

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        of = f"{len(self):,} of {self.points.total:,} responses"
        return f"StudyMap({of}, {self.points.layout}): {self.points.told}"

    def picture(self) -> Picture:
        """Each checkpoint a form and a colour, the largest clusters by name where their middle lies."""
        rows = self.table.select(["x", "y", "checkpoint"]).to_pydict()
        dots = [Dot(*row) for row in zip(*rows.values(), strict=True)]
        order = {arm: place for place, arm in enumerate(self.points.arms)}
        drawn = "" if len(self) == self.points.total else f" of {self.points.total:,}"
        title = f"{len(self):,}{drawn} responses, like beside like"
        about = f"{self.points.told} Far apart means little; x and y mean nothing."
        svg = scatter(
            sorted(dots, key=lambda dot: order.get(dot.group, len(order))),
            title=title,
            names=list(self._named()),
            about=textwrap.wrap(about, LETTERS),
        )
        return Picture(title, svg)

    def _repr_html_(self) -> str:
        return self.picture()._repr_html_()

    def _named(self) -> Iterator[Dot]:
        places = [("x", "approximate_median"), ("y", "approximate_median"), ("name", "count")]
        inside = self.table.filter(pc.field("cluster_id") >= 0)
        grouped = inside.group_by(["cluster_id", "name"]).aggregate(places)
        largest = grouped.sort_by([("name_count", "descending"), ("cluster_id", "ascending")])
        for row in largest.slice(0, NAMED).to_pylist():
            x, y = row["x_approximate_median"], row["y_approximate_median"]
            yield Dot(x, y, cut(row["name"] or cluster_label(row["cluster_id"], None), SHORT))
