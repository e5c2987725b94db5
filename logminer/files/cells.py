"""Columns as Python values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

__all__ = ["cells"]


def cells(column: Any) -> list[Any]:
    """A column as Python values. Text that is not UTF-8 comes as bytes, so that nobody takes it for text."""
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        column = column.cast(pa.timestamp("us", tz=kind.tz), safe=False)
    if pa.types.is_float16(kind) or pa.types.is_float32(kind):  # 0.1, not 0.10000000149
        return [None if v is None else float(str(np.float32(v))) for v in column.to_pylist()]
    try:
        values: list[Any] = column.to_pylist()
    except UnicodeDecodeError:
        values = [_cell(column, i) for i in range(len(column))]
    return values


def _cell(column: Any, i: int) -> Any:
    try:
        return column[i].as_py()
    except UnicodeDecodeError:
        return b""
