"""Files are found, and what is wrong with them or with the options is named."""

from __future__ import annotations

import pyarrow as pa
import pytest

from logminer.errors import ConfigError, SourceError
from logminer.sources.spec import SourceSpec
from logminer.spec import parse
from tests.kit.dumps import conversations, raw, refusal, write

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
    assert "no .parquet or .arrow or .eval or .jsonl or .csv or .json files" in refusal(
        tmp_path / "empty"
    )
    assert "check the path" in refusal(tmp_path / "*.parquet")
    assert "copy or mount" in refusal("https://host/dump")
    assert SourceSpec(path="s3://b/d").rooted(tmp_path).path == "s3://b/d"


# --- bad files and bad options


def test_broken_files_are_named(tmp_path):
    noise = tmp_path / "noise.parquet"
    noise.write_bytes(b"\x01\x02" * 50)
    assert refusal(noise) == f"{noise}: not a Parquet file; convert it to Parquet"
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
    near = write(tmp_path / "b.parquet", {"prompt": ["x"], "answer": ["y"]})
    assert refusal(near).endswith("under source.group_by; for completions it lacks completion")
    message = refusal(path, columns={"messages": "talk", "mesages": "talk"})
    assert "'mesages'; did you mean 'messages'?" in message
    assert "it has messages, conversation_id" in refusal(
        path, columns={"messages": "talk", "zzz": "talk"}
    )


def test_formats_that_are_not_read(tmp_path):
    path = write(tmp_path / "a.parquet", conversations(1))
    assert "unknown format 'converzations'; did you mean 'conversations'?" in refusal(
        path, format="converzations"
    )


def test_columns_of_the_wrong_kind(tmp_path):
    numbers = write(tmp_path / "a.parquet", {"messages": [1, 2]})
    assert "int64" in refusal(numbers)
    other = pa.array([[{"who": "human", "said": "x"}]])
    assert "role and content" in refusal(write(tmp_path / "b.parquet", {"messages": other}))
    time = conversations(1) | {"created_at": [True]}
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


def test_the_rows_of_one_model_may_be_the_dump(tmp_path):
    n = 1200
    columns = conversations(n) | {"model": ["ab"[i % 2] for i in range(n)], "user_id": ["u"] * n}
    path = write(tmp_path / "a.parquet", columns, row_group_size=500)
    write(tmp_path / "b.parquet", conversations(2) | {"model": ["b", "a"], "user_id": ["v"] * 2})
    only = {"where": {"model": "b"}}
    spec = SourceSpec(path=str(path), **only)
    assert spec.check().rows == len(raw(path, **only)) == n // 2
    assert {row["model"] for row in raw(path, **only)} == {"b"}
    assert spec.profile().fields["model"].rows == n // 2
    both = [row["conversation_id"] for row in raw(tmp_path, **only) if row["problem"] is None]
    assert len(both) == n // 2 + 1  # c1 of the first file is another row than c0 of the second
    assert "source.where: no column 'modle'; did you mean 'model'?" in refusal(
        path, where={"modle": "b"}
    )
    told = refusal(path, where={"model": "c", "conversation_id": "x"})
    assert "no row has {model: c, conversation_id: x}; model has a, b; conversation_id " in told
    assert told.endswith("has more than 12 values")
    with pytest.raises(ConfigError, match=r"where\.model: takes one value, not a list$"):
        parse(SourceSpec, {"path": "p", "where": {"model": ["a", "b"]}}, "p.yaml")


def test_a_field_that_no_record_can_have_is_refused(tmp_path):
    columns = {**conversations(2), "header": [{"agent": "x", "at": {"zone": "y"}}, None]}
    path = write(tmp_path / "a.parquet", columns)
    for name, told in (("header.agnet", "agent"), ("header.at.zne", "zone")):
        assert f"'{name}'; did you mean '{told}'?" in refusal(path, keep=(name,))
    assert SourceSpec(path=str(path), keep=("header.at.zone",)).check().rows == 2
