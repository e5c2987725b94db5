"""A map of clusters: centres and radii, and the one rule by which every response of every arm is placed on it.

Pure numpy. A map is persisted and has an id, so that cluster 17 keeps its meaning when another checkpoint is placed.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from logminer.errors import StoreError
from logminer.schemas import CLUSTERS

__all__ = ["NOISE", "ClusterMap", "Placement", "clusters_table"]

NOISE = -1
NAMING_TERMS = 4  # of a cluster's terms, those that make its name
ROWS_AT_ONCE = 4096
# Similarities are rounded before they are compared: a matrix product differs in its last bits with the number of
# rows in it, and a cut batch must place as the whole one does.
DECIMALS = 6

FILE_SCHEMA = pa.schema(
    [
        pa.field("cluster_id", pa.int32(), nullable=False),
        pa.field("centre", pa.list_(pa.float32()), nullable=False),
        pa.field("radius", pa.float64()),
        pa.field("fit_size", pa.int64(), nullable=False),
        pa.field("fit_users", pa.int64()),
    ]
)


class Placement(NamedTuple):
    """Where n vectors lie; without clusters `cluster` and `nearest` are −1 and `similarity` is NaN."""

    cluster: NDArray[np.int32]  # [n] −1 is noise
    nearest: NDArray[np.int32]  # [n] also for noise
    similarity: NDArray[np.float64]  # [n] cosine to the nearest centre


class ClusterMap(NamedTuple):
    """k clusters, numbered by size at the fit, 0 the largest.

    Attributes:
        map_id: 12 hex characters: the options, the rows it was found on, and what made their vectors.
        centres: float32 `[k, d]`, unit length.
        radii: float64 `[k]`, least cosine similarity at which a vector is placed in the cluster.
        fit_sizes: `[k + 1]` responses each was found on; the last is noise.
        fit_users: `[k + 1]` known users behind those; None where no user is known.
    """

    map_id: str
    centres: NDArray[np.float32]
    radii: NDArray[np.float64]
    fit_sizes: tuple[int, ...]
    fit_users: tuple[int | None, ...]

    @property
    def size(self) -> int:
        """Number of clusters."""
        return len(self.centres)

    def place(self, vectors: NDArray[np.float32]) -> Placement:
        """The cluster of each vector, by the same rule for all: its nearest centre, if it lies within that radius.

        Args:
            vectors: `[n, d]`, unit length.
        """
        n = len(vectors)
        nearest = np.full(n, NOISE, np.int32)
        similarity = np.full(n, np.nan)
        if not self.size or not n:
            return Placement(nearest.copy(), nearest, similarity)
        centres = self.centres.astype(np.float64).T
        for start in range(0, n, ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            cosines = np.round(vectors[rows].astype(np.float64) @ centres, DECIMALS)
            nearest[rows] = cosines.argmax(axis=1)
            similarity[rows] = np.clip(cosines.max(axis=1), -1, 1)
        inside = similarity >= self.radii[nearest]
        return Placement(np.where(inside, nearest, NOISE).astype(np.int32), nearest, similarity)

    def save(self, path: Path) -> None:
        """Write the map as one Parquet file, whole or not at all; equal maps give equal bytes."""
        rows = pa.table(
            {
                "cluster_id": [*range(self.size), NOISE],
                "centre": [*self.centres, np.zeros(self.centres.shape[1], np.float32)],
                "radius": [*self.radii, None],
                "fit_size": self.fit_sizes,
                "fit_users": self.fit_users,
            },
            schema=FILE_SCHEMA.with_metadata({"map_id": self.map_id}),
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.stem}.{uuid.uuid4().hex}.tmp")
        try:
            pq.write_table(rows, temporary, compression="zstd")
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> ClusterMap:
        """The map in a file that `save` wrote.

        Raises:
            StoreError: missing, damaged, or something else.
        """
        try:
            table = pq.read_table(path)
            centres = np.array(table["centre"].to_pylist(), np.float32)
            return cls(
                table.schema.metadata[b"map_id"].decode(),
                centres[:-1],
                np.array(table["radius"].to_pylist()[:-1], np.float64),
                tuple(table["fit_size"].to_pylist()),
                tuple(table["fit_users"].to_pylist()),
            )
        except (OSError, KeyError, TypeError, ValueError, pa.ArrowException):
            raise StoreError(
                f"{path}: missing or damaged cluster map; run again with --refit-clusters to find clusters anew"
            ) from None


def clusters_table(found: ClusterMap, terms: Mapping[int, tuple[str, ...]]) -> pa.Table:
    """The rows of table `clusters`: every cluster of the map, then noise (−1).

    Args:
        terms: what `leading_terms` gave, by cluster; a cluster without terms is named by its number.
    """
    ids = [*range(found.size), NOISE]
    leading = [() if i == NOISE else terms.get(i, ()) for i in ids]
    names = [
        ", ".join(words[:NAMING_TERMS]) or f"cluster {i}"
        for i, words in zip(ids, leading, strict=True)
    ]
    return pa.table(
        {
            "cluster_id": ids,
            "map_id": [found.map_id] * len(ids),
            "name": [*names[:-1], "noise"],
            "terms": leading,
            "fit_size": found.fit_sizes,
            "fit_users": found.fit_users,
            "radius": [*found.radii, None],
        },
        schema=CLUSTERS.schema,
    )
