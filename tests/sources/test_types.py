"""Column types are settled: read, refused, or counted as what becomes null."""

from __future__ import annotations

import datetime
import json
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from logminer.sources.profile import FieldProfile
from logminer.sources.spec import SourceSpec
from tests.kit.dumps import MESSAGES, conversations, dialogue, parts, raw, refusal, write

UTC = datetime.UTC
UUIDS = [uuid.UUID(int=0xABCDEF << 100 | i) for i in range(3)]
TALK = [dialogue(f"q {i}", f"a {i}") for i in range(3)]


def says(path: Path, **options: Any) -> dict[str, tuple[int, int]]:
    """Of each field how many are null, and how many cannot be read."""
    fields = SourceSpec(path=str(path), **options).profile().fields
    return {name: (field.null, field.unreadable) for name, field in fields.items()}


def spoken(row: dict[str, Any]) -> list[str]:
    return [message["content"] for message in row["messages"]]


# --- JSON


def test_json_of_duckdb_is_read_as_what_it_holds(tmp_path: Path) -> None:
    rows = [
        {"conversation_id": "c1", "messages": dialogue('say "rye"\nbread', "no")},
        {"conversation_id": "c2", "messages": dialogue("x", "y")},
    ]
    rows[0]["messages"][1]["content"] = [{"type": "text", "text": "no"}]  # so that content is JSON
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    source, dump = tmp_path / "a.jsonl", tmp_path / "a.parquet"
    for columns in (
        "*",
        "to_json(conversation_id) AS conversation_id, to_json(messages) AS messages",
    ):
        duckdb.sql(f"COPY (SELECT {columns} FROM '{source}') TO '{dump}' (FORMAT parquet)")
        first, second = raw(dump)
        assert spoken(first) == ['say "rye"\nbread', "no"]
        assert [first["conversation_id"], second["conversation_id"]] == ["c1", "c2"]


def test_json_of_every_field(tmp_path: Path) -> None:
    said = {"user_id": ['"u1"', "7", "null"], "created_at": ['"2026-01-02"', "1767312000", '"x"']}
    kinds = ['"A"', "true", "null"]
    columns = conversations(3) | {
        name: pa.ExtensionArray.from_storage(pa.json_(), pa.array(texts))
        for name, texts in (said | {"kind": kinds}).items()
    }
    path = write(tmp_path / "a.parquet", columns)
    rows = raw(path, keep=("kind",))
    assert [row["user_id"] for row in rows] == ["u1", "7", None]
    day = datetime.datetime(2026, 1, 2, tzinfo=UTC)
    assert [row["created_at"] for row in rows] == [day, day, None]
    assert [row["attributes"] for row in rows] == [[("kind", "a")], [("kind", "true")], []]
    assert says(path, keep=("kind",)) == {
        "conversation_id": (0, 0),
        "user_id": (1, 0),
        "created_at": (0, 1),
        "keep.kind": (1, 0),
    }


def test_text_of_json_that_utf8_cannot_hold(tmp_path: Path) -> None:
    broken = pa.ExtensionArray.from_storage(pa.json_(), pa.array(['"u\\ud800"']))
    columns = conversations(1) | dict.fromkeys(("user_id", "model", "language", "kind"), broken)
    (row,) = raw(write(tmp_path / "a.parquet", columns), keep=("kind",))
    assert row["user_id"] == row["model"] == "u\ufffd"


# --- bytes


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary_view(), pa.binary(16)])
def test_ids_as_bytes_of_uuids(kind: pa.DataType, tmp_path: Path) -> None:
    ids = pa.array([UUIDS[0].bytes, UUIDS[1].bytes, UUIDS[0].bytes], kind)
    path = write(
        tmp_path / "a.parquet", conversations(3) | {"conversation_id": ids, "user_id": ids}
    )
    rows = raw(path)
    assert [row["user_id"] for row in rows] == [str(UUIDS[i]) for i in (0, 1, 0)]
    assert rows[2]["problem"] == "duplicate_conversation_id"
    assert SourceSpec(path=str(path)).profile().users == 2


