"""Dumps: found, checked, cut into slices that partition the rows, and read as raw conversations."""

from __future__ import annotations

import datetime
import json
import pickle
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logminer.errors import ConfigError, SourceError
from logminer.schemas import RAW_CONVERSATIONS
from logminer.sources.cutting import MAX_BYTES, MAX_ROWS, Seen
from logminer.sources.spec import SourceSpec

MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))


def dialogue(*contents: str | None) -> list[dict[str, str | None]]:
    roles = ("user", "assistant")
    return [{"role": roles[i % 2], "content": c} for i, c in enumerate(contents)]


def write(path: Path, columns: dict[str, object], **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path, **options)
    return path


def conversations(n: int, prefix: str = "c", text: str = "hello") -> dict[str, object]:
    return {
        "conversation_id": [f"{prefix}{i}" for i in range(n)],
        "messages": pa.array([dialogue(f"{text} {i}", f"hi {i}") for i in range(n)], MESSAGES),
    }


def raw(path: Path | str, **options: object) -> list[dict[str, object]]:
    spec = SourceSpec(path=str(path), **options)
    return [row for piece in spec.slices() for row in piece.read().to_pylist()]


def parts(path: Path | str) -> list[str]:
    return [piece.part for piece in SourceSpec(path=str(path)).slices()]


def refusal(path: Path | str, **options: object) -> str:
    spec = SourceSpec(path=str(path), **options)
    with pytest.raises((SourceError, ConfigError)) as caught:
        spec.check()
    message = str(caught.value)
    assert "\n" not in message
    return message


# --- slices


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    sizes=st.lists(st.sampled_from([0, 10, 1000, 3_000_000, 9_000_000]), max_size=8),
    copies=st.integers(1, 200),
    group=st.integers(1, 700),
    other_group=st.integers(1, 700),
)
def test_slices_partition_the_rows_whatever_the_row_groups(
    tmp_path, sizes, copies, group, other_group
):
    lengths = sizes + [5] * copies
    columns = {"messages": pa.array([dialogue("x" * n) for n in lengths], MESSAGES)}
    path = tmp_path / "a.parquet"
    cuts = []
    for rows in (group, other_group):
        write(path, columns, row_group_size=rows)
        slices = list(SourceSpec(path=str(path)).slices())
        cuts.append([piece.rows for piece in slices])
    assert cuts[0] == cuts[1]
    assert [row for rows in cuts[0] for row in rows] == list(range(len(lengths)))
    for rows in cuts[0]:
        assert len(rows) <= MAX_ROWS
        assert sum(lengths[r] for r in rows) <= MAX_BYTES or len(rows) == 1


def test_slices_are_read_alone_in_any_order_and_after_pickling(tmp_path):
    path = write(tmp_path / "a.parquet", conversations(2000), row_group_size=300)
    slices = list(SourceSpec(path=str(path)).slices())
    assert [len(piece.rows) for piece in slices] == [512, 512, 512, 464]
    whole = {row["row"]: row["conversation_id"] for s in slices for row in s.read().to_pylist()}
    for piece in reversed(slices):
        table = pickle.loads(pickle.dumps(piece)).read()
        assert table.schema.equals(RAW_CONVERSATIONS.schema)
        table.validate(full=True)
        assert table["row"].to_pylist() == list(piece.rows)
        assert table["conversation_id"].to_pylist() == [whole[row] for row in piece.rows]
    assert whole == {i: f"c{i}" for i in range(2000)}


def test_one_huge_row_group_reads_like_many(tmp_path):
    columns = conversations(3000, text="long words " * 300)
    one = write(tmp_path / "one.parquet", columns, row_group_size=10**6, data_page_size=1 << 16)
    many = write(tmp_path / "many.parquet", columns, row_group_size=7)
    first, second = raw(one), raw(many)
    assert first == second
    assert len(first) == 3000


def test_options_change_no_part(tmp_path):
    columns = conversations(600) | {"kind": ["a", "b"] * 300}
    path = write(tmp_path / "a.parquet", columns)
    names = parts(path)
    kept = SourceSpec(path=str(path), keep=("kind",), format="conversations")
    assert [piece.part for piece in kept.slices()] == names
    assert all(len(name) == 22 and name[12] == "-" for name in names)


def test_a_file_that_sorts_first_leaves_other_parts_alone(tmp_path):
    write(tmp_path / "d/b.parquet", conversations(700, "b"))
    before = parts(tmp_path / "d")
    write(tmp_path / "d/a.parquet", conversations(600, "a"))
    after = parts(tmp_path / "d")
    assert after[-len(before) :] == before
    assert len(set(after)) == len(after) == 4


