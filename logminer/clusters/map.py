"""A map of clusters: exemplars and how far each reaches, and the one rule by which every response is placed on it.

Pure numpy. A map is persisted and has an id, so that cluster 17 keeps its meaning when another checkpoint is placed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from logminer.errors import StoreError
from logminer.files.atomic import write_parquet
from logminer.files.jsonread import read_json
from logminer.files.sealing import decrypting

__all__ = ["NOISE", "ClusterMap", "Placement"]

NOISE = -1
ROWS_AT_ONCE = 4096
# Similarities are rounded before they are compared: a matrix product differs in its last bits with the number of
# rows in it, and a cut batch must place as the whole one does.
DECIMALS = 6

FILE_SCHEMA = pa.schema(
    [
        pa.field("cluster_id", pa.int32(), nullable=False),
        pa.field("centre", pa.list_(pa.float32()), nullable=False),
        pa.field("radius", pa.float64()),
        pa.field("fade", pa.float64()),
        pa.field("lead", pa.float64()),
        pa.field("lead_fade", pa.float64()),
        pa.field("stability", pa.float64()),
        pa.field("fit_size", pa.int64(), nullable=False),
        pa.field("fit_users", pa.int64()),
    ]
)


class Placement(NamedTuple):
    """Where n vectors lie; without clusters `cluster` and `nearest` are −1, `similarity` and `strength` NaN."""

    cluster: NDArray[np.int32]  # [n] −1 is noise
    nearest: NDArray[np.int32]  # [n] also for noise
    similarity: NDArray[np.float64]  # [n] cosine to the nearest cluster's centre
    strength: NDArray[np.float64]  # [n] in [0, 1]; ½ and more is in the cluster


class ClusterMap(NamedTuple):
    """k clusters. A cluster is known by its id; a map that continues no other has 0 … k − 1, 0 the largest.

    Attributes:
        map_id: 12 hex characters: the options, the rows it was found on, and what made their vectors.
        ids: `[k]`.
        centres: float32 `[k, d]`, unit length: each cluster's exemplar.
        radii: float64 `[k]`, least cosine similarity at which a vector is placed in the cluster.
        fades: float64 `[k]`, the difference of similarity over which membership fades there.
        stability: float64 `[k]`, see `quality.stability`; NaN where it was not measured.
        fit_sizes: `[k + 1]` responses of the fit that are placed in each; the last is noise.
        fit_users: `[k + 1]` known users behind those; None where no user is known.
        next_id: the least id that neither this map nor one that it continues has used.
        space: fingerprint of what made the vectors; maps of other vectors are not comparable.
        seen: names of what it was found on; what is not among them came later.
        validity: see `quality.density_validity`; None where it was not measured.
        leads: float64 `[k]`, how much more similar a vector must be to the cluster than to any other to be placed in
            it; empty on a map of dense places, whose rows need not lie nearer to one than to another.
        lead_fades: float64 `[k]`, the difference of lead over which membership fades there; empty likewise.
    """

    map_id: str
    ids: NDArray[np.int32]
    centres: NDArray[np.float32]
    radii: NDArray[np.float64]
    fades: NDArray[np.float64]
    stability: NDArray[np.float64]
    fit_sizes: tuple[int, ...]
    fit_users: tuple[int | None, ...]
    next_id: int
    space: str = ""
    validity: float | None = None
    seen: tuple[str, ...] = ()
    leads: NDArray[np.float64] = np.empty(0)
    lead_fades: NDArray[np.float64] = np.empty(0)

    @classmethod
    def of(cls, map_id: str, centres: NDArray[np.float32]) -> ClusterMap:
        """A map on which nothing is placed yet."""
        k = len(centres)
        return cls(
            map_id,
            np.arange(k, dtype=np.int32),
            centres,
            np.full(k, -1.0),
            np.ones(k),
            np.full(k, np.nan),
            (0,) * (k + 1),
            (None,) * (k + 1),
            k,
        )

    @property
    def size(self) -> int:
        """Number of clusters."""
        return len(self.centres)

    @property
    def divided(self) -> bool:
        """Whether it divides all rows, in place of naming dense places among them."""
        return len(self.leads) > 0

    def only(self, which: NDArray[np.int64]) -> ClusterMap:
        """The clusters at these places, in this order; what is placed where has to be found anew."""
        return ClusterMap.of(self.map_id, self.centres[which])._replace(
            ids=self.ids[which],
            radii=self.radii[which],
            fades=self.fades[which],
            stability=self.stability[which],
            leads=self.leads[which] if self.divided else self.leads,
            lead_fades=self.lead_fades[which] if self.divided else self.lead_fades,
        )

    def place(self, vectors: NDArray[np.float32]) -> Placement:
        """The cluster of each vector, by the same rule for all: that of the nearest exemplar, if it reaches so far, and
        on a map that divides all rows, if it is so much nearer than the next.

        Args:
            vectors: `[n, d]`, unit length.
        """
        n = len(vectors)
        if not self.size or not n:
            nowhere, unknown = np.full(n, NOISE, np.int32), np.full(n, np.nan)
            return Placement(nowhere.copy(), nowhere, unknown, unknown.copy())
        at = np.empty(n, np.int64)
        similarity, lead = np.empty(n), np.full(n, np.inf)
        centres = self.centres.astype(np.float64).T
        for start in range(0, n, ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            cosines = np.round(vectors[rows].astype(np.float64) @ centres, DECIMALS)
            at[rows] = cosines.argmax(axis=1)
            similarity[rows] = np.clip(cosines.max(axis=1), -1, 1)
            if self.divided and self.size > 1:
                two = np.partition(cosines, -2, axis=1)[:, -2:]
                lead[rows] = np.round(two[:, 1] - two[:, 0], DECIMALS)
        nearest = self.ids[at]
        beyond = (self.radii[at] - similarity) / self.fades[at]
        inside = similarity >= self.radii[at]
        if self.divided:
            beyond = np.maximum(beyond, (self.leads[at] - lead) / self.lead_fades[at])
            inside &= lead >= self.leads[at]
        strength = 1 / (1 + np.exp(np.clip(beyond, -50, 50)))
        return Placement(
            np.where(inside, nearest, NOISE).astype(np.int32), nearest, similarity, strength
        )

    def _facts(self) -> dict[str, Any]:
        return {
            name: getattr(self, name) for name in ("map_id", "next_id", "space", "validity", "seen")
        }

    def save(self, path: Path) -> None:
        """Write the map as one Parquet file, whole or not at all; equal maps give equal bytes."""
        rows = pa.table(
            {
                "cluster_id": [*self.ids.tolist(), NOISE],
                "centre": [*self.centres, np.zeros(self.centres.shape[1], np.float32)],
                "radius": [*self.radii.tolist(), None],
                "fade": [*self.fades.tolist(), None],
                "lead": [*(self.leads.tolist() or [None] * self.size), None],
                "lead_fade": [*(self.lead_fades.tolist() or [None] * self.size), None],
                "stability": [*(None if np.isnan(s) else s for s in self.stability.tolist()), None],
                "fit_size": self.fit_sizes,
                "fit_users": self.fit_users,
            },
            schema=FILE_SCHEMA.with_metadata({"map": json.dumps(self._facts())}),
        )
        write_parquet(rows, path)

    @classmethod
    def load(cls, path: Path) -> ClusterMap:
        """The map in a file that `save` wrote.

        Raises:
            StoreError: missing, damaged, or something else.
        """
        try:
            table = pq.read_table(path, **decrypting(path))
            clusters = table.slice(0, table.num_rows - 1)
            radii, fades, stability = (
                np.array(clusters[name].to_pylist(), np.float64)
                for name in ("radius", "fade", "stability")
            )
            facts = read_json(table.schema.metadata[b"map"])
            return cls(
                facts["map_id"],
                np.array(clusters["cluster_id"].to_pylist(), np.int32),
                np.array(table["centre"].to_pylist(), np.float32)[:-1],
                radii,
                fades,
                stability,
                tuple(table["fit_size"].to_pylist()),
                tuple(table["fit_users"].to_pylist()),
                facts["next_id"],
                facts["space"],
                facts["validity"],
                tuple(facts["seen"]),
                *(_given(clusters, name) for name in ("lead", "lead_fade")),
            )
        except (OSError, KeyError, TypeError, ValueError, pa.ArrowException):
            raise StoreError(
                f"{path}: missing or damaged cluster map; run again with --refit-clusters to find clusters anew"
            ) from None


def _given(clusters: pa.Table, name: str) -> NDArray[np.float64]:
    """A column that maps of dense places leave empty, and those of before there were others do not have."""
    values = clusters[name].drop_null().to_pylist() if name in clusters.column_names else []
    return np.array(values, np.float64)
