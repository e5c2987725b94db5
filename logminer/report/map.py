"""Answers in a plane to look at and to count in: each alone where the page may hold texts, else places that many people share."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.clusters.map import NOISE
from logminer.messages.printable import printable
from logminer.report.figures import Figures
from logminer.report.marks import Coded, Marks, of_cells, of_single
from logminer.report.material import Material
from logminer.report.page import Extra, Section
from logminer.report.people import behind
from logminer.report.summary import behaviour
from logminer.study.mapping import MapPoints, map_points

__all__ = ["MapSection", "map_section"]

MOST = 100_000  # responses that are drawn
BEHAVIOURS = 30  # each is a bit of a number; one more says that the prompt was altered
ALTERED = "Prompt altered by redaction"
SCRIPTS = ("vendor/regl.js", "vendor/pub-sub-es.js", "vendor/regl-scatterplot.js", "map.js")

Row = dict[str, Any]
Whole = NDArray[np.int64]

ON_MAP = " FROM assignments AS a JOIN responses AS r USING (response_id) JOIN prompts AS p USING (prompt_id)"
BY_CLUSTER = f"SELECT a.cluster_id, r.checkpoint, count(*) AS n_responses{ON_MAP} GROUP BY ALL"
LABELLED = (
    "(SELECT unnest($1, recursive := true)) AS b JOIN judgements AS j"
    " ON j.category_id = b.category_id AND j.scorer = b.scorer AND j.channel = 'response' AND j.label = 'yes'"
)
BY_ARM = f"SELECT r.checkpoint, {behind()} AS people{ON_MAP} GROUP BY ALL"
SHOWN = (
    f"SELECT a.cluster_id, r.checkpoint, b.place, count(*) FROM {LABELLED}"
    " JOIN assignments AS a USING (response_id) JOIN responses AS r USING (response_id) GROUP BY ALL"
)
ALTERED_ONES = (
    f"SELECT a.cluster_id, r.checkpoint, count(*){ON_MAP} WHERE p.n_redacted > 0 GROUP BY ALL"
)
EACH = (
    "SELECT response_id, {unit}, altered FROM (SELECT a.response_id, (p.n_redacted > 0)::INTEGER AS altered,"
    " CASE WHEN p.user_id IS NOT NULL THEN dense_rank() OVER (ORDER BY p.user_id) END AS person,"
    f" dense_rank() OVER (ORDER BY p.prompt_group) AS prompt_group{ON_MAP})"
)
FLAGS = f"SELECT j.response_id, bit_or(1::BIGINT << b.place) AS flags FROM {LABELLED} GROUP BY ALL"


class MapSection(NamedTuple):
    """The section, and what the page has to bring for it."""

    section: Section
    extra: Extra


def map_section(material: Material) -> MapSection | None:
    """Of a study; None where no responses were put on a map."""
    points = map_points(material.session, n=MOST)
    if not len(points.table):
        return None
    reader = _Map(material, points)
    marks = reader.marks()
    content = {
        "drawn": marks.n > 0,
        "told": points.told,
        "n": len(points.table),
        "total": points.total,
        "with_text": material.people.with_text,
        "least": material.people.least,
        "word": material.people.word,
        "arms": reader.arms,
        "lines": list(reader.lines()),
    }
    section = Section("map", "Map", "map", content)
    if not marks.n:
        return MapSection(section, Extra())
    data = json.dumps(reader.data(marks), ensure_ascii=False, separators=(",", ":"))
    extra = Extra({"map-data": data}, tuple(map(_asset, SCRIPTS)), _asset("map.css"), True)
    return MapSection(section, extra)


class _Map:
    """One reading of a study: which arms, clusters and behaviours its map tells of, and how many of each."""

    def __init__(self, material: Material, points: MapPoints) -> None:
        self._material, self._points = material, points
        self._counts = {(id_, arm): n for id_, arm, n in material.session.rows(BY_CLUSTER)}
        self._in_all = dict(material.session.rows(BY_ARM))
        there = self._in_all.keys()
        known = [arm for (arm,) in material.session.rows("SELECT checkpoint FROM checkpoints")]
        self.arms = [arm for arm in known if arm in there] + sorted(there - {*known})
        sizes: dict[int, int] = {}
        for (id_, _), n in self._counts.items():
            sizes[id_] = sizes.get(id_, 0) + n
        self._clusters = sorted(sizes, key=lambda id_: (id_ == NOISE, -sizes[id_], id_))
        self._behaviours = list(self._named())[:BEHAVIOURS]
        asked = [
            {"place": place, "category_id": row["category_id"], "scorer": row["scorer"]}
            for place, row in enumerate(self._behaviours)
        ]
        self._kinds = [behaviour(row) for row in self._behaviours]
        # In a cluster or cell few people's prompts are altered, and a share of these is nothing that an arm does.
        self._kinds += [ALTERED] * material.people.with_text
        self._asked = [asked]
        self._yes = {(id_, arm, place): n for id_, arm, place, n in self._of_behaviours(SHOWN)}
        self._altered = {(id_, arm): n for id_, arm, n in material.session.rows(ALTERED_ONES)}

    def _named(self) -> Iterator[Row]:
        """A row of `comparisons` for each behaviour that has a verdict on answers, in their order."""
        seen = set()
        for row in self._material.rows:
            key = row["category_id"]
            if (row["kind"], row["role"], row["channel"]) != ("category", "primary", "response"):
                continue
            if key not in seen and (row["base_rate"] or row["candidate_rate"]):
                seen.add(key)
                yield row

    def _of_behaviours(self, query: str) -> list[tuple[Any, ...]]:
        return self._material.session.rows(query, self._asked) if self._behaviours else []

    def name(self, cluster: int) -> str:
        """With its number, by which SQL knows it."""
        if cluster == NOISE:
            return "in no cluster (−1)"
        called = self._material.names.get(cluster, f"cluster {cluster}")
        return called if called == f"cluster {cluster}" else f"{cluster} · {called}"

    def lines(self) -> Iterator[Row]:
        """The map as a table: a line for each cluster, a cell for each arm."""
        for id_ in self._clusters:
            yield {"name": self.name(id_), "cells": [self._cell(id_, arm) for arm in self.arms]}

    def _cell(self, cluster: int, arm: str) -> object:
        if not self._may(cluster, arm):
            return self._material.people.few
        n = self._counts.get((cluster, arm), 0)
        row = {"cluster_id": cluster, "checkpoint": arm, "n_responses": n}
        told = Figures("cluster_shares", row, ("cluster_id", "checkpoint"))
        return told.count("n_responses") if n else "none"

    def _may(self, cluster: int | None, arm: str) -> bool:
        """Whether a cell may be told, or an arm as a whole."""
        if cluster is None:
            return self._material.people.enough(self._in_all[arm])
        return (cluster, arm) not in self._material.few

    def data(self, marks: Marks) -> Row:
        """What the script reads."""
        return {
            "cells": not self._material.people.with_text,
            "few": self._material.people.few,
            "sampled": len(self._points.table) < self._points.total,
            "arms": list(map(printable, self.arms)),
            "clusters": [{"id": c, "name": printable(self.name(c))} for c in self._clusters],
            "behaviours": list(map(printable, self._kinds)),
            "groups": [self._group(cluster) for cluster in (None, *self._clusters)],
            "marks": marks.n,
            "packed": base64.b64encode(marks.packed).decode(),
        }

    def _group(self, cluster: int | None) -> Row:
        """Responses of a cluster, or of all, by arm, and how many show each behaviour; null: too few people."""
        clusters = self._clusters if cluster is None else [cluster]
        n: list[int | None] = []
        shown: list[list[int | None]] = []
        kinds = range(len(self._kinds))
        for arm in self.arms:
            may = self._may(cluster, arm)
            n.append(sum(self._counts.get((c, arm), 0) for c in clusters) if may else None)
            shown.append(
                [sum(self._n(c, arm, k) for c in clusters) if may else None for k in kinds]
            )
        return {"n": n, "yes": [list(of) for of in zip(*shown, strict=True)]}

    def _n(self, cluster: int, arm: str, kind: int) -> int:
        if kind == len(self._behaviours):
            return int(self._altered.get((cluster, arm), 0))
        return int(self._yes.get((cluster, arm, kind), 0))

    def marks(self) -> Marks:
        """What is drawn."""
        table, people = self._points.table, self._material.people
        places = np.column_stack([table["x"].to_numpy(), table["y"].to_numpy()])
        coded = Coded(
            _numbered(table["checkpoint"].to_pylist(), self.arms),
            _numbered(table["cluster_id"].to_pylist(), self._clusters),
            *self._of_each(),
        )
        if people.with_text:
            return of_single(places, coded)
        kinds, arms = len(self._kinds), len(self.arms)
        return of_cells(places, coded, arms=arms, kinds=kinds, least=people.least)

    def _of_each(self) -> tuple[Whole, Whole]:
        """Of each drawn response who is behind it (−1: unknown), and a bit for each behaviour that it shows."""
        ids = self._points.table["response_id"].to_pylist()
        unit = "person" if self._material.people.known else "prompt_group"
        known = {
            id_: (-1 if person is None else person, altered << len(self._behaviours))
            for id_, person, altered in self._material.session.rows(EACH.format(unit=unit))
        }
        shown = dict(self._of_behaviours(FLAGS))
        people = np.array([known[id_][0] for id_ in ids], np.int64)
        flags = np.array([known[id_][1] | shown.get(id_, 0) for id_ in ids], np.int64)
        return people, flags


def _numbered(values: list[Any], known: list[Any]) -> Whole:
    """The place of each value among those that are known."""
    place = {value: number for number, value in enumerate(known)}
    return np.array([place[value] for value in values], np.int64)


def _asset(name: str) -> str:
    return (resources.files("logminer.report") / "assets" / name).read_text("utf-8")
