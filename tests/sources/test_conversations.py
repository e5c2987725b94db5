"""Conversations: every row comes out, with its problem if it has one."""

from __future__ import annotations

import datetime
import json

import pyarrow as pa

from logminer.sources.spec import SourceSpec
from tests.kit.dumps import MESSAGES, conversations, dialogue, parts, raw, write


def test_every_kind_of_row_comes_out_with_its_problem(tmp_path):
    cells = [
        dialogue("fine", "yes"),
        None,
        [],
        [{"role": "robot", "content": "x"}],
        [{"role": "assistant", "content": "x"}],
        dialogue(None, "x"),
        dialogue("again"),
        dialogue("no id"),
        dialogue("no id"),
    ]
    ids = ["a", "b", "c", "d", "e", "f", "a", None, None]
    kinds = ["X"] * 9
    columns = {"conversation_id": ids, "messages": pa.array(cells, MESSAGES), "kind": kinds}
    rows = raw(write(tmp_path / "a.parquet", columns), keep=("kind",))
    assert [row["problem"] for row in rows] == [
        None,
        "null_messages",
        "empty_conversation",
        "unknown_role",
        "no_user_message",
        "null_content",
        "duplicate_conversation_id",
        None,
        None,
    ]
    for row in rows:
        assert (row["messages"] is None) == (row["attributes"] is None) == bool(row["problem"])
    assert rows[7]["conversation_id"] != rows[8]["conversation_id"]
    assert str(rows[7]["conversation_id"]).endswith(":7")
    assert rows[0]["attributes"] == [("kind", "x")]


def test_a_conversation_id_is_taken_once_in_the_whole_dump(tmp_path):
    write(tmp_path / "b.parquet", conversations(600))
    alone = parts(tmp_path)
    write(tmp_path / "a.parquet", conversations(100))
    rows = raw(tmp_path)
    problems = [row["problem"] for row in rows]
    assert problems == ["superseded"] * 100 + [None] * 600
    assert parts(tmp_path)[1:] == alone
    # The part that loses rows to a new file gets a new name; the part that does not keeps its own.
    write(tmp_path / "c.parquet", conversations(100))
    problems = [row["problem"] for row in raw(tmp_path)]
    assert problems == ["superseded"] * 200 + [None] * 600
    _, first, second, _ = parts(tmp_path)
    assert first != alone[0]
    assert second == alone[1]


def test_within_a_file_the_first_of_an_id_holds_and_in_a_later_file_the_last(tmp_path):
    def ids(*names: str) -> dict[str, object]:
        return conversations(len(names)) | {"conversation_id": list(names)}

    write(tmp_path / "a.parquet", ids("x", "y", "x", "z"))
    write(tmp_path / "b.parquet", ids("y", "w", "y"))
    again = "duplicate_conversation_id"
    assert [row["problem"] for row in raw(tmp_path)] == (
        [None, "superseded", again, None, None, None, again]
    )


def test_renamed_columns_and_other_arrow_types(tmp_path):
    message = pa.struct([("role", pa.large_string()), ("content", pa.large_string())])
    naive = datetime.datetime(2026, 1, 2, 3, 4, 5)
    columns = {
        "hash": pa.array([7, 8], pa.int64()),
        "talk": pa.array([dialogue("a", "b"), dialogue("c")], pa.large_list(message)),
        "who": pa.array(["u", None]).dictionary_encode(),
        "when": pa.array([naive, None], pa.timestamp("ns")),
        "language": pa.array(["en", None], pa.string_view()),
        "score": pa.array([0.1, None], pa.float32()),
        "safe": [True, False],
    }
    path = write(tmp_path / "a.parquet", columns)
    names = {"conversation_id": "hash", "messages": "talk", "user_id": "who", "created_at": "when"}
    first, second = raw(path, columns=names, keep=("score", "safe"))
    assert (first["conversation_id"], first["user_id"], first["problem"]) == ("7", "u", None)
    assert first["created_at"] == naive.replace(tzinfo=datetime.UTC)
    assert first["attributes"] == [("score", "0.1"), ("safe", "true")]
    assert (second["user_id"], second["created_at"]) == (None, None)
    assert second["attributes"] == [("safe", "false")]
    assert (first["model"], first["language"]) == (None, "en")


def test_times_with_a_zone_and_times_as_text(tmp_path):
    moment = datetime.datetime(2026, 1, 2, 12, tzinfo=datetime.UTC)
    zoned = pa.array([moment], pa.timestamp("ms", tz="America/New_York"))
    for created in (zoned, ["2026-01-02T12:00:00Z"], ["2026-01-02T13:00:00+01:00"]):
        columns = conversations(1) | {"created_at": created}
        (row,) = raw(write(tmp_path / "a.parquet", columns))
        assert row["created_at"] == moment
    columns = conversations(1) | {"created_at": ["yesterday"]}
    assert raw(write(tmp_path / "a.parquet", columns))[0]["created_at"] is None


def test_messages_as_json_text_and_tool_calls_as_records(tmp_path):
    talk = [*dialogue("q", "<think>hm</think>a"), {"role": "function", "content": "42"}]
    path = write(tmp_path / "a.parquet", {"messages": [json.dumps(talk), "{", json.dumps("x")]})
    good, bad, worse = raw(path)
    assert [m["role"] for m in good["messages"]] == ["user", "assistant", "tool"]
    assert good["messages"][1]["thoughts"] == "hm"
    assert (bad["problem"], worse["problem"]) == ("bad_messages", "bad_messages")
    call = {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "name": "f"}]}
    asked = {"role": "user", "content": "q", "tool_calls": None}
    (row,) = raw(write(tmp_path / "b.parquet", {"messages": pa.array([[asked, call]])}))
    function = {"name": "f", "arguments": "{}"}
    assert json.loads(row["messages"][1]["tool_calls"]) == [
        {"id": "1", "type": "function", "function": function}
    ]


def test_text_that_is_not_utf8_is_a_problem_of_its_row_alone(tmp_path):
    data = pa.py_buffer(b"ok\xff\xfeok")
    offsets = pa.py_buffer(b"".join(i.to_bytes(4, "little") for i in (0, 2, 4, 6)))
    content = pa.StringArray.from_buffers(3, offsets, data)
    message = pa.StructArray.from_arrays([pa.array(["user"] * 3), content], ["role", "content"])
    column = pa.ListArray.from_arrays(pa.array([0, 1, 2, 3], pa.int32()), message)
    rows = raw(write(tmp_path / "a.parquet", {"messages": column}))
    assert [row["problem"] for row in rows] == [None, "bad_messages", None]


def test_a_dump_without_rows(tmp_path):
    path = write(tmp_path / "a.parquet", conversations(0))
    assert SourceSpec(path=str(path)).check()[:4] == (
        "conversations",
        1,
        0,
        ("conversation_id", "messages"),
    )
    assert parts(path) == []


def test_conversations_have_answers(tmp_path):
    assert SourceSpec(path=str(write(tmp_path / "a.parquet", conversations(1)))).has_answers()
