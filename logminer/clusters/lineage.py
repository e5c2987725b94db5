"""From one map to the next: clusters that hold the same responses keep their id, and it is told what became of the rest."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logminer.clusters.map import ClusterMap
from logminer.clusters.overlap import overlap
from logminer.schemas import CLUSTER_LINEAGE
from logminer.spec import content_hash

__all__ = ["SAME", "Carried", "carry"]

SAME = 0.5  # Jaccard overlap from which on a cluster is the same one
PART = 0.5  # share of a cluster's rows that make it a part of another

Kin = tuple[str, int | None, int | None]  # relation, place on the earlier map, place on the new one


class Carried(NamedTuple):
    """A map with the ids of an earlier one, and the rows of `schemas.CLUSTER_LINEAGE` that say what became of what."""

    map: ClusterMap
    lineage: pa.Table


def carry(found: ClusterMap, earlier: ClusterMap, anchors: NDArray[np.float32]) -> Carried:
    """Give the clusters of a new map the ids that they had on an earlier one.

    Clusters are matched so that their overlaps add up to most (Hungarian method), and a match counts from a Jaccard
    overlap of ½ on. Whatever has no match gets an id that was never used.

    Args:
        found: the new map.
        earlier: the map before it, of vectors of the same model.
        anchors: `[n, d]` rows that are placed on both maps.
    """
    from scipy.optimize import linear_sum_assignment

    before = earlier.place(anchors).cluster
    after = found.place(anchors).cluster
    old, new = earlier.ids.tolist(), found.ids.tolist()
    both = overlap(before, after, old, new)
    jaccard = both.jaccard
    matched = {
        int(j): int(i)
        for i, j in zip(*linear_sum_assignment(-jaccard), strict=True)
        if jaccard[i, j] >= SAME
    }
    ids = found.ids.copy()
    unused = earlier.next_id
    for j in range(found.size):
        if j in matched:
            ids[j] = old[matched[j]]
        else:
            ids[j], unused = unused, unused + 1
    carried = found._replace(
        ids=ids, next_id=unused, map_id=content_hash([found.map_id, ids.tolist()])
    )
    rows: list[Kin] = [("same", i, j) for j, i in sorted(matched.items())]
    for j in (j for j in range(len(new)) if j not in matched):
        origin = _most(both.shared[:, j], both.others[j])
        rows.append(("new" if origin is None else "split", origin, j))
    for i in sorted(set(range(len(old))) - set(matched.values())):
        rest = _most(both.shared[i], both.sizes[i])
        rows.append(("gone" if rest is None else "merged", i, rest))
    table = [
        {
            "earlier_map_id": earlier.map_id,
            "map_id": carried.map_id,
            "relation": relation,
            "earlier_cluster_id": None if i is None else old[i],
            "cluster_id": None if j is None else int(ids[j]),
            "jaccard": None if i is None or j is None else float(jaccard[i, j]),
        }
        for relation, i, j in rows
    ]
    return Carried(carried, pa.Table.from_pylist(table, CLUSTER_LINEAGE.schema))


def _most(shared: NDArray[np.int64], size: int) -> int | None:
    """The cluster of the other map that holds `PART` of a cluster's rows."""
    held = len(shared) and shared.max() >= PART * max(size, 1)
    return int(shared.argmax()) if held else None