def test_ids_and_kept_columns_as_bytes_of_text(tmp_path: Path) -> None:
    texts = pa.array([b"u1", b"u2", b"u1"])
    columns = {"conversation_id": texts, "user_id": texts, "kind": texts}
    path = write(tmp_path / "a.parquet", conversations(3) | columns)
    rows = raw(path, keep=("kind",))
    assert [row["user_id"] for row in rows] == ["u1", "u2", "u1"]
    assert [row["attributes"] for row in rows[:2]] == [[("kind", "u1")], [("kind", "u2")]]
    assert rows[2]["problem"] == "duplicate_conversation_id"
    message = pa.list_(pa.struct([("role", pa.binary()), ("content", pa.binary())]))
    path = write(tmp_path / "b.parquet", {"messages": pa.array(TALK, message)})
    assert [spoken(row) for row in raw(path)] == [[f"q {i}", f"a {i}"] for i in range(3)]


def test_sixteen_bytes_of_a_message_are_no_uuid(tmp_path: Path) -> None:
    said = "d\xe9j\xe0 vu, merci b".encode("latin-1")
    assert len(said) == 16
    message = pa.list_(pa.struct([("role", pa.string()), ("content", pa.binary())]))
    talk = pa.array([[{"role": "user", "content": said}]], message)
    (row,) = raw(write(tmp_path / "a.parquet", {"messages": talk}))
    assert row["problem"] == "bad_messages"


def test_ids_of_38_digits_stay_apart(tmp_path: Path) -> None:
    ids = [Decimal("1" * 36 + end) for end in ("00", "10", "11")]
    columns = {"user_id": pa.array(ids, pa.decimal128(38, 0))}
    path = write(tmp_path / "a.parquet", conversations(3) | columns)
    assert [row["user_id"] for row in raw(path)] == [str(number) for number in ids]
    assert SourceSpec(path=str(path)).profile().users == 3


def test_bytes_that_are_neither_are_null_and_counted(tmp_path: Path) -> None:
    lost = pa.array([b"\xff\xfe\xfd", None, b"u1"])
    columns = dict.fromkeys(("user_id", "kind"), lost)
    path = write(tmp_path / "a.parquet", conversations(3) | columns)
    rows = raw(path, keep=("kind",))
    assert [row["user_id"] for row in rows] == [None, None, "u1"]
    assert says(path, keep=("kind",)) == {
        "conversation_id": (0, 0),
        "user_id": (1, 1),
        "keep.kind": (1, 1),
    }


# --- times


def test_sentinels_in_96_bits_do_not_wrap_to_another_year(tmp_path: Path) -> None:
    """As Spark wrote them for years."""
    moments = [
        datetime.datetime(9999, 12, 31),
        datetime.datetime(1, 1, 1),
        datetime.datetime(2026, 1, 2),
    ]
    message = pa.struct(
        [("role", pa.string()), ("content", pa.string()), ("at", pa.timestamp("us"))]
    )
    talk = [[turn | {"at": at} for turn in said] for said, at in zip(TALK, moments, strict=True)]
    columns = {
        "messages": pa.array(talk, pa.list_(message)),
        "created_at": pa.array(moments, pa.timestamp("us")),
    }
    path = write(tmp_path / "a.parquet", columns, use_deprecated_int96_timestamps=True)
    rows = raw(path)
    assert [row["created_at"] for row in rows] == [None, None, moments[2].replace(tzinfo=UTC)]
    assert says(path)["created_at"] == (0, 2)
    assert [spoken(row) for row in rows] == [[f"q {i}", f"a {i}"] for i in range(3)]


