"""What is said, sorted by what it is like: how much of each arm's answers lies in each cluster."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from logminer.charts.shares import ShareRow, shares_chart
from logminer.report.figures import Figures
from logminer.report.material import Material, figures
from logminer.report.page import Section
from logminer.report.people import behind, few_cells
from logminer.study.shares import shares

__all__ = ["clusters_section"]

Row = dict[str, Any]
ALL = "all"
NOISE = -1
MOST = 30  # clusters in the picture, the largest
LINES = 120  # of its table
COMPARED = 360  # lines of the tables of all pairs together

INFERENCE = "p.split = 'inference'"  # on these clusters are compared
IN_CLUSTER = (
    f"SELECT a.cluster_id, {behind()} FROM assignments AS a JOIN responses AS r USING (response_id)"
    " JOIN prompts AS p USING (prompt_id) GROUP BY ALL"
)


def clusters_section(material: Material) -> Section | None:
    """Of a study; None where no responses were put on a map."""
    rows = shares(material.session).to_pylist()
    if not rows:
        return None
    reader = _Clusters(material, rows)
    content = {
        "picture": reader.picture(),
        "left_out": reader.left_out,
        "few_clusters": reader.few,
        "lines": reader.lines(),
        "pairs": [reader.pair(pair) for pair in material.pairs],
        "map": reader.map(),
        "few": material.people.few,
        "word": material.people.word,
    }
    return Section("clusters", "Clusters", "clusters", content)


class _Clusters:
    """The clusters that may be told, largest first, noise last."""

    def __init__(self, material: Material, rows: list[Row]) -> None:
        self._material, self._rows = material, rows
        self._few_tested = few_cells(material.session, material.people, INFERENCE)
        self._people = dict(material.session.rows(IN_CLUSTER))
        enough = material.people.enough
        size: dict[int, int] = {}
        for row in rows:
            size[row["cluster_id"]] = size.get(row["cluster_id"], 0) + row["n_responses"]
        told = [id_ for id_ in size if enough(self._people.get(id_, 0))]
        self.few = len(size) - len(told)
        self._order = sorted(told, key=lambda id_: (id_ == NOISE, -size[id_], id_))
        drawn = [id_ for id_ in self._order if id_ != NOISE][:MOST]
        self._drawn = drawn + [id_ for id_ in self._order if id_ == NOISE]
        self.left_out = len(self._order) - len(self._drawn)

    def name(self, cluster: int) -> str:
        """With its number, by which SQL knows it."""
        if cluster == NOISE:
            return "in no cluster (−1)"
        called = self._material.names[cluster]
        return called if called == f"cluster {cluster}" else f"{cluster} · {called}"

    def picture(self) -> Markup:
        """Each arm's share of each cluster, with its interval."""
        place = {id_: n for n, id_ in enumerate(self._drawn)}
        rows = [row for row in self._rows if row["cluster_id"] in place]
        drawn = [self._share(row) for row in sorted(rows, key=lambda row: place[row["cluster_id"]])]
        title = "Share of each checkpoint’s answers, with 95 % intervals"
        return Markup(shares_chart(drawn, title=title, style=False))

    def _share(self, row: Row) -> ShareRow:
        label, about = self.name(row["cluster_id"]), _stability(row)
        if (row["cluster_id"], row["checkpoint"]) in self._material.few:
            note = self._material.people.few
            return ShareRow(label, row["checkpoint"], None, note=note, about=about)
        return ShareRow(
            label, row["checkpoint"], row["share"], row["low"], row["high"], about=about
        )

    def lines(self) -> list[Row]:
        """The same as a table: a line for each cluster with a cell for each checkpoint."""
        of = {(row["cluster_id"], row["checkpoint"]): row for row in self._rows}
        arms = list(dict.fromkeys(row["checkpoint"] for row in self._rows))
        return [
            {
                "name": self.name(id_),
                "cells": [self._cell(of[id_, arm]) for arm in arms],
                "arms": arms,
                "people": f"{self._people.get(id_, 0):,}",
                "stability": _told(of[id_, arms[0]]).number("stability"),
            }
            for id_ in self._order[:LINES]
        ]

    def _cell(self, row: Row) -> Markup | str:
        if (row["cluster_id"], row["checkpoint"]) in self._material.few:
            return self._material.people.untold
        if not row["n_responses"]:
            return "none"
        told = Figures("cluster_shares", row, ("cluster_id", "checkpoint"))
        ends = f" ({100 * row['low']:.1f} to {100 * row['high']:.1f})"
        return Markup("{}{}").format(told.percent("share"), ends)

    def pair(self, pair: tuple[str, str]) -> Row:
        """What the comparison of a pair says of each cluster."""
        mine = [row for row in self._material.of(pair, "cluster") if row["stratum"] == ALL]
        shown = [row for row in mine if row["cluster_id"] in self._people]
        lines = [
            self._compared(row)
            for row in shown
            if self._material.people.enough(self._people[row["cluster_id"]])
        ]
        most = max(COMPARED // len(self._material.pairs), 8)
        left_out = len(lines[most:])
        return {"base": pair[0], "candidate": pair[1], "lines": lines[:most], "more": left_out}

    def _compared(self, row: Row) -> Row:
        told, few = figures(row), self._material.people.untold
        base, candidate = (
            self._material.people.may(row) and (row["cluster_id"], row[arm]) not in self._few_tested
            for arm in ("base", "candidate")
        )
        both = base and candidate
        return {
            "name": self.name(row["cluster_id"]),
            "verdict": row["verdict"] if both else None,
            "base": told.percent("base_rate") if base else few,
            "candidate": told.percent("candidate_rate") if candidate else few,
            "difference": told.interval("difference", "low", "high") if both else few,
            "q": told.chance("q") if both else few,
            "detectable": told.points("minimum_detectable") if both else few,
            "flags": (row["flags"] or []) if both else [],
        }

    def map(self) -> Row | None:
        """What the map is worth."""
        rows = self._material.table("FROM cluster_maps")
        if not rows:
            return None
        told = Figures("cluster_maps", rows[0], ("map_id",))
        return {
            "n": told.count("n_clusters"),
            "noise": told.percent("fit_noise"),
            "unstable": told.count("n_unstable"),
            "stability": told.number("median_stability"),
        }


def _told(row: Row) -> Figures:
    return Figures("clusters", row, ("cluster_id",))


def _stability(row: Row) -> str:
    return "" if row["stability"] is None else f"stability {row['stability']:.2f}"
