"""How much text there is in the cells of a column."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from logminer.files.cells import is_list, is_text

__all__ = ["text_bytes"]


def text_bytes(array: Any) -> npt.NDArray[np.int64]:
    """Bytes of all text in each cell, shape [rows]; 0 for null."""
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return text_bytes(array.storage)
    if pa.types.is_dictionary(kind):
        return text_bytes(array.dictionary_decode())
    if pa.types.is_struct(kind):
        sizes = [text_bytes(child) for child in array.flatten()]
        return sum(sizes, np.zeros(len(array), np.int64))
    if is_list(kind) or pa.types.is_map(kind):
        starts, ends, inside = _spans(array)
        until = np.concatenate([[0], np.cumsum(inside)])
        sizes_of_lists: npt.NDArray[np.int64] = until[ends] - until[starts]
        return np.where(array.is_valid().to_numpy(zero_copy_only=False), sizes_of_lists, 0)
    if is_text(kind):
        if str(kind).endswith("_view"):
            array = array.cast(pa.large_binary())
        lengths = pc.fill_null(pc.binary_length(array), 0)
        return np.asarray(lengths.to_numpy(zero_copy_only=False), np.int64)
    return np.zeros(len(array), np.int64)


class _Spans(NamedTuple):
    """Where each list begins and ends among the values of all, and the bytes of text in each value."""

    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    inside: npt.NDArray[np.int64]


def _spans(array: Any) -> _Spans:
    kind = array.type
    if pa.types.is_fixed_size_list(kind):
        starts = (array.offset + np.arange(len(array))) * kind.list_size
        return _Spans(starts, starts + kind.list_size, text_bytes(array.values))
    offsets = array.offsets.to_numpy(zero_copy_only=False)
    if pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind):
        sizes = array.sizes.to_numpy(zero_copy_only=False)
        return _Spans(offsets, offsets + sizes, text_bytes(array.values))
    if pa.types.is_map(kind):
        return _Spans(offsets[:-1], offsets[1:], text_bytes(array.keys) + text_bytes(array.items))
    return _Spans(offsets[:-1], offsets[1:], text_bytes(array.values))