@pytest.mark.parametrize(
    ("ticks", "kind"),
    [
        (253_402_300_799, pa.timestamp("s", "Pacific/Kiritimati")),  # 9999-12-31
        (-62_135_596_800, pa.timestamp("s", "America/New_York")),  # 0001-01-01
        ((1 << 63) - 1, pa.timestamp("us")),  # infinity
        (1 - (1 << 63), pa.timestamp("us", "UTC")),
        (253_402_300_800_000, pa.timestamp("ms")),  # the year 10000
        (1_767_355_200_000, pa.timestamp("s")),  # milliseconds
        (2_932_897, pa.date32()),
        ((1 << 31) - 1, pa.date32()),
    ],
)
def test_a_time_that_cannot_be_is_null_and_counted(
    ticks: int, kind: pa.DataType, tmp_path: Path
) -> None:
    moments = pa.array([ticks, 0, None], pa.int32() if kind.bit_width == 32 else pa.int64())
    moments = moments.view(kind)
    message = pa.StructArray.from_arrays(
        [pa.array(["user"] * 3), pa.array(["q"] * 3), moments], ["role", "content", "timestamp"]
    )
    lists = pa.ListArray.from_arrays(pa.array(range(4), pa.int32()), message)
    columns = {"messages": lists, "created_at": moments, "kept": moments}
    path = write(tmp_path / "a.parquet", columns)
    assert SourceSpec(path=str(path), keep=("kept",)).check().rows == 3
    epoch = datetime.datetime(1970, 1, 1, tzinfo=UTC)
    rows = raw(path, keep=("kept",))
    assert [row["created_at"] for row in rows] == [None, epoch, None]
    assert [row["problem"] for row in rows] == [None] * 3
    assert says(path)["created_at"] == (1, 1)


@pytest.mark.parametrize("zone", ["Z", "GMT+2", "+05:30", "Nowhere/At_All"])
def test_a_zone_of_any_name(zone: str, tmp_path: Path) -> None:
    moments = pa.array([0], pa.int64()).view(pa.timestamp("us", zone))
    (row,) = raw(write(tmp_path / "a.parquet", conversations(1) | {"created_at": moments}))
    assert row["created_at"] == datetime.datetime(1970, 1, 1, tzinfo=UTC)


def test_times_as_numbers_and_as_text(tmp_path: Path) -> None:
    moment = datetime.datetime(2026, 1, 2, 12, tzinfo=UTC)
    s = int(moment.timestamp())
    numbers: list[Any] = [[s], [s * 10**3], [s * 10**6], [s * 10**9], [float(s)], [Decimal(s)]]
    for created in (*numbers, [str(s)], pa.array(["2026-01-02T12:00:00Z"]).dictionary_encode()):
        path = write(tmp_path / "a.parquet", conversations(1) | {"created_at": created})
        assert raw(path)[0]["created_at"] == moment
    texts = ["2026-01-02", "yesterday", "0000-00-00", "", None]
    path = write(tmp_path / "a.parquet", conversations(5) | {"created_at": texts})
    assert says(path)["created_at"] == (2, 2)


# --- columns without a value, and types that differ


