"""A hash of what a table says, however it is laid out: chunks, offsets, dictionaries and compression leave no trace."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pyarrow as pa

__all__ = ["table_digest"]


def table_digest(table: pa.Table) -> str:
    """64 hex characters of the table's columns: their names, types and decoded values. Metadata is no part of it.

    Raises:
        TypeError: a column is of a type that no part has.
    """
    digest = hashlib.sha256(str(table.num_rows).encode())
    for name, column in zip(table.column_names, table.columns, strict=True):
        chunks = column.combine_chunks()
        array = chunks if isinstance(chunks, pa.Array) else pa.concat_arrays(chunks.chunks)
        digest.update(f"\0{name}\0".encode())
        _add(digest, array)
    return digest.hexdigest()


def _add(digest: Any, array: Any) -> None:
    """Take in an array of one of the types that parts have: which cells are null, then what the others hold."""
    kind, there = array.type, array.is_valid()
    # Arrow names the cells of a list as whoever wrote them did.
    digest.update(f"\0{kind.id if pa.types.is_nested(kind) else kind}\0".encode())
    digest.update(np.packbits(there.to_numpy(zero_copy_only=False)).tobytes())
    if array.null_count:
        array = array.filter(there)
    if pa.types.is_struct(kind):
        for field, child in zip(kind, array.flatten(), strict=True):
            digest.update(f"\0{field.name}\0".encode())
            _add(digest, child)
    elif pa.types.is_list(kind) or pa.types.is_map(kind):
        at = array.offsets.to_numpy()
        digest.update(np.diff(at).tobytes())
        _add(digest, array.values[int(at[0]) : int(at[-1])])
    elif pa.types.is_string(kind) or pa.types.is_binary(kind):
        _, offsets, data = array.buffers()
        at = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
        digest.update(np.diff(at).tobytes())
        digest.update(memoryview(data)[int(at[0]) : int(at[-1])] if data else b"")
    elif not pa.types.is_primitive(kind):
        raise TypeError(f"{kind} is no type of a part's column")
    else:
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
            array = array.cast(pa.int8() if pa.types.is_boolean(kind) else pa.int64())
        digest.update(array.to_numpy(zero_copy_only=False).tobytes())
