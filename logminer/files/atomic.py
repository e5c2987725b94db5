"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["TEMPORARY", "replacing", "write_parquet", "write_private", "write_text"]

TEMPORARY = ".tmp"  # ends the name of a file that is being written; it begins with a dot


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Gives the name of a file to write; without an error it has replaced `path` at the end. Makes the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{uuid.uuid4().hex}{TEMPORARY}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write a table to one Parquet file; equal tables give equal bytes."""
    with replacing(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def write_text(text: str, path: Path) -> None:
    """Write a text to a file."""
    with replacing(path) as temporary:
        temporary.write_text(text, "utf-8")


def write_private(content: bytes, path: Path) -> None:
    """Write what a person fills in: nobody but the owner may read it, and it is on the disk before it is said to be."""
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