def test_part_names_follow_content_and_not_the_place(tmp_path):
    for folder in ("x", "y/z"):
        write(tmp_path / folder / "s/a.parquet", conversations(10))
    assert parts(tmp_path / "x") == parts(f"{tmp_path}/y/z/**/*.parquet")
    before = parts(tmp_path / "x")
    write(tmp_path / "x/s/a.parquet", conversations(11))
    assert parts(tmp_path / "x") != before


def test_a_file_that_changes_under_a_run_is_not_read(tmp_path):
    path = write(tmp_path / "a.parquet", conversations(10))
    (piece,) = SourceSpec(path=str(path)).slices()
    write(path, conversations(10, prefix="d"))
    with pytest.raises(SourceError, match=r"a\.parquet: changed since the run began"):
        piece.read()
    path.unlink()
    with pytest.raises(SourceError, match="cannot be read"):
        piece.read()


@given(st.lists(st.lists(st.integers(0, 30), max_size=20), max_size=12))
def test_seen_tells_the_first_of_equal_keys(batches):
    seen, known = Seen(), set()
    for batch in batches:
        expected = [key not in known and key not in batch[:i] for i, key in enumerate(batch)]
        assert seen.add(batch).tolist() == expected
        known.update(batch)


# --- finding files


def test_paths_globs_and_folders(tmp_path):
    for name in ("a/1.parquet", "a/b/2.parquet", "c/3.parquet"):
        write(tmp_path / name, conversations(1))
    for name in ("a/.tmp.parquet", "a/_part.parquet", "a/.hidden/4.parquet", "_logs/5.parquet"):
        write(tmp_path / name, conversations(1))
    (tmp_path / "a/notes.txt").write_text("x")

    def files(path: str) -> int:
        return SourceSpec(path=path).rooted(tmp_path).check().files

    assert files(".") == 3
    assert files("a") == 2
    assert files("a/1.parquet") == 1
    assert files("*/*.parquet") == 2
    assert files("**/*.parquet") == 3
    assert files("?") == 3  # folders
    assert files(str(tmp_path / "a/b")) == 1


def test_nothing_there_is_a_clear_error(tmp_path):
    (tmp_path / "empty").mkdir()
    assert "no such file" in refusal(tmp_path / "no.parquet")
    assert "no .parquet files" in refusal(tmp_path / "empty")
    assert "check the path" in refusal(tmp_path / "*.parquet")
    assert "copy or mount" in refusal("s3://bucket/dump")
    assert SourceSpec(path="s3://b/d").rooted(tmp_path).path == "s3://b/d"


# --- bad files and bad options


def test_broken_files_are_named(tmp_path):
    text = tmp_path / "text.parquet"
    text.write_text("conversation_id,messages\n")
    assert refusal(text) == f"{text}: not a Parquet file; convert it to Parquet"
    whole = write(tmp_path / "whole.parquet", conversations(100))
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(whole.read_bytes()[:-100])
    assert "truncated" in refusal(cut)
    footer = tmp_path / "footer.parquet"
    footer.write_bytes(b"PAR1" + b"\xff" * 100 + b"PAR1")
    assert "damaged" in refusal(footer)
    empty = tmp_path / "empty.parquet"
    empty.touch()
    assert "not a Parquet file" in refusal(empty)


def test_damage_inside_a_file_is_found_when_it_is_read(tmp_path):
    path = write(tmp_path / "a.parquet", conversations(1000), compression="zstd")
    data = bytearray(path.read_bytes())
    data[200:-2000] = b"\0" * (len(data) - 2200)
    path.write_bytes(bytes(data))
    with pytest.raises(SourceError, match=r"a\.parquet: damaged"):
        list(SourceSpec(path=str(path)).slices())


def test_missing_columns_name_the_present_ones_and_the_mend(tmp_path):
    path = write(tmp_path / "a.parquet", {"talk": ["x"], "id": [1]})
    for message in (refusal(path), refusal(path, format="conversations")):
        assert "id, talk" in message
        assert "source.columns" in message
    assert "no column 'dialogue'" in refusal(path, columns={"messages": "dialogue"})
    message = refusal(path, columns={"messages": "talk", "mesages": "talk"})
    assert "'mesages'" in message
    assert "conversation_id" in message


def test_formats_that_are_not_read(tmp_path):
    path = write(tmp_path / "a.parquet", conversations(1))
    assert "not yet read; convert" in refusal(path, format="wildchat")
    message = refusal(path, format="csv")
    assert "unknown format 'csv'" in message
    assert "wildchat" not in message


def test_columns_of_the_wrong_kind(tmp_path):
    numbers = write(tmp_path / "a.parquet", {"messages": [1, 2]})
    assert "int64" in refusal(numbers)
    other = pa.array([[{"from": "human", "value": "x"}]])
    assert "role and content" in refusal(write(tmp_path / "b.parquet", {"messages": other}))
    time = conversations(1) | {"created_at": [1_700_000_000]}
    assert "created_at" in refusal(write(tmp_path / "c.parquet", time))


