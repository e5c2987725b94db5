"""Answers are placed on a map."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from logminer.clusters.map import NOISE, ClusterMap
from logminer.errors import StoreError
from logminer.schemas import ASSIGNMENTS
from logminer.stages.place import Place
from tests.kit.vectors import Matrix, embeddings, find, planted, unit


@pytest.fixture(scope="module")
def easy() -> tuple[Matrix, Matrix]:
    return planted(1600, 16, 384, spread=1.0)


@pytest.fixture(scope="module")
def found(easy: tuple[Matrix, Matrix]) -> ClusterMap:
    return find(easy[0])


def test_place_keeps_the_laws_of_a_stage(
    easy: tuple[Matrix, Matrix], found: ClusterMap, tmp_path: Path
) -> None:
    path = tmp_path / "map.parquet"
    found.save(path)
    stage = Place(map_id=found.map_id, map_path=str(path), checkpoint="c")
    work = pickle.loads(pickle.dumps(stage)).open()
    said, thought = embeddings(easy[0][:300]), embeddings(easy[0][:20], "thoughts")
    batch = pa.Table.from_batches([said, thought]).combine_chunks().to_batches()[0]
    whole = work(batch)
    assert whole.schema.equals(ASSIGNMENTS.schema)
    assert whole["response_id"].to_pylist() == said["response_id"].to_pylist()
    assert work(batch).equals(whole)
    assert work(batch.slice(0, 0)).equals(whole.slice(0, 0))
    parts = [work(batch.slice(start, 13)) for start in range(0, batch.num_rows, 13)]
    assert pa.Table.from_batches(parts).equals(pa.Table.from_batches([whole]))
    noise = [row for row in whole.to_pylist() if row["cluster_id"] == NOISE]
    assert noise
    assert all(row["nearest_cluster_id"] >= 0 for row in noise)


def test_place_without_clusters_says_null(tmp_path: Path) -> None:
    empty = find(np.zeros((0, 8), np.float32))
    empty.save(tmp_path / "map.parquet")
    stage = Place(map_id=empty.map_id, map_path=str(tmp_path / "map.parquet"), checkpoint="c")
    out = stage.open()(embeddings(unit(np.ones((3, 8)))))
    assert out["cluster_id"].to_pylist() == [NOISE] * 3
    assert out["nearest_cluster_id"].null_count == out["similarity"].null_count == 3


def test_the_fingerprint_names_the_map_and_not_where_it_lies(tmp_path: Path) -> None:
    a = Place(map_id="m", map_path="/a", checkpoint="one")
    b = Place(map_id="m", map_path="/b", checkpoint="other")
    assert a.fingerprint("x") == b.fingerprint("x")
    assert a.fingerprint("x") != Place(map_id="n", map_path="/a", checkpoint="one").fingerprint("x")
    assert b.label == "place.other"
    found = find(np.zeros((0, 8), np.float32))
    found.save(tmp_path / "map.parquet")
    with pytest.raises(StoreError, match="holds cluster map"):
        Place(map_id="m", map_path=str(tmp_path / "map.parquet"), checkpoint="c").open()
