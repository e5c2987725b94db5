"""The table of clusters."""

from __future__ import annotations

from logminer.clusters.hierarchy import Parent
from logminer.clusters.map import NOISE, ClusterMap
from logminer.clusters.naming import NO_NAME, Name
from logminer.clusters.table import clusters_table, parents_table
from logminer.schemas import CLUSTERS


def test_the_table_has_every_cluster_and_noise(found: ClusterMap) -> None:
    names = {
        0: Name("a b, c", "keyphrases"),
        2: Name("Tables", "namer", "m, v1"),
        NOISE: Name("x", "namer"),
    }
    above = [
        Parent(0, 1, 1, (0, 1), 2, (), NO_NAME),
        Parent(1, 2, None, (0, 1, 2), 3, ("a",), Name("a", "keyphrases")),
    ]
    table = clusters_table(found, {0: ("a b", "c", "d"), NOISE: ("x",)}, names, above)
    assert table.schema.equals(CLUSTERS.schema)
    rows = {row["cluster_id"]: row for row in table.to_pylist()}
    assert set(rows) == {*range(16), NOISE}
    assert (rows[0]["name"], rows[0]["name_source"]) == ("a b, c", "keyphrases")
    assert rows[0]["terms"] == ["a b", "c", "d"]
    assert (rows[1]["name"], rows[1]["name_source"]) == ("cluster 1", "none")
    assert (rows[2]["name"], rows[2]["named_by"]) == ("Tables", "m, v1")
    assert [rows[i]["parent_id"] for i in range(4)] == [0, 0, 1, None]
    called = [(row["name"], row["name_source"]) for row in parents_table(above).to_pylist()]
    assert called == [("group 0", "none"), ("a", "keyphrases")]
    assert (rows[NOISE]["name"], rows[NOISE]["radius"], rows[NOISE]["terms"]) == ("noise", None, [])
