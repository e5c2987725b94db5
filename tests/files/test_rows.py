"""Rows are read a little at a time, by what really comes and not by what the footer says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from logminer.files.rows import BATCH_BYTES, BATCH_ROWS, LARGE_BYTES, ParquetRows

MB = 1 << 20


def write(path: Path, sizes: list[int], group: int | None = None) -> ParquetRows:
    """Rows of so many bytes, in few bytes: the text of all is the same, and compressed."""
    texts = ["x" * size for size in sizes]
    pq.write_table(pa.table({"n": range(len(sizes)), "text": texts}), path, row_group_size=group)
    return ParquetRows(path)


def test_a_small_file_of_large_rows_is_read_in_small_batches(tmp_path: Path) -> None:
    rows = write(tmp_path / "a.parquet", [MB] * 300)
    assert rows.path.stat().st_size < 1 * MB
    before, most, seen = pa.total_allocated_bytes(), 0, []
    for batch in rows.batches(["n", "text"]):
        assert batch.nbytes <= LARGE_BYTES
        seen += batch["n"].to_pylist()
        most = max(most, pa.total_allocated_bytes() - before)
    assert seen == list(range(300))
    assert most < 4 * LARGE_BYTES


@pytest.mark.parametrize("group", [None, 100, 7])
def test_rows_that_grow_and_shrink_come_each_once(tmp_path: Path, group: int | None) -> None:
    sizes = [10] * 200 + [2 * MB] * 70 + [10] * 700 + [5 * MB] * 5 + [10]
    rows = write(tmp_path / "a.parquet", sizes, group)
    batches = [(b.nbytes, b["n"].to_pylist()) for b in rows.batches(["n", "text"])]
    assert [n for _, numbers in batches for n in numbers] == list(range(len(sizes)))
    assert sum(size > LARGE_BYTES for size, _ in batches) <= 3  # each made the steps smaller
    assert rows.take([3, 230, 975], ["n"]) == [{"n": 3}, {"n": 230}, {"n": 975}]
    assert [len(r["text"]) for r in rows.take([199, 200, 974], ["text"])] == [10, 2 * MB, 5 * MB]


def test_small_rows_come_many_at_once_whatever_the_row_group(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"n": np.arange(200_000)}), path, row_group_size=200_000)
    sizes = [len(batch) for batch in ParquetRows(path).batches(["n"])]
    assert sum(sizes) == 200_000
    assert max(sizes) <= BATCH_ROWS
    assert len(sizes) < 1.1 * 200_000 / BATCH_ROWS
    assert BATCH_BYTES < LARGE_BYTES