@pytest.mark.parametrize("kind", [pa.list_(pa.null()), pa.struct([("a", pa.int32())]), pa.null()])
def test_a_kept_column_without_a_value_has_any_type(kind: pa.DataType, tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", conversations(2, "a") | {"kind": ["x", "y"]})
    write(tmp_path / "b.parquet", conversations(1, "b") | {"kind": pa.nulls(1, kind)})
    assert [row["attributes"] for row in raw(tmp_path, keep=("kind",))] == [
        [("kind", "x")],
        [("kind", "y")],
        [],
    ]


@pytest.mark.parametrize(
    "nothing",
    [
        pa.nulls(2),
        pa.nulls(2, pa.int32()),
        pa.nulls(2, pa.bool_()),
        pa.nulls(2, pa.list_(pa.int32())),
        pa.nulls(2, pa.time64("us")),
        pa.ExtensionArray.from_storage(pa.json_(), pa.nulls(2, pa.string())),
    ],
    ids=str,
)
@pytest.mark.parametrize("column", ["created_at", "messages", "user_id", "language"])
def test_a_column_without_a_value_is_null(column: str, nothing: pa.Array, tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", conversations(2, "a") | {column: nothing})
    whole = {"created_at": ["2026-01-02"], "user_id": ["u"], "language": ["en"]}
    write(tmp_path / "b.parquet", conversations(1, "b") | whole)
    assert SourceSpec(path=str(tmp_path)).check().rows == 3
    first, _, last = raw(tmp_path)
    assert first[column] is None
    assert last["created_at"] == datetime.datetime(2026, 1, 2, tzinfo=UTC)
    assert last["user_id"] == "u"


def test_an_empty_first_file_of_other_types(tmp_path: Path) -> None:
    names = ["conversation_id", "messages", "created_at", "user_id"]
    pd.DataFrame({name: [] for name in names}).to_parquet(tmp_path / "a.parquet")  # doubles
    pd.DataFrame(columns=names).to_parquet(tmp_path / "b.parquet")  # nulls
    moment = pd.Timestamp("2026-01-02", tz="Europe/Berlin")
    frame = pd.DataFrame(
        {
            "conversation_id": ["c1"],
            "messages": [TALK[0]],
            "created_at": [moment],
            "user_id": pd.Categorical(["u1"]),
        }
    )
    frame.to_parquet(tmp_path / "c.parquet")
    (row,) = raw(tmp_path)
    assert (row["user_id"], row["created_at"]) == ("u1", moment.to_pydatetime())


def test_empty_lists_of_any_type_are_empty_conversations(tmp_path: Path) -> None:
    empty = pa.array([[], []], pa.list_(pa.int32()))
    rows = raw(write(tmp_path / "a.parquet", {"messages": empty}))
    assert [row["problem"] for row in rows] == ["empty_conversation"] * 2


def test_a_dialogue_in_any_layout(tmp_path: Path) -> None:
    record = MESSAGES.value_type
    text = pa.map_(pa.string(), pa.string())
    kinds = [
        pa.large_list(record),
        pa.list_(record, 2),
        pa.list_view(record),
        pa.large_list_view(record),
        pa.list_(pa.struct([("role", pa.large_string()), ("content", pa.string())])),
    ]
    columns = [pa.array(TALK, kind) for kind in kinds]
    columns.append(pa.array([[list(m.items()) for m in talk] for talk in TALK], pa.list_(text)))
    roles = pa.array(["user", "assistant"] * 3).dictionary_encode()
    flat = pa.array([m["content"] for talk in TALK for m in talk])
    records = pa.StructArray.from_arrays([roles, flat], ["role", "content"])
    columns.append(pa.ListArray.from_arrays(pa.array([0, 2, 4, 6], pa.int32()), records))
    for column in columns:
        rows = raw(write(tmp_path / "a.parquet", {"messages": column}))
        assert [spoken(row) for row in rows] == [[f"q {i}", f"a {i}"] for i in range(3)]


# --- names


def test_a_name_of_two_columns_is_refused_only_where_it_is_used(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table(conversations(2))
    for name, options in (("language", {}), ("kind", {"keep": ("kind",)})):
        doubled = table.append_column(name, pa.array(["x", "y"])).append_column(
            name, pa.array(["y", "z"])
        )
        pa.parquet.write_table(doubled, path)
        assert f"several columns are named '{name}'" in refusal(path, **options)
    assert len(raw(path)) == 2  # nobody asks for `kind`


# --- folders


def test_folders_give_columns(tmp_path: Path) -> None:
    for folder in ("model=a%2Fb/language=en", "model=c/language=__HIVE_DEFAULT_PARTITION__"):
        write(tmp_path / folder / "x.parquet", conversations(2, folder))
    spec = SourceSpec(path=str(tmp_path), keep=("model",))
    assert spec.check().rows == 4
    rows = raw(tmp_path, keep=("model",))
    assert [row["model"] for row in rows] == ["a/b", "a/b", "c", "c"]
    assert [row["language"] for row in rows] == ["en", "en", None, None]
    assert rows[0]["attributes"] == [("model", "a/b")]
    assert spec.profile().languages == {"en": 2}
    renamed = raw(tmp_path, columns={"user_id": "model"})
    assert [row["user_id"] for row in renamed] == ["a/b", "a/b", "c", "c"]
    # The same below the fixed part of a pattern, and for one file.
    for path in (tmp_path / "model=c/*/*.parquet", tmp_path / "model=c/language=de/y.parquet"):
        write(tmp_path / "model=c/language=de/y.parquet", conversations(1, "y"))
        assert raw(path)[-1]["model"] == "c"


def test_a_column_of_the_file_holds_against_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "language=en" / "x.parquet"
    write(path, conversations(2) | {"language": ["de", None]})
    assert [row["language"] for row in raw(path)] == ["de", None]


def test_a_part_is_named_by_what_its_folders_tell(tmp_path: Path) -> None:
    plain = parts(write(tmp_path / "x.parquet", conversations(2)))
    one = parts(write(tmp_path / "model=a" / "x.parquet", conversations(2)))
    other = parts(write(tmp_path / "model=b" / "x.parquet", conversations(2)))
    moved = parts(write(tmp_path / "deep" / "model=a" / "y.parquet", conversations(2)))
    assert len({*plain, *one, *other}) == 3
    assert moved == one


def test_folders_of_a_paired_dump(tmp_path: Path) -> None:
    columns = {"prompt_id": ["p", "q"], "prompt_messages": pa.array(TALK[:2], MESSAGES)}
    for model in "ab":
        write(tmp_path / f"model={model}" / "split=test" / "x.parquet", columns)
    rows = raw(tmp_path, keep=("split",))
    assert [row["attributes"] for row in rows] == [[("split", "test")]] * 2
    assert "differs between rows of one prompt" in refusal(tmp_path, keep=("model",))


# --- what a dump holds


def test_users_languages_and_gaps(tmp_path: Path) -> None:
    users = ["a"] * 6 + ["b"] * 2 + [None] * 2
    languages = ["en"] * 5 + ["German"] * 4 + [None]
    columns = conversations(10) | {"user_id": users, "language": languages}
    write(tmp_path / "a.parquet", columns)
    write(tmp_path / "b.parquet", conversations(10, "b"))
    found = SourceSpec(path=str(tmp_path)).profile()
    assert found.columns["user_id"] == "user_id"
    assert (found.users, found.users_effective) == (2, 64 / 40)
    assert found.languages == {"en": 5, "German": 4}
    assert found.fields["user_id"] == FieldProfile("user_id", 20, 12, 0)
    assert found.fields["language"] == FieldProfile("language", 20, 11, 0)
    nobody = SourceSpec(path=str(tmp_path / "b.parquet")).profile()
    assert (nobody.users, nobody.users_effective, nobody.languages) == (None, None, {})


@pytest.mark.parametrize("name", ["hashed_ip", "user", "uid", "account", "session", "userId", "IP"])
def test_columns_that_may_be_users_are_named_with_the_mend(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", conversations(1) | {name: ["x"]})
    (one,) = SourceSpec(path=str(path)).profile().unused
    assert (one.column, one.field, one.has_field) == (name, "user_id", False)
    assert one.mend == f"source.columns: {{user_id: {name}}}"
    for options in ({"columns": {"user_id": name}}, {"keep": (name,)}):
        assert SourceSpec(path=str(path), **options).profile().unused == ()


def test_users_inside_messages_are_named(tmp_path: Path) -> None:
    said = [[m | {"hashed_ip": "x", "tool_call_id": "1", "redacted": False} for m in TALK[0]]]
    path = write(tmp_path / "a.parquet", {"messages": pa.array(said), "chat_id": [1]})
    chat, inside = SourceSpec(path=str(path)).profile().unused[::-1]
    assert (inside.column, inside.field) == ("messages.hashed_ip", "user_id")
    assert "source.columns: {user_id: hashed_ip}" in inside.mend
    assert (chat.column, chat.field) == ("chat_id", "conversation_id")


def test_columns_that_are_no_ids_are_not_named(tmp_path: Path) -> None:
    names = ("user_agent", "account_type", "n_turns", "toxic", "score", "user_message", "valid")
    path = write(tmp_path / "a.parquet", conversations(1) | {name: ["x"] for name in names})
    assert SourceSpec(path=str(path)).profile().unused == ()
    flag = write(tmp_path / "b.parquet", conversations(1) | {"user_known": [True]})
    assert SourceSpec(path=str(flag)).profile().unused == ()
