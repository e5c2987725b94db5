"""Answers in a plane to look at and to count in: each alone where the page may hold texts, else places that many people share."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from logminer.clusters.map import NOISE
from logminer.messages.printable import printable
from logminer.report.cells import cells
from logminer.report.figures import Figures
from logminer.report.material import Material
from logminer.report.page import Extra, Section
from logminer.report.people import behind
from logminer.report.summary import behaviour
from logminer.study.mapping import MapPoints, map_points

__all__ = ["MapSection", "map_section"]

MOST = 100_000  # responses that are drawn
BEHAVIOURS = 30  # each is a bit of a number; one more says that the prompt was altered
COORDINATES = 65_535
MIXED = 65_535  # the cluster of a cell in which none has people enough
ALTERED = "Prompt altered by redaction"
SCRIPTS = ("vendor/regl.js", "vendor/pub-sub-es.js", "vendor/regl-scatterplot.js", "map.js")

Row = dict[str, Any]
Whole = NDArray[np.int64]

ON_MAP = " FROM assignments AS a JOIN responses AS r USING (response_id) JOIN prompts AS p USING (prompt_id)"
BY_CLUSTER = f"SELECT a.cluster_id, r.checkpoint, count(*) AS n_responses, {behind()} AS people{ON_MAP} GROUP BY ALL"
LABELLED = (
    "(SELECT unnest($1, recursive := true)) AS b JOIN judgements AS j"
    " ON j.category_id = b.category_id AND j.scorer = b.scorer AND j.channel = 'response' AND j.label = 'yes'"
)
SHOWN = (
    f"SELECT a.cluster_id, r.checkpoint, b.place, count(*) FROM {LABELLED}"
    " JOIN assignments AS a USING (response_id) JOIN responses AS r USING (response_id) GROUP BY ALL"
)
ALTERED_ONES = (
    f"SELECT a.cluster_id, r.checkpoint, count(*){ON_MAP} WHERE p.n_redacted > 0 GROUP BY ALL"
)
PEOPLE = (
    "SELECT a.response_id, p.n_redacted > 0 AS altered, dense_rank() OVER (ORDER BY coalesce(p.user_id, '')) - 1 AS person,"
    f" p.user_id IS NOT NULL AS known, dense_rank() OVER (ORDER BY p.prompt_group) - 1 AS prompt_group{ON_MAP}"
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
        "told": points.told,
        "n": len(points.table),
        "total": points.total,
        "with_text": material.people.with_text,
        "least": material.people.least,
        "word": material.people.word,
        "arms": reader.arms,
        "lines": list(reader.lines()),
    }
    data = json.dumps(reader.data(marks), ensure_ascii=False, separators=(",", ":"))
    extra = Extra({"map-data": data}, tuple(map(_asset, SCRIPTS)), _asset("map.css"), True)
    return MapSection(Section("map", "Map", "map", content), extra)


class _Marks(NamedTuple):
    """What is drawn: responses, or cells of them."""

    rows: list[Whole]  # the responses of each, by their place in the table
    packed: bytes


class _Map:
    """One reading of a study: which arms, clusters and behaviours its map tells of, and how many of each."""

    def __init__(self, material: Material, points: MapPoints) -> None:
        self._material, self._points = material, points
        found = material.session.rows(BY_CLUSTER)
        self._counts = {(id_, arm): n for id_, arm, n, _ in found}
        self._people = {(id_, arm): n for id_, arm, _, n in found}
        there = {arm for _, arm, _, _ in found}
        known = [arm for (arm,) in material.session.rows("SELECT checkpoint FROM checkpoints")]
        self.arms = [arm for arm in known if arm in there] + sorted(there - set(known))
        sizes: dict[int, int] = {}
        for (id_, _), n in self._counts.items():
            sizes[id_] = sizes.get(id_, 0) + n
        self._clusters = sorted(sizes, key=lambda id_: (id_ == NOISE, -sizes[id_], id_))
        self._behaviours = list(self._named())[:BEHAVIOURS]
        asked = [
            {"place": place, "category_id": row["category_id"], "scorer": row["scorer"]}
            for place, row in enumerate(self._behaviours)
        ]
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
        called = self._material.names[cluster]
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

    def _may(self, cluster: int, arm: str) -> bool:
        """Whether a cell may be told: many people are in it, or nobody is."""
        n = self._people.get((cluster, arm), 0)
        return n == 0 or self._material.people.enough(n)

    def data(self, marks: _Marks) -> Row:
        """What the script reads."""
        return {
            "cells": not self._material.people.with_text,
            "few": self._material.people.few,
            "drawn": len(self._points.table),
            "total": self._points.total,
            "arms": list(map(printable, self.arms)),
            "clusters": [{"id": c, "name": printable(self.name(c))} for c in self._clusters],
            "behaviours": [printable(behaviour(row)) for row in self._behaviours] + [ALTERED],
            "groups": [self._group(self._clusters), *(self._group([c]) for c in self._clusters)],
            "marks": len(marks.rows),
            "packed": base64.b64encode(marks.packed).decode(),
        }

    def _group(self, clusters: list[int]) -> Row:
        """Responses of some clusters by arm, and how many show each behaviour; null: too few people."""
        told = len(clusters) > 1
        n: list[int | None] = []
        shown: list[list[int | None]] = []
        kinds = range(len(self._behaviours) + 1)
        for arm in self.arms:
            may = told or self._may(clusters[0], arm)
            n.append(sum(self._counts.get((c, arm), 0) for c in clusters) if may else None)
            shown.append(
                [sum(self._n(c, arm, k) for c in clusters) if may else None for k in kinds]
            )
        return {"n": n, "yes": [list(of) for of in zip(*shown, strict=True)]}

    def _n(self, cluster: int, arm: str, kind: int) -> int:
        if kind == len(self._behaviours):
            return int(self._altered.get((cluster, arm), 0))
        return int(self._yes.get((cluster, arm, kind), 0))

    def marks(self) -> _Marks:
        """What is drawn, in numbers that are small together."""
        table = self._points.table
        arm_of = {arm: place for place, arm in enumerate(self.arms)}
        arms = np.array([arm_of[arm] for arm in table["checkpoint"].to_pylist()], np.int64)
        cluster_of = {id_: place for place, id_ in enumerate(self._clusters)}
        clusters = np.array([cluster_of[id_] for id_ in table["cluster_id"].to_pylist()], np.int64)
        places = np.column_stack([table["x"].to_numpy(), table["y"].to_numpy()])
        people, flags = self._of_each()
        if self._material.people.with_text:
            rows = [*np.arange(len(table))[:, None]]
            parts = [
                *_spread(places),
                clusters.astype("<u2"),
                arms.astype("u1"),
                flags.astype("<u4"),
            ]
            return _Marks(rows, _deflated(parts))
        rows = cells(places, arms, people, self._material.people.least)
        middles = np.array([places[mine].mean(axis=0) for mine in rows]).reshape(-1, 2)
        most = [_most(clusters[mine], people[mine], self._material.people.least) for mine in rows]
        kinds = np.arange(len(self._behaviours) + 1)
        shown = flags[:, None] >> kinds & 1
        n = np.zeros((len(rows), len(self.arms)), "<u4")
        yes = np.zeros((len(rows), len(kinds), len(self.arms)), "<u4")
        for place, mine in enumerate(rows):
            n[place] = np.bincount(arms[mine], minlength=len(self.arms))
            for arm in range(len(self.arms)):
                yes[place, :, arm] = shown[mine[arms[mine] == arm]].sum(axis=0)
        return _Marks(rows, _deflated([*_spread(middles), np.array(most, "<u2"), n, yes]))

    def _of_each(self) -> tuple[Whole, Whole]:
        """Of each drawn response who is behind it (−1: unknown), and a bit for each behaviour that it shows."""
        ids = np.array(self._points.table["response_id"].to_pylist())
        order = np.argsort(ids)
        found = self._material.session.columns(PEOPLE)
        at = order[
            np.searchsorted(ids, found["response_id"].to_pylist(), sorter=order).clip(
                0, len(ids) - 1
            )
        ]
        mine = ids[at] == np.array(found["response_id"].to_pylist())
        people, flags = np.full(len(ids), -1), np.zeros(len(ids), np.int64)
        who = "person" if self._material.people.known else "prompt_group"
        known = found["known"].to_numpy() | (who == "prompt_group")
        people[at[mine]] = np.where(known, found[who].to_numpy(), -1)[mine]
        flags[at[mine]] = (found["altered"].to_numpy().astype(np.int64) << len(self._behaviours))[
            mine
        ]
        place = {id_: n for n, id_ in enumerate(ids.tolist())}
        for id_, bits in self._of_behaviours(FLAGS):
            if id_ in place:
                flags[place[id_]] |= bits
        return people, flags


def _spread(places: NDArray[np.float64]) -> Iterator[NDArray[np.uint16]]:
    """x and y on one scale, the wider of them over all numbers there are."""
    if not len(places):
        places = np.zeros((0, 2))
    else:
        low, wide = places.min(axis=0), float(np.ptp(places, axis=0).max()) or 1.0
        middle = (wide - np.ptp(places, axis=0)) / 2
        places = (places - low + middle) / wide * COORDINATES
    yield from places.round().astype("<u2").T


def _most(clusters: Whole, people: Whole, least: int) -> int:
    """The most frequent cluster, where that many people are behind it."""
    most = int(np.bincount(clusters).argmax())
    behind_it = np.unique(people[clusters == most])
    return most if (behind_it >= 0).sum() >= least else MIXED


def _deflated(parts: list[NDArray[Any]]) -> bytes:
    raw = b"".join(np.ascontiguousarray(part).tobytes() for part in parts)
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packing.compress(raw) + packing.flush()


def _asset(name: str) -> str:
    return (resources.files("logminer.report") / "assets" / name).read_text("utf-8")
