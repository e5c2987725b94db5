"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from logminer.errors import StoreError
from logminer.files.objects import AnyPath, ObjectPath
from logminer.files.sealing import encrypting, key_for, sealed

__all__ = [
    "FULL",
    "TEMPORARY",
    "disk_full",
    "replacing",
    "unfinished",
    "write_bytes",
    "write_parquet",
    "write_private",
    "write_text",
    "writing",
]

TEMPORARY = ".tmp"  # ends the name of a file that is being written; it begins with a dot
# One of a process that was killed, or what DuckDB kept beside it.
_UNFINISHED = re.compile(rf"\..+\.[0-9a-f]{{32}}{re.escape(TEMPORARY)}(\..+)?")
# No space, none left to this user, none for this file.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def disk_full(path: Path) -> StoreError:
    """What to say where `path` finds no space."""
    return StoreError(
        f"{path}: disk is full: free some space on {path.parent} and run again; what was finished is kept"
    )


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Says what is wrong where `path` cannot be written.

    Raises:
        StoreError: the disk is full, or it may not be written.
    """
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise disk_full(path) from None
        # What a library says may quote what was to be written.
        why = os.strerror(error.errno) if error.errno else type(error).__name__
        raise StoreError(f"{path}: cannot be written ({why})") from None


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Gives the name of a file to write; without an error it has replaced `path` at the end. Makes the folder.

    Raises:
        StoreError: see `writing`.
    """
    temporary = path.with_name(f".{path.stem}.{uuid.uuid4().hex}{TEMPORARY}")
    try:
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield temporary
            os.replace(temporary, path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def unfinished(folder: Path) -> list[Path]:
    """What was being written in a folder, not below it, in order. Whose process is gone left it: call it where nobody writes."""
    there = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in there if _UNFINISHED.fullmatch(path.name))


def write_parquet(
    table: pa.Table, path: AnyPath, *, over: bool = False, plain: bool = False
) -> None:
    """Write a table to one Parquet file, encrypted in a study that is; equal tables give equal bytes where it is not.

    Args:
        table: what is written.
        path: where to; a file that is there is replaced.
        over: so is an object.
        plain: it is handed out, wherever it lies.

    Raises:
        StoreError: see `writing`.
        FileExistsError: `path` is of an object store, there is one already, and it is not to be replaced.
        SecretError, ConfigError: see `files.sealing`.
    """
    options = {"compression": "zstd", **({} if plain else encrypting(path))}
    if isinstance(path, ObjectPath):
        buffer = pa.BufferOutputStream()
        pq.write_table(table, buffer, **options)
        path.put(buffer.getvalue().to_pybytes(), anyhow=over)
        return
    with replacing(path) as temporary:
        pq.write_table(table, temporary, **options)


def write_text(text: str, path: AnyPath, *, plain: bool = False) -> None:
    """Write a text to a file or an object, in the place of another; encrypted in a study that is.

    Args:
        text: what is written.
        path: of the file.
        plain: it holds nothing of the study, or is handed out.

    Raises:
        StoreError: see `writing`.
        SecretError, ConfigError: see `files.sealing`.
    """
    write_bytes(text.encode(), path, plain=plain)


def write_bytes(content: bytes, path: AnyPath, *, plain: bool = False) -> None:
    """The same of bytes."""
    content = content if plain else sealed(content, path)
    if isinstance(path, ObjectPath):
        path.put(content, anyhow=True)
        return
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_private(content: bytes, path: Path) -> None:
    """Write what a person fills in: nobody but the owner may read it, and it is on the disk before it is said to be.

    Raises:
        StoreError: see `writing`; or `path` lies in a study that is encrypted, where nothing is to be read by itself.
    """
    if key_for(path) is not None:
        raise StoreError(
            f"{path}: lies in an encrypted study, and people are to read it; name a place outside the study"
        )
    for left in path.parent.glob(
        f".{path.stem}.*{TEMPORARY}"
    ):  # by one that was killed: nobody else sweeps here
        left.unlink(missing_ok=True)
    with replacing(path) as temporary:
        handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
