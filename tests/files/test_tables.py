"""Every kind of file gives the same table, forwards and at any place."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logminer.errors import SourceError
from logminer.files.identity import content
from logminer.files.jsonspans import elements
from logminer.files.lines import standing
from logminer.files.opening import open_table
from tests.kit.dumps import write

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ROWS: list[dict[str, Any]] = [
    {"id": f"c{i}", "n": i, "said": [{"role": "user", "content": f'ä "{i}" \\ [{{,\n' * 9}]}
    for i in range(1300)
]


def as_lines(path: Path, pack: Callable[[bytes], bytes] = bytes) -> Path:
    path.write_bytes(pack("".join(json.dumps(row) + "\n" for row in ROWS).encode()))
    return path


def as_array(path: Path, wrapped: str | None = None) -> Path:
    told = {"object": "list", wrapped: ROWS, "more": [1]} if wrapped else ROWS
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False), "utf-8")
    return path


def as_arrow(path: Path) -> Path:
    table = pa.Table.from_pylist(ROWS)
    if path.suffix == ".feather":
        pyarrow.feather.write_feather(table, path, chunksize=700)
        return path
    start = pa.ipc.new_stream if path.suffix == ".ipc" else pa.ipc.new_file
    with start(str(path), table.schema) as sink:
        sink.write_table(table, max_chunksize=700)
    return path


def as_csv(path: Path, mark: str = ",") -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        sheet = csv.writer(file, delimiter=mark)
        sheet.writerow(["id", "n", "said"])
        sheet.writerows([row["id"], row["n"], json.dumps(row["said"])] for row in ROWS)
    return path


KINDS: dict[str, Callable[[Path], Path]] = {
    "a.parquet": lambda p: write(p, pa.Table.from_pylist(ROWS).to_pydict(), row_group_size=700),
    "a.jsonl": as_lines,
    "a.ndjson": as_lines,
    "a.json": as_lines,  # as the Hugging Face hub has them
    "a.jsonl.gz": lambda p: as_lines(p, gzip.compress),
    "a.jsonl.zst": lambda p: as_lines(p, zstd.compress),
    "a.jsonl.bz2": lambda p: as_lines(p, bz2.compress),
    "a.jsonl.xz": lambda p: as_lines(p, lzma.compress),
    "b.json": as_array,
    "c.json": lambda p: as_array(p, "data"),
    "a.arrow": as_arrow,
    "a.feather": as_arrow,
    "a.ipc": as_arrow,
    "a.csv": as_csv,
    "b.csv": lambda p: as_csv(p, ";"),
    "a.tsv": lambda p: as_csv(p, "\t"),
}


def plain(row: dict[str, Any]) -> tuple[str, int, Any]:
    said = row["said"]
    return row["id"], int(row["n"]), json.loads(said) if isinstance(said, str) else said


@pytest.mark.parametrize("name", KINDS)
def test_rows_are_the_same_in_every_kind_of_file(name: str, tmp_path: Path) -> None:
    rows = open_table(KINDS[name](tmp_path / name))
    assert rows.names == ("id", "n", "said")
    assert rows.num_rows == len(ROWS)
    wanted = [plain(row) for row in ROWS]
    assert [plain(row) for batch in rows.scan(rows.names) for row in batch] == wanted
    for places in ([0, 1, 600, 1299], [3, 511, 512], [1250]):  # forwards, and back to the start
        assert [plain(row) for row in rows.take(places, rows.names)] == [wanted[i] for i in places]
    assert [row["id"] for batch in rows.scan(["id"]) for row in batch] == [r["id"] for r in ROWS]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_lines_that_are_added_change_the_last_block_alone(name: str, tmp_path: Path) -> None:
    pack = gzip.compress if name.endswith("gz") else bytes
    before = content(as_lines(tmp_path / name, pack)).pieces
    (tmp_path / "grown").mkdir()
    grown = tmp_path / "grown" / name
    text = "".join(json.dumps(row) + "\n" for row in [*ROWS, *ROWS[:700]])
    grown.write_bytes(pack(text.encode()))
    after = content(grown).pieces
    assert [piece.rows for piece in before] == [512, 512, 276]
    assert after[:2] == before[:2]
    assert after[2].name != before[2].name


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_a_long_line_may_be_a_whole_document(end: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    rows = [{"a": "x" * 100_000}, {"a": 2}]
    path.write_text(json.dumps({"n": 2, "data": rows, "after": [1]}) + end)
    assert open_table(path).names == ("a",)
    path.write_text("\n".join(map(json.dumps, rows)) + end)
    assert open_table(path).num_rows == 2


BAD = {
    "cut.jsonl.gz": (gzip.compress(b'{"a": 1}\n' * 9999)[:-40], "damaged or cut off, as gzip file"),
    "cut.jsonl.zst": (zstd.compress(b'{"a": 1}\n' * 9999)[:-4], "damaged or cut off, as zstd file"),
    "cut.jsonl.bz2": (bz2.compress(b'{"a": 1}\n' * 9999)[:-4], "damaged or cut off, as bzip2 file"),
    "cut.json": (b'[{"a": 1}, {"a": "secret', "behind element 1 it is no JSON, or cut off"),
    "numbers.json": (b"[1, 2]", "element 1 is not a JSON object"),
    "text.json": (b'"secret"', "element 1 is not a JSON object"),
    "short.csv": (b"a,b\n1,2\nsecret\n", "row 2 has 1 cells, the header 2"),
    "latin.csv": ("a,b\nsécret,2\n".encode("latin-1"), "no UTF-8; convert it"),
    "empty.csv": (b"", "an empty file, or no header"),
    "text.arrow": (b"secret words that are no Arrow", "no Arrow IPC file"),
    "open.csv": (b'a,b\n1,2\n3,"secret\n4,5\n', "behind row 1 it cannot be read as CSV"),
    "spark.csv": (b'a,b\n1,"say \\"secret\\" now"\n', "is not doubled"),
    "two.json": (b'[{"a": 1}]\n[{"a": "secret"}]', "behind element 1 it is no JSON"),
    "behind.json": (b'{"data": [{"a": 1}]} {"data": []}', "it is no JSON, or cut off"),
    "twice.csv": (b"a,a\nsecret,2\n", "several columns are named 'a'"),
}


def read_whole(path: Path) -> None:
    rows = open_table(path)
    rows.take(range(rows.num_rows), ["a"])


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_with_a_file_is_told_without_its_text(name: str, tmp_path: Path) -> None:
    raw, told = BAD[name]
    path = tmp_path / name
    path.write_bytes(raw)
    with pytest.raises(SourceError) as error:
        read_whole(path)
    message = str(error.value)
    assert told in message
    assert message.startswith(str(path))
    assert "secret" not in message.replace(str(path), "")
    assert "\n" not in message


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


class Few(io.BytesIO):
    """A stream that gives few bytes at a time."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(3, size) if size and size > 0 else size)


