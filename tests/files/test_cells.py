"""Columns of every Arrow type as Python values."""

from __future__ import annotations

import datetime
import json
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from logminer.files.cells import cells

UTC = datetime.UTC
MOMENT = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FARTHEST = (1 << 63) - 1


def ticks(values: list[int | None], kind: pa.DataType) -> pa.Array:
    whole = pa.int32() if kind.bit_width == 32 else pa.int64()
    return pa.array(values, whole).view(kind)


def stored(array: pa.Array, path: Path) -> pa.ChunkedArray:
    """The same after Parquet."""
    pq.write_table(pa.table({"c": array}), path / "c.parquet")
    return pq.read_table(path / "c.parquet").column("c")


def from_duckdb(select: str, path: Path) -> pa.ChunkedArray:
    duckdb.sql(f"COPY (SELECT {select} AS c) TO '{path / 'd.parquet'}' (FORMAT parquet)")
    return pq.read_table(path / "d.parquet").column("c")


def wrapped(array: pa.Array) -> list[tuple[pa.Array, Any]]:
    """An array inside each kind of nesting, and a function that takes a wrapped value out."""
    one_each = pa.array(range(len(array) + 1), pa.int32())
    large = one_each.cast(pa.int64())
    keys = pa.array(["k"] * len(array))
    sizes = pa.array([1] * len(array), pa.int32())
    return [
        (array, lambda v: v),
        (pa.StructArray.from_arrays([array], ["k"]), lambda v: v["k"]),
        (pa.ListArray.from_arrays(one_each, array), lambda v: v[0]),
        (pa.LargeListArray.from_arrays(large, array), lambda v: v[0]),
        (pa.FixedSizeListArray.from_arrays(array, 1), lambda v: v[0]),
        (pa.ListViewArray.from_arrays(one_each[:-1], sizes, array), lambda v: v[0]),
        (pa.MapArray.from_arrays(one_each, keys, array), lambda v: v["k"]),
    ]


