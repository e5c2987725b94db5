"""The result of a query as a file: restricted, as the study is."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from logminer.errors import QueryError, StoreError
from logminer.files.atomic import replacing
from logminer.process.permissions import OWNER
from logminer.store.session import Session

__all__ = ["save_parquet"]

NOTICE = {"not_released": "from a restricted study: hand on only what `logminer release` makes"}


def save_parquet(session: Session, query: str, path: Path, limit: int | None = None) -> int:
    """Write what `query` finds to a new Parquet file that only its owner can read; the number of rows.

    Args:
        session: the study.
        query: see `Session.sql`.
        path: of the file, which is there whole or not at all.
        limit: rows; None: all.

    Raises:
        QueryError: see `Session.stream`, or two columns have one name, or a type that Parquet has not.
        StoreError: the file is there already, or cannot be written.
    """
    if path.exists():
        raise StoreError(f"{path}: is there already; name another file, or remove it")
    found, n = session.arrow(query, limit), 0
    names = found.schema.names
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise QueryError(f"two columns are called '{twice}': give one another name with AS")
    with OWNER.hold(), replacing(path) as temporary:
        try:
            schema = found.schema.with_metadata(NOTICE)
            with pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
                for batch in found.batches:
                    writer.write_batch(batch)
                    n += batch.num_rows
        except pa.ArrowNotImplementedError:
            raise QueryError(
                "a column has a type that Parquet has not: take it as text, with CAST(… AS VARCHAR)"
            ) from None
    return n
