"""Parts: Parquet files that are the unit of work and of resume.

A part is written under a temporary name in its own folder and renamed. If it exists, it is done: there is no second
mark. Its name is the hash of the source file and its first row, so a new file shifts no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from logminer.errors import StoreError
from logminer.files.atomic import TEMPORARY, write_parquet
from logminer.schemas import Table

__all__ = ["PartFile", "PartFolder", "sweep"]


class PartFile(NamedTuple):
    """A finished part."""

    path: Path

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """All its rows; of some columns only, where text need not be touched."""
        try:
            with pq.ParquetFile(self.path) as file:
                return file.read(columns=None if columns is None else list(columns))
        except (OSError, pa.ArrowException):
            raise StoreError(
                f"{self.path}: damaged part; delete the file and run again to compute it anew"
            ) from None

    def counts(self) -> tuple[int, int, int]:
        """(rows in, rows out, rejected), from the footer alone."""
        try:
            with pq.ParquetFile(self.path) as file:
                metadata = file.schema_arrow.metadata or {}
                return int(metadata[b"rows_in"]), file.metadata.num_rows, int(metadata[b"rejected"])
        except (OSError, KeyError, pa.ArrowException):
            raise StoreError(
                f"{self.path}: damaged part; delete the file and run again to compute it anew"
            ) from None


class PartFolder(NamedTuple):
    """The parts of one stage with one fingerprint: `parts/<label>-<fingerprint>/<source hash>-<first row>.parquet`."""

    root: Path
    label: str
    fingerprint: str

    @property
    def path(self) -> Path:
        return self.root / f"{self.label}-{self.fingerprint}"

    def file(self, part: str) -> Path:
        """Where the part is, or will be."""
        return self.path / f"{part}.parquet"

    def parts(self) -> list[str]:
        """Names of the finished parts, sorted."""
        return sorted(p.stem for p in self.path.glob("*.parquet") if not p.name.startswith("."))


def write(
    path: Path,
    data: pa.Table,
    table: Table,
    *,
    rows_in: int,
    rejected: int,
    extra: tuple[tuple[str, str], ...] = (),
) -> None:
    """Write a part whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = table.schema
    counts = {"rows_in": str(rows_in), "rejected": str(rejected), **dict(extra)}
    metadata = {**(schema.metadata or {}), **{k.encode(): v.encode() for k, v in counts.items()}}
    write_parquet(data.cast(schema).replace_schema_metadata(metadata), path)


def sweep(root: Path) -> int:
    """Remove temporary files that a killed run left; the number removed. Call it under the study's lock."""
    leftovers = list(_temporary_files(root))
    for path in leftovers:
        path.unlink(missing_ok=True)
    return len(leftovers)


def _temporary_files(root: Path) -> Iterator[Path]:
    for folder in ("*", "*/.chunks"):
        yield from root.glob(f"{folder}/.*{TEMPORARY}")