UUID = uuid.UUID("62326c17-9f9b-4506-96a8-e81489f20db2")
JSON = ['"a\\"b"', '{"k": [1, null]}', "3", "null", "no json", None]
CASES: list[tuple[str, pa.Array, list[Any]]] = [
    (
        "json",
        pa.ExtensionArray.from_storage(pa.json_(), pa.array(JSON)),
        ['a"b', {"k": [1, None]}, 3, None, "no json", None],
    ),
    (
        "uuid",
        pa.ExtensionArray.from_storage(pa.uuid(), pa.array([UUID.bytes, None], pa.binary(16))),
        [str(UUID), None],
    ),
    ("binary", pa.array([b"u\xc3\xa9", b"\xff\xfe", None]), ["ué", b"\xff\xfe", None]),
    ("fixed text", pa.array([b"u1\0\0", b"u123"], pa.binary(4)), ["u1", "u123"]),
    ("fixed uuid", pa.array([UUID.bytes, bytes(16)], pa.binary(16)), [str(UUID), str(uuid.UUID(int=0))]),
    ("16 bytes of text", pa.array([b"line 1\nline 2 ab", "привет!".encode() + b"abc"]), ["line 1\nline 2 ab", "привет!abc"]),
    ("binary view", pa.array([b"u", None], pa.binary_view()), ["u", None]),
    ("large binary", pa.array([b"u", b"\0\1"], pa.large_binary()), ["u", b"\0\1"]),
    ("string view", pa.array(["u", None], pa.string_view()), ["u", None]),
    ("dictionary", pa.array(["u", None, "v", "u"]).dictionary_encode(), ["u", None, "v", "u"]),
    ("dictionary of bytes", pa.array([b"u", None]).dictionary_encode(), ["u", None]),
    ("decimal", pa.array([Decimal("1.50"), None]), [Decimal("1.50"), None]),
    ("float", pa.array([0.1, None], pa.float32()), [0.1, None]),
    ("null", pa.nulls(2), [None, None]),
    ("seconds", ticks([0, 253_402_300_800, 1_700_000_000_000, None], pa.timestamp("s")), [datetime.datetime(1970, 1, 1), None, None, None]),
    ("infinity", ticks([FARTHEST, -FARTHEST, -FARTHEST - 1], pa.timestamp("us", "UTC")), [None, None, None]),
    ("ms", ticks([FARTHEST], pa.timestamp("ms")), [None]),
    ("ns", ticks([1_500, -FARTHEST], pa.timestamp("ns")), [datetime.datetime(1970, 1, 1, 0, 0, 0, 1), None]),
    *((f"zone {zone}", ticks([int(MOMENT.timestamp())], pa.timestamp("s", zone)), [MOMENT]) for zone in ("Z", "GMT+2", "+14:00", "Mars/Olympus", "America/New_York")),
    *((f"ends in {zone}", ticks([253_402_300_799, -62_135_596_800], pa.timestamp("s", zone)), [datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), datetime.datetime(1, 1, 1, tzinfo=UTC)]) for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago")),
    ("date32", ticks([0, 2_932_897, (1 << 31) - 1], pa.date32()), [datetime.date(1970, 1, 1), None, None]),
    ("date64", ticks([86_400_000, FARTHEST // 86_400_000 * 86_400_000], pa.date64()), [datetime.date(1970, 1, 2), None]),
    ("time", ticks([1, 86_400_000_000], pa.time64("us")), [datetime.time(0, 0, 0, 1), None]),
    ("duration", ticks([2_000, FARTHEST], pa.duration("ms")), [datetime.timedelta(seconds=2), None]),
]  # fmt: skip


def test_bytes_of_no_fixed_size_are_uuids_in_columns_and_words_in_records() -> None:
    for kind in (pa.binary(), pa.large_binary(), pa.binary_view()):
        column = pa.array([UUID.bytes, b"u"], kind)
        assert cells(column) == [str(UUID), "u"]
        assert cells(pa.array([[UUID.bytes, b"u"]], pa.list_(kind))) == [[UUID.bytes, "u"]]
        assert cells(pa.StructArray.from_arrays([column], ["id"]))[0] == {"id": UUID.bytes}
    assert cells(column.cast(pa.binary()).dictionary_encode()) == [str(UUID), "u"]


@pytest.mark.parametrize(("array", "values"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_each_type_reads_alike_at_any_depth(array: pa.Array, values: list[Any]) -> None:
    for outer, taken_out in wrapped(array):
        assert [taken_out(value) for value in cells(outer)] == values
        assert [taken_out(value) for value in cells(outer[1:])] == values[1:]  # behind an offset
        assert [taken_out(v) for v in cells(pa.chunked_array([outer, outer]))] == values * 2


STORED = [c for c in CASES if not pa.types.is_duration(c[1].type)]  # a number to Parquet


@pytest.mark.parametrize(("array", "values"), [c[1:] for c in STORED], ids=[c[0] for c in STORED])
def test_each_type_reads_alike_from_parquet(
    array: pa.Array, values: list[Any], tmp_path: Path
) -> None:
    for outer, taken_out in wrapped(array):
        try:
            column = stored(outer, tmp_path)
        except (pa.ArrowException, OSError):
            continue  # such a thing cannot be written
        assert [taken_out(value) for value in cells(column)] == values


def test_null_and_empty_lists_keep_their_places() -> None:
    lists = [[b"a", b"b"], None, [], [b"c"]]
    for kind in (pa.list_, pa.large_list, pa.list_view, pa.large_list_view):
        column = pa.array(lists, kind(pa.binary()))
        assert cells(column) == [["a", "b"], None, [], ["c"]]
        assert cells(column[1:]) == [None, [], ["c"]]
    records = pa.array([{"a": b"x"}, None, {"a": None}])
    assert cells(records) == [{"a": "x"}, None, {"a": None}]
    maps = pa.array([[("k", b"x")], None, []], pa.map_(pa.string(), pa.binary()))
    assert cells(maps) == [{"k": "x"}, None, {}]


@pytest.mark.parametrize(
    ("select", "value"),
    [
        ("'[1]'::JSON", [1]),
        ("{'a': '\"x\"'::JSON}", {"a": "x"}),
        (f"'{UUID}'::UUID", str(UUID)),
        ("'170141183460469231731687303715884105727'::HUGEINT", 2.0**127),
        ("'2026-01-02 03:04:05'::TIMESTAMP_S", MOMENT.replace(tzinfo=None)),
        ("'2026-01-02 03:04:05'::TIMESTAMP_MS", MOMENT.replace(tzinfo=None)),
        ("'2026-01-02 03:04:05'::TIMESTAMP_NS", MOMENT.replace(tzinfo=None)),
        ("'2026-01-02 03:04:05+00'::TIMESTAMPTZ", MOMENT),
        ("'infinity'::TIMESTAMP", None),
        ("'-infinity'::TIMESTAMPTZ", None),
        ("'infinity'::DATE", None),
        ("'2026-01-02'::DATE", datetime.date(2026, 1, 2)),
        ("'a'::ENUM('a', 'b')", "a"),
        ("MAP {'k': 'v'::BLOB}", {"k": "v"}),
        ("'u1'::BLOB", "u1"),
        ("'\\xFF'::BLOB", b"\xff"),
        ("1.5::DECIMAL(9, 2)", Decimal("1.50")),
        ("NULL", None),
    ],
)
def test_what_duckdb_writes(select: str, value: Any, tmp_path: Path) -> None:
    assert cells(from_duckdb(select, tmp_path)) == [value]


def test_json_that_python_cannot_hold_stays_text() -> None:
    texts = ["[" * 100_000, "9" * 5_000, json.dumps({"a": 1})]
    column = pa.ExtensionArray.from_storage(pa.json_(), pa.array(texts))
    assert cells(column) == [*texts[:2], {"a": 1}]