@given(st.lists(values, max_size=6), st.booleans(), st.sampled_from([None, 1]))
def test_elements_of_an_array_are_found_wherever_reading_stops(
    array: list[Any], ascii_only: bool, indent: int | None
) -> None:
    def dumped(value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "replace")

    whole = dumped(array)
    found = list(elements(Few(whole)))
    assert [repr(json.loads(raw)) for raw in found] == [repr(v) for v in json.loads(whole)]
    inside = dumped({"before": array, "sought": array, "after": {"sought": 1}})
    assert [repr(json.loads(raw)) for raw in elements(Few(inside), "sought")] == [
        repr(value) for value in json.loads(whole)
    ]
    assert list(elements(Few(inside), "nowhere")) == []


def test_an_array_that_ends_early_is_told() -> None:
    for raw in (b'[{"a": 1}', b'[{"a": 1}, {"b"', b"["):
        with pytest.raises(ValueError, match="ends inside"):
            list(elements(io.BytesIO(raw)))


@pytest.mark.parametrize(
    ("behind", "rows"),
    [
        (b"", 2),
        (b"\n \n", 2),
        (b'{"a": 3}', 3),  # whole, and its line break is to come
        (b'{"a": "\xc3', 2),
        (b'{"a": "' + b"x" * 200_000, 2),
        (b"\0" * 99, 2),
    ],
    ids=["nothing", "blank", "whole", "cut_letter", "cut_far", "nought"],
)
@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_lines_are_read_up_to_the_last_whole_one(
    tmp_path: Path, name: str, behind: bytes, rows: int
) -> None:
    path = tmp_path / name
    path.write_bytes(b'{"a": 1}\n{"a": 2}\n' + behind)
    stood = standing(path, whole_lines=True)
    with path.open("ab") as stream:
        stream.write(b'"}\n{"b": 4}\n')
    found = open_table(stood)
    assert (found.names, found.num_rows) == (("a",), rows)
    assert [row["a"] for row in found.take(range(rows), ["a"])] == [*range(1, rows + 1)]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jsonl", b'{"a": 1'),
        ("a.jsonl", b""),
        ("a.jsonl", gzip.compress(b'{"a": 1}\n{"a"', mtime=0)),
        ("a.json", b'[{"a": 1}]\n'),
        ("a.csv", b"a\n1\n2"),
    ],
    ids=["cut", "empty", "packed", "document", "csv"],
)
def test_what_holds_no_whole_lines_is_any_file(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert type(standing(path, whole_lines=True)) is type(path)
