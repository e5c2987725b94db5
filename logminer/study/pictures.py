"""What a study found, drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pyarrow as pa

from logminer.charts.forest import ForestRow, forest
from logminer.charts.shares import ShareRow, shares_chart
from logminer.charts.words import safe
from logminer.errors import QueryError, did_you_mean
from logminer.study.verdicts import ORDER, PRIMARY

__all__ = [
    "Picture",
    "cluster_label",
    "clusters_picture",
    "deciding_stratum",
    "forest_picture",
    "forest_row",
]

Row = dict[str, Any]

LITERAL = " ='():;,/.-+!*@?"  # what may stand as it is in the address of an image


class Picture(NamedTuple):
    """An SVG that notebooks show: as an image, so that nothing in it reaches the page around it."""

    title: str
    svg: str

    def save(self, path: str | Path) -> Path:
        """Write it into a file that its owner alone may read: nothing of a study is released by being drawn.

        Raises:
            StoreError: it cannot be written.
        """
        from logminer.files.atomic import write_private

        write_private(self.svg.encode(), Path(path))
        return Path(path)

    def __repr__(self) -> str:
        return f"Picture({self.title!r})"

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        address = f"data:image/svg+xml,{quote(self.svg, safe=LITERAL)}"
        return f'<img alt="{safe(self.title)}" src="{address}">'


def forest_picture(
    verdicts: pa.Table, kind: str, stratum: str | None, *, everything: bool = False, most: int = 60
) -> Picture:
    """Differences of a pair, the ones that matter first, each with what secondary scorers say below it.

    Args:
        verdicts: rows of `comparisons` with their `title`.
        kind: category, cluster or both.
        stratum: its name; None: the one to look at first, see `deciding_stratum`.
        everything: also what neither arm ever shows, else counted.
        most: rows, else counted as well.

    Raises:
        QueryError: no such kind, or no comparison in this stratum.
    """
    if kind not in ("category", "cluster", "both"):
        raise QueryError(f"no kind '{kind}'; there are: category, cluster, both")
    rows = verdicts.to_pylist()
    known = list(dict.fromkeys(row["stratum"] for row in rows))
    if stratum is None:
        stratum = deciding_stratum(rows)
    elif stratum not in known:
        hint = did_you_mean(stratum, known, f"there are: {', '.join(known)}")
        raise QueryError(f"no comparison in stratum '{stratum}'; {hint}")
    mine = [row for row in rows if row["stratum"] == stratum and kind in (row["kind"], "both")]
    told = [row for row in mine if row["difference"] is not None]
    seen = [row for row in told if everything or row["base_rate"] or row["candidate_rate"]]
    drawn = list(_forest_rows(seen))
    about = [f"and {len(drawn) - most} more"] if len(drawn) > most else []
    if never := len(told) - len(seen):
        about.append(f"never seen in either arm, not drawn: {never}")
    pair = (
        "; ".join(dict.fromkeys(f"{row['base']} → {row['candidate']}" for row in rows))
        or "Nothing compared"
    )
    title = pair if stratum == "all" else f"{pair}, {stratum}"
    return Picture(title, forest(drawn[:most], title=title, about=about))


def deciding_stratum(rows: Iterable[Row]) -> str:
    """Where a reader looks first for the verdicts, of all rows of a pair: `turn=first` where there are later turns, else `all`."""
    return PRIMARY[0] if any(row["stratum"] == "turn=later" for row in rows) else "all"


def _forest_rows(rows: Iterable[Row]) -> Iterator[ForestRow]:
    """Rows of `comparisons` with their `title` as they are drawn: by verdict and certainty, secondary ones below their own."""
    listed = list(rows)
    primary = [row for row in listed if row.get("role") != "secondary"]
    beside = [row for row in listed if row.get("role") == "secondary"]
    for row in sorted(primary, key=_place):
        yield _marked(row)
        own = [other for other in beside if _what(other) == _what(row)]
        yield from map(_marked, own)
        beside = [other for other in beside if other not in own]
    yield from map(_marked, beside)


def _place(row: Row) -> tuple[object, ...]:
    order = ORDER.index(row["verdict"]) if row["verdict"] in ORDER else len(ORDER)
    return order, 1.0 if row["q"] is None else row["q"], -abs(row["difference"])


def _what(row: Row) -> tuple[object, ...]:
    names = ("base", "candidate", "kind", "category_id", "cluster_id", "channel", "stratum")
    return tuple(row[name] for name in names)


def _marked(row: Row) -> ForestRow:
    note = [row["scorer"]] if row.get("role") == "secondary" and row["scorer"] else []
    note += [flag.replace("_", " ") for flag in row.get("flags") or ()]
    return forest_row(row, _label(row), ", ".join(note))


def forest_row(row: Row, label: str, note: str = "") -> ForestRow:
    """What a forest shows of a row of `comparisons`, or of the board."""
    names = ("difference_corrected", "corrected_low", "corrected_high")
    first, low, high = (row.get(name) for name in names)
    return ForestRow(
        label,
        None,
        row["difference"],
        row["low"],
        row["high"],
        row["verdict"],
        margin=row["margin"],
        detectable=row["minimum_detectable"],
        corrected=None if first is None or low is None or high is None else (first, low, high),
        secondary=row.get("role") == "secondary",
        note=note,
        on_corrected=row.get("scale") == "corrected",
    )


def _label(row: Row) -> str:
    if row["kind"] == "cluster":
        return cluster_label(row["cluster_id"], row["title"])
    name = row["title"] or row["category_id"]
    return str(name) if row["channel"] == "response" else f"{name} ({row['channel']})"


def cluster_label(cluster: int, name: str | None) -> str:
    """A cluster by its number and its name, where it has one."""
    if cluster < 0:
        return "in no cluster"
    return f"{cluster}" if name in (None, f"cluster {cluster}") else f"{cluster} · {name}"


def clusters_picture(shares: pa.Table, most: int) -> Picture:
    """Each cluster's share in each checkpoint, the largest first, and last what lies in none.

    Args:
        shares: see `study.shares`.
        most: clusters, the rest counted.
    """
    rows = shares.to_pylist()
    clusters = [c for c in dict.fromkeys(row["cluster_id"] for row in rows) if c >= 0]
    shown = set(clusters[:most])
    drawn = [
        ShareRow(
            cluster_label(row["cluster_id"], row["name"]),
            row["checkpoint"],
            row["share"],
            row["low"],
            row["high"],
            about=_about(row),
        )
        for row in sorted(rows, key=lambda row: row["cluster_id"] < 0)
        if row["cluster_id"] in shown or row["cluster_id"] < 0
    ]
    title = "Share of each checkpoint's responses"
    if rest := len(clusters) - len(shown):
        title += f", the largest {len(shown)} clusters of {len(shown) + rest}"
    return Picture(title, shares_chart(drawn, title=title))


def _about(row: Row) -> str:
    """How far a cluster is to be trusted."""
    said = [] if row["stability"] is None else [f"stability {row['stability']:.2f}"]
    if row["fit_users"] is not None and row["cluster_id"] >= 0:
        said.append(f"found on {row['fit_users']:,} people")
    return ", ".join(said)
