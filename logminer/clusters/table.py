"""The rows of the tables about a map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from logminer.clusters.hierarchy import Parent
from logminer.clusters.map import NOISE, ClusterMap
from logminer.clusters.naming import NO_NAME, Name
from logminer.clusters.quality import STABLE
from logminer.schemas import CLUSTER_MAPS, CLUSTER_PARENTS, CLUSTERS

__all__ = ["clusters_table", "maps_table", "parents_table"]


def clusters_table(
    found: ClusterMap,
    terms: Mapping[int, tuple[str, ...]],
    names: Mapping[int, Name],
    above: Sequence[Parent] = (),
) -> pa.Table:
    """Every cluster of the map, then noise (−1).

    Args:
        found: the map.
        terms: leading terms of each cluster.
        names: of each cluster; one without a good name is called by its number.
        above: what `parents` gave.
    """
    # the lowest level that a cluster lies under
    parent = {c: one.parent_id for one in reversed(above) for c in one.clusters}
    ids = [*found.ids.tolist(), NOISE]
    name = [NO_NAME if i == NOISE else names.get(i, NO_NAME) for i in ids]
    called = [one.text or f"cluster {i}" for i, one in zip(ids, name, strict=True)]
    stability = [None if np.isnan(value) else value for value in found.stability.tolist()]
    return pa.table(
        {
            "cluster_id": ids,
            "map_id": [found.map_id] * len(ids),
            "name": [*called[:-1], "noise"],
            "name_source": [one.source for one in name],
            "named_by": [one.by for one in name],
            "terms": [() if i == NOISE else terms.get(i, ()) for i in ids],
            "parent_id": [parent.get(i) for i in ids],
            "fit_size": found.fit_sizes,
            "fit_users": found.fit_users,
            "stability": [*stability, None],
            "radius": [*found.radii.tolist(), None],
        },
        schema=CLUSTERS.schema,
    )


def parents_table(above: Sequence[Parent]) -> pa.Table:
    """Every node above the clusters."""
    rows = [
        {
            "parent_id": one.parent_id,
            "level": one.level,
            "above_id": one.above,
            "name": one.name.text or f"group {one.parent_id}",
            "name_source": one.name.source,
            "terms": one.terms,
            "n_clusters": len(one.clusters),
            "fit_size": one.fit_size,
        }
        for one in above
    ]
    return pa.Table.from_pylist(rows, CLUSTER_PARENTS.schema)


def maps_table(found: ClusterMap) -> pa.Table:
    """The map's one row."""
    rows = sum(found.fit_sizes)
    measured = found.stability[~np.isnan(found.stability)]
    row = {
        "map_id": found.map_id,
        "n_clusters": found.size,
        "fit_rows": rows,
        "fit_noise": found.fit_sizes[-1] / rows if rows else None,
        "n_unstable": int((measured < STABLE).sum()) if len(measured) else None,
        "median_stability": float(np.median(measured)) if len(measured) else None,
        "density_validity": found.validity,
    }
    return pa.Table.from_pylist([row], CLUSTER_MAPS.schema)
