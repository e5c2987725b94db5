"""What became of the clusters of an earlier map."""

from __future__ import annotations

import numpy as np

from logminer.clusters.lineage import carry
from logminer.clusters.map import NOISE, ClusterMap
from tests.kit.vectors import find, planted, unit


def test_clusters_that_hold_the_same_rows_keep_their_id() -> None:
    vectors, _ = planted(2400, 20, 96, spread=0.9)
    earlier = find(vectors)
    rows = np.random.default_rng(1).permutation(len(vectors))
    changed = vectors.copy()
    fresh, _ = planted(120, 20, 96, spread=0.9, seed=0)
    changed[rows[:120]] = fresh  # 5 % of the rows say something else
    carried = carry(find(changed), earlier, changed)
    kept = set(carried.map.ids.tolist()) & set(earlier.ids.tolist())
    assert len(kept) >= 0.95 * earlier.size
    before, after = earlier.place(changed).cluster, carried.map.place(changed).cluster
    both = (before >= 0) & (after >= 0)
    assert (before[both] == after[both]).mean() >= 0.97
    again = carry(find(vectors), earlier, vectors)
    assert np.array_equal(again.map.ids, earlier.ids)
    assert set(again.lineage["relation"].to_pylist()) == {"same"}


def test_what_became_of_the_clusters_is_told() -> None:
    vectors, truth = planted(1600, 16, 96, spread=0.8)
    earlier = find(vectors[truth != 3])  # 3 is new to the later map
    gone = (truth == 5) | (truth == NOISE)
    carried = carry(find(vectors[~gone]), earlier, vectors[truth != NOISE])
    rows = carried.lineage.to_pylist()
    relations = [row["relation"] for row in rows]
    assert relations.count("same") == 14
    (fresh,) = [row for row in rows if row["relation"] == "new"]
    (left,) = [row for row in rows if row["relation"] == "gone"]
    assert fresh["earlier_cluster_id"] is None
    assert fresh["cluster_id"] == earlier.next_id  # an id that was never used
    assert left["cluster_id"] is None
    assert carried.map.next_id == earlier.next_id + 1
    assert {row["earlier_map_id"] for row in rows} == {earlier.map_id}
    assert {row["map_id"] for row in rows} == {carried.map.map_id}


def test_a_cluster_that_falls_in_two_is_a_split_and_the_way_back_a_merger() -> None:
    rows, truth = planted(800, 8, 96, spread=0.6, close_pairs=4)
    eight = unit(np.stack([rows[truth == c].mean(axis=0) for c in range(8)]))
    four = unit(eight[0::2] + eight[1::2])
    fine = ClusterMap.of("fine", eight)._replace(radii=np.full(8, 0.3))
    coarse = ClusterMap.of("coarse", four)._replace(radii=np.full(4, 0.3))
    halves = rows[truth != NOISE]
    split = carry(fine, coarse, halves).lineage["relation"].to_pylist()
    merged = carry(coarse, fine, halves).lineage["relation"].to_pylist()
    assert split.count("same") + split.count("split") == 8
    assert split.count("split") >= 4
    assert merged.count("same") + merged.count("merged") == 8
    assert merged.count("merged") >= 4
