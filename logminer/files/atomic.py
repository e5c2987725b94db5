"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["TEMPORARY", "write_parquet", "write_text"]

TEMPORARY = ".tmp"  # ends the name of a file that is being written; it begins with a dot


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write a table to one Parquet file, and make its folder; equal tables give equal bytes."""
    temporary = _beside(path)
    try:
        pq.write_table(table, temporary, compression="zstd")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(text: str, path: Path) -> None:
    """Write a text to a file, and make its folder."""
    temporary = _beside(path)
    try:
        temporary.write_text(text, "utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".{path.stem}.{uuid.uuid4().hex}{TEMPORARY}")
