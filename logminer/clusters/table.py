"""The rows of table `clusters`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from logminer.clusters.map import NOISE, ClusterMap
from logminer.schemas import CLUSTERS

__all__ = ["clusters_table"]

NAMING_TERMS = 4  # of a cluster's terms, those that make its name


def clusters_table(found: ClusterMap, terms: Mapping[int, tuple[str, ...]]) -> pa.Table:
    """Every cluster of the map, then noise (−1).

    Args:
        terms: what `leading_terms` gave, by cluster; a cluster without terms is named by its number.
    """
    ids = [*found.ids.tolist(), NOISE]
    leading = [() if i == NOISE else terms.get(i, ()) for i in ids]
    names = [
        ", ".join(words[:NAMING_TERMS]) or f"cluster {i}"
        for i, words in zip(ids, leading, strict=True)
    ]
    stability = [None if np.isnan(value) else value for value in found.stability.tolist()]
    return pa.table(
        {
            "cluster_id": ids,
            "map_id": [found.map_id] * len(ids),
            "name": [*names[:-1], "noise"],
            "terms": leading,
            "fit_size": found.fit_sizes,
            "fit_users": found.fit_users,
            "stability": [*stability, None],
            "radius": [*found.radii.tolist(), None],
        },
        schema=CLUSTERS.schema,
    )
