"""Rows of files: what lies in memory goes by the rows, not by what a file makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from logminer.files.jsonrows import JsonLinesRows
from logminer.files.parquet import ParquetRows
from logminer.sources.base import DumpSlice
from logminer.sources.spec import SourceSpec
from tests.kit.dumps import MESSAGES, conversations, dialogue, write

LARGE = "so it is said " * 70_000  # a megabyte
MB = 1_000_000


def most_held(steps: Iterable[object]) -> int:
    """The bytes that Arrow holds more than before, after the step after which it is most."""
    before = int(pa.total_allocated_bytes())
    return max(int(pa.total_allocated_bytes()) - before for _ in steps)


def slices(path: Path) -> Iterator[DumpSlice]:
    return SourceSpec(path=str(path)).slices()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 MB of dialogues in some kilobytes, after rows that are small."""
    said = [*(dialogue("hello", "hi") for _ in range(600)), *[dialogue(LARGE, "ok")] * 300]
    columns = {
        "conversation_id": [f"c{i}" for i in range(900)],
        "messages": pa.array(said, MESSAGES),
    }
    path = write(tmp_path_factory.mktemp("large") / "a.parquet", columns, compression="zstd")
    assert path.stat().st_size < 50_000
    return path


def test_a_small_file_of_large_rows_is_read_a_few_rows_at_a_time(large: Path) -> None:
    assert most_held(ParquetRows(large).batches(["messages"])) < 20 * MB
    assert most_held(slices(large)) < 20 * MB
    assert most_held(piece.read().num_rows for piece in slices(large)) < 60 * MB


def test_scattered_rows_do_not_hold_those_between_them(large: Path) -> None:
    rows, taken = ParquetRows(large), range(0, 900, 30)
    names = ["conversation_id", "messages"]
    kept: list[pa.Table] = []

    def read() -> Iterator[None]:
        kept.append(rows.table(taken, names))
        yield

    assert most_held(read()) < (10 + 20) * MB
    assert kept[0]["conversation_id"].to_pylist() == [f"c{i}" for i in taken]


def test_small_rows_come_many_at_a_time(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", conversations(5000), row_group_size=3000)
    sizes = [batch.num_rows for batch in ParquetRows(path).batches(["messages"])]
    assert sum(sizes) == 5000
    assert max(sizes) == 512
    assert len(sizes) == 10


@pytest.mark.parametrize("kind", [pa.dictionary(pa.int32(), pa.string()), pa.string_view(), pa.large_string()])  # fmt: skip
def test_text_in_any_layout_comes_in_order(kind: pa.DataType, tmp_path: Path) -> None:
    texts = [f"text {i % 700}" for i in range(2000)]
    path = write(tmp_path / "a.parquet", {"x": pa.array(texts).cast(kind)}, row_group_size=900)
    rows = ParquetRows(path)
    assert [row["x"] for batch in rows.scan(["x"]) for row in batch] == texts
    assert [row["x"] for row in rows.take([3, 899, 900, 1999], ["x"])] == [texts[i] for i in (3, 899, 900, 1999)]  # fmt: skip


def test_large_lines_come_a_few_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"x": i, "y": LARGE}) + "\n" for i in range(20)))
    batches = list(JsonLinesRows(path).scan(["x", "y"]))
    assert [row["x"] for batch in batches for row in batch] == list(range(20))
    assert max(map(len, batches)) <= 6
