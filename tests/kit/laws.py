"""A stage computed by hand, and how two results are held to be the same."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from logminer.stages import base as stage

__all__ = ["compute", "same"]


def compute(opened: stage.Transform, primary: pa.Table, sides: dict[str, pa.Table]) -> pa.Table:
    batch = next(iter(primary.combine_chunks().to_batches()), None)
    if batch is None:
        batch = pa.RecordBatch.from_pylist([], schema=primary.schema)
    return pa.Table.from_batches([opened(batch, **sides)])


def same(one: pa.Table, two: pa.Table) -> bool:
    """Equal, vectors and scores to 1e-5."""
    for name in one.column_names:
        a, b = one[name].combine_chunks(), two[name].combine_chunks()
        if name == "vector":
            a, b = a.flatten(), b.flatten()
        if pa.types.is_floating(a.type):
            if not np.allclose(a.to_numpy(False), b.to_numpy(False), atol=1e-5, equal_nan=True):
                return False
        elif a.to_pylist() != b.to_pylist():
            return False
    return True
