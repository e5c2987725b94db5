"""Opening the database beside other programs: who has it open for writing, and what they left beside it.

A publication is one file. Whatever DuckDB keeps beside it, a log of changes above all, is another program's, and DuckDB
would read it into any file that bears the database's name, also into one that was published since.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import struct
import time
import uuid
from pathlib import Path

import duckdb

from logminer.errors import SecretError, StoreError, StudyHeld
from logminer.files.sealing import ENCRYPTION_MARK
from logminer.store.ddl import quoted
from logminer.store.encrypting import is_encrypted, look_with, unlock

__all__ = [
    "attach",
    "attach_alone",
    "logs",
    "refuse_if_held",
    "remove_logs",
    "state",
    "sweep_beside",
]

BESIDE = (".wal", ".wal.checkpoint", ".wal.recovery", ".tmp")  # DuckDB's own, behind a file's name
SEEN = ".seen"  # ends a second name of the database, that is there while it is being opened
LONG_S = 60.0  # no opening takes it
HEADERS = (4096, 8192)  # two, written in turn; a checksum, then how often the file was written to


def logs(path: Path) -> list[Path]:
    """What DuckDB left beside a file, if anything; of a link, beside what it leads to, for there DuckDB looks."""
    path = path.resolve()
    beside = (path.with_name(path.name + ending) for ending in BESIDE)
    return [left for left in beside if os.path.lexists(left)]


def remove_logs(path: Path) -> None:
    """Remove them."""
    for left in logs(path):
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()


def attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    """Attach a database by a name, for reading, with the log of changes that lies beside it.

    Raises:
        StudyHeld: another program has it open for writing.
        StoreError: it is none, or cannot be read.
        SecretError, ConfigError: it is encrypted, and the key is not at hand, or what it takes to use it.
    """
    key = unlock(connection, path)
    try:
        connection.execute(f"ATTACH '{quoted(path)}' AS {name} (READ_ONLY{key})")
    except duckdb.Error as error:
        if held := _held(path, error):
            raise held from None
        if not os.access(path, os.R_OK):
            raise StoreError(f"{path}: cannot be read (permission denied)") from None
        if not key and is_encrypted(path):
            raise SecretError(
                f"{path}: is encrypted, and nothing says with which key: put {ENCRYPTION_MARK} of its study beside it"
            ) from None
        raise StoreError(f"{path}: not a study database that this version can read") from None


def attach_alone(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> None:
    """The same, without that log: the database as it was published.

    Raises:
        StoreError: also where the log cannot be left out.
    """
    path = path.resolve()
    if not (found := logs(path)):
        attach(connection, path, name)
        return
    refuse_if_held(path)
    link = path.with_name(f".{path.name}.{uuid.uuid4().hex}{SEEN}")
    try:
        os.link(path, link)
    except OSError:
        raise StoreError(
            f"{path}: another program left {found[0].name} beside it, which would be read into it; delete that file,"
            " or run the pipeline again"
        ) from None
    try:
        attach(connection, link, name)
    finally:
        link.unlink(missing_ok=True)


def refuse_if_held(path: Path) -> None:
    """Nothing, where no program has the database open for writing.

    Raises:
        StudyHeld: one has.
    """
    if not path.is_file():
        return
    with duckdb.connect(":memory:") as connection:
        try:
            key = look_with(connection, path)
            connection.execute(f"ATTACH '{quoted(path)}' AS study (READ_ONLY{key})")
        except duckdb.Error as error:
            if held := _held(path, error):
                raise held from None


def sweep_beside(path: Path, older_s: float = LONG_S) -> None:
    """Remove second names of the database whose readers were killed; a younger one is perhaps just being opened."""
    for link in path.parent.glob(f".{path.name}.*{SEEN}"):
        if time.time() - link.lstat().st_ctime >= older_s:
            link.unlink(missing_ok=True)


def state(path: Path) -> int | None:
    """How often changes were folded into the file: it tells what was published from what was changed since.

    None where the file is no database. Of one that is encrypted, whose headers say nothing, a number that any change changes.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEADERS[1] + HEADERS[0])
        if is_encrypted(path):
            return int.from_bytes(hashlib.sha256(head).digest()[:7])
        return max(int(struct.unpack_from("<Q", head, at + 8)[0]) for at in HEADERS)
    except (OSError, struct.error):
        return None


def _held(path: Path, error: duckdb.Error) -> StudyHeld | None:
    """What DuckDB means by `error`, where that is that somebody writes."""
    said = str(error)
    if "already attached" in said:
        who = "this program"
    elif "Could not set lock" in said:
        found = re.search(r"PID (\d+)", said)
        who = f"another program (process {found[1]})" if found else "another program"
    else:
        return None
    return StudyHeld(
        f"{path}: {who} has it open for writing; close it there, or open it there read-only"
    )
