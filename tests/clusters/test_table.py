"""The table of clusters."""

from __future__ import annotations

from logminer.clusters.map import NOISE, ClusterMap
from logminer.clusters.table import clusters_table
from logminer.schemas import CLUSTERS


def test_the_table_has_every_cluster_and_noise(found: ClusterMap) -> None:
    table = clusters_table(found, {0: ("a b", "c", "d", "e", "f"), NOISE: ("x",)})
    assert table.schema.equals(CLUSTERS.schema)
    rows = {row["cluster_id"]: row for row in table.to_pylist()}
    assert set(rows) == {*range(16), NOISE}
    assert rows[0]["name"] == "a b, c, d, e"
    assert rows[0]["terms"] == ["a b", "c", "d", "e", "f"]
    assert rows[1]["name"] == "cluster 1"
    assert (rows[NOISE]["name"], rows[NOISE]["radius"], rows[NOISE]["terms"]) == ("noise", None, [])
