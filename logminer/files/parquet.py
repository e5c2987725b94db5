"""Parquet files: a row group of any size never lies in memory whole."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from logminer.errors import SourceError
from logminer.files.foreign import has_encrypted_columns, mend
from logminer.files.objects import AnyPath
from logminer.files.rows import BATCH_BYTES, BATCH_ROWS, Constants, Rows, repeated_in, together

__all__ = ["ParquetRows"]

BUFFER_BYTES = 1 << 20
LITTLE_BYTES = 64  # for who looks at a mark here and there, and may be far from the file
# Decoded at once. Rows come out a thousand times as large as they lie in the file, and no footer says so; so few at a
# time cost two millionths of a second a row.
DECODED_ROWS = 4


class ParquetRows(Rows):
    """A Parquet file; its groups are the row groups.

    Raises:
        SourceError: it is missing, none, damaged or encrypted.
    """

    def __init__(self, path: AnyPath, constants: Constants = ()) -> None:
        super().__init__(path, constants)
        self._file = _open_parquet(path)
        self._schema: pa.Schema = self._file.schema_arrow
        self.repeated = repeated_in(self._schema.names)
        metadata = self._file.metadata
        groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
        self._group_rows = tuple(group.num_rows for group in groups)
        self._leaves: dict[str, list[str]] = {}

    @property
    def own_schema(self) -> pa.Schema:
        return self._schema

    @property
    def group_rows(self) -> tuple[int, ...]:
        return self._group_rows

    def narrow(self, column: str, fields: Collection[str]) -> None:
        """Read of the records in a column these fields alone; of a column of another kind everything.

        The type of the column stays what it is in the file.
        """
        schema = self._file.metadata.schema
        paths = [path for i in range(len(schema)) if (path := schema.column(i).path)]
        own = [path for path in paths if path.startswith(f"{column}.")]
        kept = [path for path in own if _field(path.removeprefix(f"{column}.")) in fields]
        if kept and column in self._schema.names and pa.types.is_nested(self.type_of(column)):
            self._leaves[column] = kept

    def _stream(self, columns: tuple[str, ...], group: int) -> Iterator[pa.RecordBatch]:
        """Batches of at most BATCH_ROWS rows, and of little more than BATCH_BYTES unless a few rows are that large."""
        pending: list[pa.RecordBatch] = []
        rows = size = 0
        for batch in self._decoded(columns, group):
            pending.append(batch)
            rows, size = rows + batch.num_rows, size + batch.nbytes
            if rows + DECODED_ROWS > BATCH_ROWS or size >= BATCH_BYTES:
                yield from together(pending)
                pending, rows, size = [], 0, 0
        yield from together(pending)

    def _decoded(self, columns: tuple[str, ...], group: int) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._file.iter_batches(
                batch_size=DECODED_ROWS,
                row_groups=list(range(group, len(self._group_rows))),
                columns=[path for name in columns for path in self._leaves.get(name, [name])],
                use_threads=False,
            )
        except (OSError, pa.ArrowException):
            raise SourceError(f"{self.path}: damaged Parquet file; copy it again") from None


def _field(path: str) -> str:
    """The field of a record, of `list.element.role` or `role`: what Parquet calls the levels of a list is nobody's field."""
    parts = path.split(".")
    levels = ("list", "element", "bag", "array", "array_element", "item")
    return next((part for part in parts if part not in levels), parts[-1])


def _open_parquet(path: AnyPath) -> Any:
    try:
        with path.open("rb", buffering=LITTLE_BYTES) as file:
            head = file.read(4)
            file.seek(-min(4, file.seek(0, os.SEEK_END)), os.SEEK_END)
            tail = file.read(4)
        if head != b"PAR1" or tail != b"PAR1":
            raise SourceError(f"{path}: {mend(path)}")
        opened = pq.ParquetFile(
            path if isinstance(path, Path) else path.open("rb", buffering=LITTLE_BYTES),
            buffer_size=BUFFER_BYTES,
            pre_buffer=False,
            coerce_int96_timestamp_unit="us",  # in ns, which wraps, a 9999 comes as 1816
        )
        with path.open("rb", buffering=LITTLE_BYTES) as file:
            if has_encrypted_columns(file, opened.metadata.serialized_size):
                raise SourceError(
                    f"{path}: a Parquet file with encrypted columns; write it anew without encryption"
                )
        return opened
    except FileNotFoundError:
        raise SourceError(f"{path}: no such file; check the path") from None
    except (OSError, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None)
        raise SourceError(
            f"{path}: cannot be read ({reason})"
            if reason
            else f"{path}: damaged Parquet footer; copy the file again"
        ) from None
