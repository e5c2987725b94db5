"""A segment as a file: Parquet that is written group by group and never changed.

Of an encrypted study DuckDB writes and reads it itself, for it cannot read what Arrow encrypts; a segment is in memory then
until it is whole.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from logminer.files.objects import AnyPath
from logminer.files.sealing import FileKey, is_encrypted_parquet, key_for
from logminer.schemas import EMBEDDINGS
from logminer.store.ddl import parquet_scan, quoted
from logminer.store.encrypting import unlocked
from logminer.store.layout import StudyFolder
from logminer.store.parts import open_part

__all__ = [
    "GROUP",
    "SegmentRows",
    "is_readable",
    "open_table",
    "read_segment",
    "rows_in",
    "scan_segments",
    "writing_segment",
]

GROUP = 8_192  # rows that are read together


class SegmentRows(Protocol):
    """A segment that is being written."""

    def add(self, rows: pa.Table) -> int:
        """Bytes that it has by now, about."""

    def close(self) -> None:
        """It is whole."""


def writing_segment(path: Path) -> SegmentRows:
    """A new one.

    Raises:
        SecretError, ConfigError, StoreError: see `files.sealing.key_for` and `store.encrypting`.
    """
    key = key_for(path)
    return _PlainRows(path) if key is None else _EncryptedRows(path, key)


class _PlainRows:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = pq.ParquetWriter(
            path,
            EMBEDDINGS.schema,
            compression="zstd",
            use_dictionary=["channel"],
            use_byte_stream_split=["vector.list.element"],
            write_page_checksum=True,
        )

    def add(self, rows: pa.Table) -> int:
        self._file.write_table(rows, row_group_size=2 * GROUP)
        return self._path.stat().st_size

    def close(self) -> None:
        self._file.close()


class _EncryptedRows:
    def __init__(self, path: Path, key: FileKey) -> None:
        self._path, self._key = path, key
        self._rows: list[pa.Table] = []

    def add(self, rows: pa.Table) -> int:
        self._rows.append(rows)
        return sum(table.nbytes for table in self._rows)

    def close(self) -> None:
        with unlocked(self._key) as connection:
            connection.register("incoming", pa.concat_tables(self._rows))
            connection.execute(
                f"COPY incoming TO '{quoted(self._path)}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {2 * GROUP},"
                f" ENCRYPTION_CONFIG {{footer_key: '{self._key.check}'}})"
            )


def scan_segments(files: list[Path]) -> str:
    """What stands behind FROM to read them as one table, on a connection that `store.encrypting.unlock` was called for."""
    return parquet_scan(files, key.check if (key := key_for(files[0])) else None)


def rows_in(path: Path) -> int:
    """How many rows it has; see `read_segment`."""
    if (key := key_for(path)) is None:
        return int(pq.read_metadata(path).num_rows)
    with unlocked(key) as connection:
        (row,) = connection.execute(f"SELECT count(*) FROM {scan_segments([path])}").fetchall()
    return int(row[0])


def read_segment(path: Path) -> pa.Table:
    """All of it.

    Raises:
        OSError, pa.ArrowException, duckdb.Error: it is damaged, or not there.
    """
    if (key := key_for(path)) is None:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            return file.read()
    with unlocked(key) as connection:
        query = f"SELECT * FROM {scan_segments([path])}"
        return connection.execute(query).to_arrow_table().cast(EMBEDDINGS.schema)


def open_table(path: AnyPath) -> Any:
    """A part, or a segment, which is read whole where it is encrypted.

    Raises:
        OSError, pa.ArrowException, duckdb.Error: it is damaged, or not there.
        SecretError, StoreError: see `files.sealing.key_for`.
    """
    if (
        not isinstance(path, Path)
        or path.parent.name != StudyFolder(path).vectors.name
        or not is_encrypted_parquet(path)
    ):
        return open_part(path)
    plain = pa.BufferOutputStream()
    pq.write_table(read_segment(path), plain)
    return pq.ParquetFile(pa.BufferReader(plain.getvalue()))


def is_readable(path: Path) -> bool:
    """Whether it is whole."""
    try:
        if key_for(path) is not None:
            read_segment(path)
            return True
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            for _ in file.iter_batches(GROUP):
                pass
    except (OSError, pa.ArrowException, duckdb.Error):
        return False
    return True
