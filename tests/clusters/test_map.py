"""A map is saved whole and read back."""

from __future__ import annotations

from pathlib import Path

import pytest

from logminer.clusters.map import ClusterMap
from logminer.errors import StoreError
from tests.kit.vectors import same


def test_a_map_is_saved_whole_and_read_back(found: ClusterMap, tmp_path: Path) -> None:
    one, other = tmp_path / "maps" / "one.parquet", tmp_path / "maps" / "other.parquet"
    found.save(one)
    found.save(other)
    assert one.read_bytes() == other.read_bytes()
    assert sorted(p.name for p in one.parent.iterdir()) == ["one.parquet", "other.parquet"]
    assert same(ClusterMap.load(one), found)
    other.write_bytes(b"PAR1 torn")
    for path in (other, tmp_path / "absent.parquet"):
        with pytest.raises(StoreError, match="--refit-clusters"):
            ClusterMap.load(path)
