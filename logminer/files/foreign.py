"""What a file is that is no Parquet, and how it becomes one: told by its first bytes, without a word of its text."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import BinaryIO

from logminer.files.jsonread import TooDeep, read_json
from logminer.files.objects import AnyPath

__all__ = ["has_encrypted_columns", "mend", "mend_lines"]

HEAD_BYTES = 1 << 16
SIGNATURE_BYTES = 28  # behind a footer that can be read though columns are encrypted

_LFS = b"version https://git-lfs.github.com/spec"
_COMPRESSED = (
    (b"\x1f\x8b", "gzip", "gunzip -c"),
    (b"\x28\xb5\x2f\xfd", "zstd", "zstd -dc"),
    (b"BZh", "bzip2", "bunzip2 -c"),
    (b"\xfd7zXZ\x00", "xz", "xz -dc"),
    (b"\x04\x22\x4d\x18", "lz4", "lz4 -dc"),
)
_HTML = (b"<!doctype html", b"<html", b"<head", b"<body")


def mend(path: AnyPath) -> str:
    """On one line what the file is, and what to do about it.

    Raises:
        OSError: it cannot be read.
    """
    head = _head(path)
    return _binary(path, head) or _text(path, head) or "not a Parquet file; convert it to Parquet"


def mend_lines(path: AnyPath) -> str | None:
    """The same of a file that is named as JSON lines, and whose first line is none; None where it is JSON, or any text.

    Raises:
        OSError: it cannot be read.
    """
    head = _head(path)
    if head.startswith(b"PAR1"):
        return "a Parquet file, not JSON lines; name it .parquet"
    told = _binary(path, head) or _text(path, head)
    if told is None or told.startswith("JSON"):
        return None
    told = told.replace("not a Parquet file", "not JSON lines", 1)
    return told.replace("not the Parquet file itself", "not the file itself", 1)


def has_encrypted_columns(file: BinaryIO, footer_bytes: int) -> bool:
    """Whether a Parquet file has them, though its footer can be read.

    Arrow ends the whole process when it is asked about such a column, so that this has to be known before.

    Args:
        file: the file, opened; it is left elsewhere.
        footer_bytes: of what Arrow made of the footer.
    """
    file.seek(-8, os.SEEK_END)
    return int.from_bytes(file.read(4), "little") == footer_bytes + SIGNATURE_BYTES


def _head(path: AnyPath) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _binary(path: AnyPath, head: bytes) -> str | None:
    file, out = shlex.quote(str(path)), shlex.quote(_out(path))
    if not head:
        return "an empty file, not a Parquet file; copy it again, or remove it"
    if not head.strip(b"\0"):
        return "nothing but zeros, not a Parquet file; copy it again"
    for magic, name, command in _COMPRESSED:
        if head.startswith(magic):
            told = f"compressed with {name}, not a Parquet file"
            if (copy := _copy_of_text(path)) and name in ("gzip", "zstd"):
                return f"{told}; convert it: {_duckdb(copy)}"
            return f"{told}; decompress it: {command} {file} > {shlex.quote(_unpacked(path))}"
    if head.startswith(b"PK\x03\x04"):
        return f"a zip archive, not a Parquet file; unpack it: unzip {file}"
    if head[257:262] == b"ustar":
        return f"a tar archive, not a Parquet file; unpack it: tar -xf {file}"
    if head.startswith(b"PARE"):
        return "an encrypted Parquet file; write it anew without encryption"
    if head.startswith(b"PAR1"):
        return "truncated Parquet file (no footer); copy it again"
    if head.startswith((b"ARROW1", b"FEA1", b"\xff\xff\xff\xff")):
        name = "an Arrow IPC stream" if head[:1] == b"\xff" else "an Arrow IPC (Feather) file"
        read = (
            "pyarrow.ipc.open_stream(sys.argv[1]).read_all()"
            if head[:1] == b"\xff"
            else "pyarrow.feather.read_table(sys.argv[1])"
        )
        return f"{name}, not a Parquet file; convert it: {_python(read, file, out)}"
    if head.startswith(b"ORC"):
        read = "pyarrow.orc.read_table(sys.argv[1])"
        return f"an ORC file, not a Parquet file; convert it: {_python(read, file, out)}"
    if head.startswith(b"Obj\x01"):
        return "an Avro file, not a Parquet file; convert it with DuckDB's avro extension"
    if head.startswith(b"SQLite format 3\0"):
        attach = f"ATTACH {_sql(path)} AS s (TYPE sqlite); COPY s.TABLE_NAME TO {_sql(_out(path))}"
        return f"an SQLite database, not a Parquet file; convert a table of it: {_duckdb(attach)}"
    if head[8:12] == b"DUCK":
        attach = f"ATTACH {_sql(path)} AS s (READ_ONLY); COPY s.TABLE_NAME TO {_sql(_out(path))}"
        return f"a DuckDB database, not a Parquet file; convert a table of it: {_duckdb(attach)}"
    return None


def _text(path: AnyPath, head: bytes) -> str | None:
    if head.startswith(_LFS):
        folder = shlex.quote(str(path.parent))
        return f"a git-lfs pointer, not the Parquet file itself; run: git -C {folder} lfs pull"
    if b"/annex/objects/" in head[:200]:
        return "a git-annex pointer, not the Parquet file itself; run: git annex get"
    begin = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if begin[:20].lower().startswith(_HTML):
        return (
            "an HTML page, not a Parquet file; download the file itself (a login may be asked for)"
        )
    if begin.startswith((b"<?xml", b"<Error")):
        return "an XML document, not a Parquet file; if a server answered so, download it again"
    if begin.startswith((b"{", b"[")):
        what = "JSON lines" if _is_json_lines(begin) else "JSON"
        form = ", format = 'newline_delimited'" if what == "JSON lines" else ""
        copy = f"COPY (FROM read_json({_sql(path)}{form})) TO {_sql(_out(path))}"
        return f"{what}, not a Parquet file; convert it: {_duckdb(copy)}"
    first = begin.splitlines()[0] if begin else b""
    if b"\0" not in head and _is_utf8(head) and any(mark in first for mark in (b",", b";", b"\t")):
        copy = f"COPY (FROM read_csv({_sql(path)}, header = true)) TO {_sql(_out(path))}"
        return f"CSV, not a Parquet file; convert it: {_duckdb(copy)}"
    return None


def _copy_of_text(path: AnyPath) -> str | None:
    """What DuckDB does with a packed file whose name says what is in it."""
    inner = Path(path.stem).suffix.lower()
    if inner in (".json", ".jsonl", ".ndjson"):
        return f"COPY (FROM read_json({_sql(path)})) TO {_sql(_out(path))}"
    if inner in (".csv", ".tsv"):
        return f"COPY (FROM read_csv({_sql(path)}, header = true)) TO {_sql(_out(path))}"
    return None


def _is_json_lines(begin: bytes) -> bool:
    if begin.startswith(b"["):
        return False
    line, end, _ = begin.partition(b"\n")
    try:
        return isinstance(read_json(line), dict)
    except TooDeep:
        return True
    except ValueError:
        return not end  # a line so long that it ends behind what was read


def _is_utf8(head: bytes) -> bool:
    try:
        head[: -4 if len(head) == HEAD_BYTES else None].decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 8
    return True


def _out(path: AnyPath) -> str:
    """Another name than the file's own, and one that is found as Parquet."""
    stem = path.name
    while (short := Path(stem)).suffix and stem != short.stem:
        stem = short.stem
    out = path.with_name(f"{stem}.parquet")
    return str(out if out != path else path.with_name(f"{stem}.converted.parquet"))


def _unpacked(path: AnyPath) -> str:
    """The name without the packing; where it says nothing of it, another one with the same suffix."""
    if path.suffix.lower() in (".gz", ".gzip", ".zst", ".zstd", ".bz2", ".xz", ".lz4"):
        return str(path.with_suffix(""))
    return str(path.with_suffix(f".unpacked{path.suffix}"))


def _sql(path: AnyPath | str) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _duckdb(command: str) -> str:
    plain = not set('"$`\\!') & set(command)
    return f'duckdb -c "{command}"' if plain else f"duckdb -c {shlex.quote(command)}"


def _python(read: str, file: str, out: str) -> str:
    module = read.partition("(")[0].rpartition(".")[0]
    code = (
        f"import sys, {module}, pyarrow.parquet; pyarrow.parquet.write_table({read}, sys.argv[2])"
    )
    return f"python -c {shlex.quote(code)} {file} {out}"
