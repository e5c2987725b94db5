"""Placing responses on a map of clusters: the same rule for every row of every arm.

The map is found on the arms pooled, on the discovery half of the users, and shifts are tested on the other half.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from logminer.clusters.map import ClusterMap
from logminer.clusters.sample import matrix
from logminer.errors import StoreError
from logminer.schemas import ASSIGNMENTS, EMBEDDINGS, Table
from logminer.spec import incidental
from logminer.stages.base import OfCheckpoint, Rows

__all__ = ["Place"]


class Place(OfCheckpoint):
    """Place the responses of one checkpoint on a map. Thoughts are not placed."""

    name: ClassVar[str] = "place"
    version: ClassVar[int] = 2
    rows: ClassVar[Rows] = "1:n"
    input: ClassVar[Table] = EMBEDDINGS
    output: ClassVar[Table] = ASSIGNMENTS

    map_id: str
    map_path: str = incidental()

    def open(self) -> Placing:
        """Load the map.

        Raises:
            StoreError: missing, damaged, or another map than the one named.
        """
        found = ClusterMap.load(Path(self.map_path))
        if found.map_id != self.map_id:
            raise StoreError(
                f"{self.map_path}: holds cluster map {found.map_id}, not {self.map_id}; run the pipeline again"
            )
        return Placing(found)


class Placing:
    """Opened `Place`."""

    def __init__(self, found: ClusterMap) -> None:
        self._map = found

    def __call__(self, batch: pa.RecordBatch, /, **sides: pa.Table) -> pa.RecordBatch:
        said = batch.filter(pc.equal(batch.column("channel"), "response"))
        placed = self._map.place(matrix(said.column("vector")))
        unknown = np.full(said.num_rows, self._map.size == 0)
        return pa.RecordBatch.from_arrays(
            [
                said.column("response_id"),
                pa.array(placed.cluster),
                pa.array(placed.nearest, mask=unknown),
                pa.array(placed.similarity, mask=unknown),
                pa.array(placed.strength, mask=unknown),
            ],
            schema=ASSIGNMENTS.schema,
        )
