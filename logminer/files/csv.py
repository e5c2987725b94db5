"""Files of labels: rows of Parquet, CSV or JSON lines, whatever tool wrote them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv

from logminer.errors import SourceError
from logminer.files.opening import open_table
from logminer.files.rows import Record, Rows

__all__ = ["CsvRows", "open_labels"]

CSV_BLOCK_BYTES = 1 << 24  # no row may be longer

BATCH_ROWS = 4096


def open_labels(file: Path) -> Rows | CsvRows:
    """A reader for the file, by its name.

    Raises:
        SourceError: missing, of another kind, or not what its name says.
    """
    suffix = file.suffix.lower()
    if suffix == ".csv":
        return CsvRows(file)
    if suffix in (".parquet", ".jsonl", ".ndjson"):
        return open_table(file)
    raise SourceError(f"{file}: labels come as .parquet, .csv, .jsonl or .ndjson; convert the file")


class CsvRows:
    """A CSV file with a header; every cell is text, so that an id such as 007 stays what it is."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._errors(), self._read(csv.open_csv) as reader:
            self.names: tuple[str, ...] = tuple(reader.schema.names)

    def scan(self, columns: Sequence[str]) -> Iterator[list[Record]]:
        """All rows in order, with the columns named; cells that are empty, or `NA` and the like, are None."""
        for batch in self._table(columns, nulls=True).to_batches(max_chunksize=BATCH_ROWS):
            yield batch.to_pylist()

    def table(self) -> pa.Table:
        """All rows and columns, every cell as it stands in the file."""
        return self._table(self.names, nulls=False)

    def _table(self, columns: Sequence[str], *, nulls: bool) -> pa.Table:
        options = csv.ConvertOptions(
            include_columns=columns,
            column_types=dict.fromkeys(self.names, pa.string()),
            strings_can_be_null=nulls,
        )
        with self._errors():
            return self._read(csv.read_csv, convert_options=options)

    def _read(self, reader: Callable[..., Any], **options: Any) -> Any:
        return reader(
            self._path,
            read_options=csv.ReadOptions(block_size=CSV_BLOCK_BYTES),
            parse_options=csv.ParseOptions(newlines_in_values=True),
            **options,
        )

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        """Arrow's own messages quote the row."""
        try:
            yield
        except FileNotFoundError:
            raise SourceError(f"{self._path}: no such file; check the path") from None
        except (OSError, pa.ArrowException):
            raise SourceError(
                f"{self._path}: cannot be read as CSV; it takes UTF-8, commas, and a header that names the columns"
            ) from None
