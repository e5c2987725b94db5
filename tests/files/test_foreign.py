"""What is no Parquet is told what it is, with what makes it Parquet."""

from __future__ import annotations

import base64
import gzip
import io
import shlex
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.feather
import pyarrow.orc
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as encryption
import pytest

from logminer.errors import SourceError
from logminer.files.foreign import mend
from logminer.files.identity import content
from logminer.files.opening import open_table
from logminer.files.parquet import ParquetRows

TABLE = pa.table({"conversation_id": ["secret words"], "n": [1]})


def parquet() -> bytes:
    out = io.BytesIO()
    pq.write_table(TABLE, out)
    return out.getvalue()


def told(path: Path) -> str:
    with pytest.raises(SourceError) as caught:
        _ = open_table(path).names
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert "secret" not in message
    return message.removeprefix(f"{path}: ")


def zipped(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.parquet", content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "what", "do"),
    [
        (b"", "an empty file", "copy it again"),
        (bytes(5000), "nothing but zeros", "copy it again"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:a\nsize 1\n", "a git-lfs pointer", "lfs pull"),
        (b"\n<!DOCTYPE html><title>secret</title>", "an HTML page", "download the file itself"),
        (b"\xef\xbb\xbf<HTML>", "an HTML page", "download the file itself"),
        (b"<?xml version='1.0'?><Error>", "an XML document", "download it again"),
        (gzip.compress(parquet(), mtime=0), "compressed with gzip", "gunzip -c"),
        (b"\x28\xb5\x2f\xfd" + bytes(9), "compressed with zstd", "zstd -dc"),
        (zipped(parquet()), "a zip archive", "unzip"),
        (parquet()[:-9], "truncated Parquet file", "copy it again"),
        (b"PARE" + bytes(99) + b"PARE", "an encrypted Parquet file", "without encryption"),
        (b"Obj\x01" + bytes(9), "an Avro file", "avro extension"),
        (b'[{"a": "secret"}]', "JSON, not", "read_json("),
        (b'{"a":\n "secret"}', "JSON, not", "read_json("),
        (b'{"a": "secret"}\n{"a": "x"}\n', "JSON lines", "format = 'newline_delimited'"),
        (b"id,text\n1,secret\n", "CSV", "read_csv("),
        (b"secret words", "not a Parquet file", "convert it to Parquet"),
        (bytes(range(1, 200)), "not a Parquet file", "convert it to Parquet"),
    ],
)  # fmt: skip
def test_is_told_with_its_mend(tmp_path: Path, content: bytes, what: str, do: str) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    message = told(path)
    assert message.startswith(what)
    assert do in message.partition("; ")[2]


@pytest.mark.parametrize("kind", ["feather", "stream", "orc"])
def test_the_command_for_arrow_and_orc_converts(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a b's.parquet"
    if kind == "feather":
        pyarrow.feather.write_feather(TABLE, str(path))
    elif kind == "orc":
        pyarrow.orc.write_table(TABLE, str(path))
    else:
        with pa.ipc.new_stream(str(path), TABLE.schema) as out:
            out.write_table(TABLE)
    command = shlex.split(told(path).partition("convert it: ")[2])
    subprocess.run([sys.executable, *command[1:]], check=True)
    assert pq.read_table(command[-1]).equals(TABLE)


@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl", "it's $1.jsonl"])
@pytest.mark.parametrize("text", ['{"n": 1}\n{"n": 2}\n', "n,m\n1,x\n2,y\n"])
def test_the_command_for_text_converts(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    program, option, command = shlex.split(mend(path).partition("convert it: ")[2])
    assert (program, option) == ("duckdb", "-c")
    duckdb.execute(command)
    (out,) = set(tmp_path.iterdir()) - {path}
    assert pq.read_table(out)["n"].to_pylist() == [1, 2]


def test_databases_are_told(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.parquet") as one:
        one.execute("create table t (a)")
    assert "(TYPE sqlite)" in told(tmp_path / "a.parquet")
    with duckdb.connect(str(tmp_path / "b.parquet")) as other:
        other.execute("create table t (a int)")
    assert "a DuckDB database" in told(tmp_path / "b.parquet")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "an empty file, not JSON lines; copy it again"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a git-lfs pointer, not the file itself; run: git"),
        (b"<html>secret", "an HTML page, not JSON lines; download"),
        (gzip.compress(b"secret", mtime=0), "line 1 is not JSON; mend or remove it"),
        (gzip.compress(b"secret" * 9, mtime=0)[:-9], "damaged or cut off, as gzip file; copy it again"),
        (zipped(b""), "a zip archive, not JSON lines; unpack it"),
        (parquet(), "a Parquet file, not JSON lines; name it .parquet"),
        (b"n,m\n1,secret\n", "CSV, not JSON lines; convert it: duckdb -c"),
        (b"{secret\n", "line 1 is not JSON; mend or remove it"),
        (b'{"n": 1}\nsecret, words\n', "line 2 is not JSON; mend or remove it"),
    ],
)  # fmt: skip
def test_so_is_what_is_no_json_lines(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    assert told(path).startswith(what)


@pytest.mark.parametrize("name", ["a.parquet.gz", "a.parquet"])
def test_the_command_for_what_is_packed_makes_parquet(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(parquet(), mtime=0))
    command = told(path).partition(" it: ")[2]
    if command.startswith("duckdb"):
        duckdb.execute(shlex.split(command)[2])
    else:
        subprocess.run(command, shell=True, check=True)
    (out,) = set(tmp_path.iterdir()) - {path}
    assert ParquetRows(out).take([0], ["n"]) == [{"n": 1}]


@pytest.mark.parametrize("plain_footer", [True, False])
def test_encrypted_columns_are_told(tmp_path: Path, plain_footer: bool) -> None:
    """Arrow ends the process where it is asked about one."""

    class Keys(encryption.KmsClient):  # type: ignore[misc]
        def wrap_key(self, key_bytes: bytes, master_key_identifier: str) -> bytes:
            return base64.b64encode(key_bytes)

    properties = encryption.CryptoFactory(lambda _: Keys()).file_encryption_properties(
        encryption.KmsConnectionConfig(),
        encryption.EncryptionConfiguration(
            footer_key="a", column_keys={"b": ["n"]}, plaintext_footer=plain_footer
        ),
    )
    path = tmp_path / "a.parquet"
    pq.write_table(TABLE, path, encryption_properties=properties)
    assert "encrypt" in told(path)
    assert content(path).pieces == ()
    pq.write_table(TABLE, path)
    assert ParquetRows(path).num_rows == len(content(path).pieces) == 1