def test_files_of_one_path_must_agree_on_what_is_needed(tmp_path):
    write(tmp_path / "a.parquet", conversations(1) | {"kind": ["x"]})
    write(tmp_path / "b.parquet", conversations(1))
    assert SourceSpec(path=str(tmp_path)).check().rows == 2
    assert "b.parquet: source.keep: no column 'kind'" in refusal(tmp_path, keep=("kind",))
    write(tmp_path / "b.parquet", {"conversation_id": ["x"]})
    assert "b.parquet: no column 'messages'" in refusal(tmp_path)


def test_kept_attributes_are_few_and_plain(tmp_path):
    columns = conversations(60) | {"n": list(range(60)), "few": [i % 50 for i in range(60)]}
    path = write(tmp_path / "a.parquet", columns)
    assert "no column 'safe'" in refusal(path, keep=("safe",))
    assert "more than 50 distinct values" in refusal(path, keep=("few", "n"))
    assert "lists or records" in refusal(path, keep=("messages",))
    assert SourceSpec(path=str(path), keep=("few",)).check().rows == 60


# --- conversations


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
    assert problems == [None] * 100 + ["duplicate_conversation_id"] * 100 + [None] * 500
    # The part that lost rows to the new file has a new name; the part that did not keeps its own.
    _, first, second = parts(tmp_path)
    assert first != alone[0]
    assert second == alone[1]


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
    assert json.loads(row["messages"][1]["tool_calls"]) == [{"id": "1", "name": "f"}]


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
    assert SourceSpec(path=str(path)).check() == (
        "conversations",
        1,
        0,
        ("conversation_id", "messages"),
    )
    assert parts(path) == []


# --- paired


def paired(rows: list[tuple[str | None, str, str]], **more: list[object]) -> dict[str, object]:
    return {
        "prompt_id": [row[0] for row in rows],
        "prompt_messages": pa.array([dialogue(row[1]) for row in rows], MESSAGES),
        "model": [row[2] for row in rows],
        "response": ["answer"] * len(rows),
        **more,
    }


def test_paired_gives_each_prompt_once(tmp_path):
    rows = [(f"p{i % 700}", f"text {i % 700}", f"m{i // 700}") for i in range(2100)]
    path = write(tmp_path / "a.parquet", paired(rows, user_id=[f"u{i % 3}" for i in range(2100)]))
    spec = SourceSpec(path=str(path))
    info = spec.check()
    assert (info.format, info.rows) == ("paired", 700)
    assert not spec.has_answers()
    found = raw(path)
    assert [row["row"] for row in found] == list(range(700))
    assert found[5]["conversation_id"] == found[5]["prompt_id"] == "p5"
    assert (found[5]["user_id"], found[5]["model"]) == ("u2", None)
    assert [m["role"] for m in found[5]["messages"]] == ["user"]


def test_paired_prompts_are_distinct_over_all_files(tmp_path):
    write(tmp_path / "b.parquet", paired([(f"p{i}", f"t{i}", "b") for i in range(10)]))
    alone = parts(tmp_path)
    write(tmp_path / "a.parquet", paired([(f"p{i}", f"t{i}", "a") for i in (3, 11)]))
    found = raw(tmp_path)
    assert SourceSpec(path=str(tmp_path)).check().rows == len(found) == 11
    assert [row["prompt_id"] for row in found][:3] == ["p3", "p11", "p0"]
    # Row 0 still comes first in b, but the part holds other rows: it must not pass for the old one.
    assert parts(tmp_path)[1] != alone[0]


def test_another_text_under_a_known_prompt_id_is_a_prompt_of_its_own(tmp_path):
    rows = [("p", "one", "a"), ("p", "two", "b"), ("p", "one ", "c"), (None, "three", "a")]
    first, second, third = raw(write(tmp_path / "a.parquet", paired(rows)))
    assert first["conversation_id"] == "p"
    assert str(second["conversation_id"]).startswith("p#")
    assert (first["prompt_id"], second["prompt_id"], third["prompt_id"]) == ("p", "p", None)
    assert second["messages"][0]["content"] == "two"
    assert str(third["conversation_id"]).endswith(":3")


def test_kept_attributes_must_belong_to_the_prompt(tmp_path):
    rows = [("p", "one", "a"), ("p", "one", "b"), ("q", "two", "a")]
    path = write(tmp_path / "a.parquet", paired(rows, safe=[True, True, False], grade=[1, 2, 3]))
    assert "column 'grade' differs between rows of one prompt" in refusal(path, keep=("grade",))
    assert SourceSpec(path=str(path), keep=("safe",)).check().rows == 2
    assert [row["attributes"] for row in raw(path, keep=("safe",))] == [
        [("safe", "true")],
        [("safe", "false")],
    ]


def test_conversations_have_answers(tmp_path):
    assert SourceSpec(path=str(write(tmp_path / "a.parquet", conversations(1)))).has_answers()
