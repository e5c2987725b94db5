"""Arrow IPC: files (Feather) and streams."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import pyarrow as pa

from logminer.errors import SourceError
from logminer.files.objects import AnyPath, ObjectPath
from logminer.files.rows import BATCH_BYTES, BATCH_ROWS, Constants, Rows, repeated_in

__all__ = ["ArrowRows"]


class ArrowRows(Rows):
    """An Arrow file or stream, one group; a record batch of a file is mapped, not read, where it is not packed.

    Raises:
        SourceError: missing, or none.
    """

    def __init__(self, path: AnyPath, constants: Constants = ()) -> None:
        super().__init__(path, constants)
        with self._opened() as reader:
            self._schema: pa.Schema = reader.schema
        self.repeated = repeated_in(self._schema.names)

    @property
    def own_schema(self) -> pa.Schema:
        return self._schema

    @cached_property
    def group_rows(self) -> tuple[int, ...]:
        return (sum(batch.num_rows for batch in self._read()),)

    def _stream(self, columns: tuple[str, ...], group: int) -> Iterator[pa.RecordBatch]:
        for batch in self._read():
            chosen = batch.select(list(columns))
            per_row = max(1, chosen.nbytes // max(1, chosen.num_rows))
            step = max(1, min(BATCH_ROWS, BATCH_BYTES // per_row))
            for start in range(0, chosen.num_rows, step):
                yield chosen.slice(start, step)

    def _read(self) -> Iterator[pa.RecordBatch]:
        with self._opened() as reader:
            if hasattr(reader, "num_record_batches"):
                for number in range(reader.num_record_batches):
                    yield reader.get_batch(number)
            else:
                yield from reader

    def _source(self) -> Any:
        if isinstance(self.path, ObjectPath):
            return pa.PythonFile(self.path.open("rb"), "r")
        return pa.memory_map(str(self.path))

    @contextlib.contextmanager
    def _opened(self) -> Iterator[Any]:
        try:
            with self._source() as source:
                if source.read(6) == b"ARROW1":
                    yield pa.ipc.open_file(source)
                else:
                    source.seek(0)
                    yield pa.ipc.open_stream(source)
        except FileNotFoundError:
            raise SourceError(f"{self.path}: no such file; check the path") from None
        except (OSError, pa.ArrowException):
            raise SourceError(
                f"{self.path}: no Arrow IPC file, or a damaged one; copy it again"
            ) from None
