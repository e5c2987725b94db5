"""Every text in a column or a JSON document, however deeply it is nested."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Leaf", "LeafPlace", "json_leaves", "leaves"]

Rows = npt.NDArray[np.int64]


class LeafPlace(NamedTuple):
    """Where a text stands: the first row, and in how many cells."""

    row: int
    n: int


class Leaf(NamedTuple):
    """The distinct texts of one leaf of a column; `is_text` is false for numbers and times written as text."""

    column: str  # path with dots: messages.content
    texts: list[str]
    is_text: bool
    numbers: npt.NDArray[np.int64]  # of each cell, the number of its text; −1 for null
    rows: Rows  # of each cell

    def place(self, text: int) -> LeafPlace:
        """Where the text with this number stands."""
        cells = np.flatnonzero(self.numbers == text)
        return LeafPlace(int(self.rows[cells[0]]), len(cells))


def leaves(column: str, array: pa.Array, rows: Rows) -> Iterator[Leaf]:
    """Texts, bytes, whole numbers and times of a column; keys and values of maps; no floating-point numbers.

    Args:
        column: its name.
        array: its cells.
        rows: the row number of each.
    """
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        yield from leaves(column, array.storage, rows)
    elif pa.types.is_dictionary(kind):
        yield from leaves(column, array.dictionary_decode(), rows)
    elif pa.types.is_struct(kind):
        for field, child in zip(kind, array.flatten(), strict=True):
            yield from leaves(f"{column}.{field.name}", child, rows)
    elif pa.types.is_map(kind):
        offsets = array.offsets.to_numpy()
        for name, child in (("key", array.keys), ("value", array.items)):
            inside = child.slice(offsets[0], offsets[-1] - offsets[0])
            yield from leaves(f"{column}.{name}", inside, np.repeat(rows, np.diff(offsets)))
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        if pa.types.is_floating(kind.value_type):  # a vector
            return
        offsets = array.offsets.to_numpy()
        inside = array.values.slice(offsets[0], offsets[-1] - offsets[0])
        yield from leaves(column, inside, np.repeat(rows, np.diff(offsets)))
    elif pa.types.is_nested(kind):  # unions, views and what may come
        for row, value in zip(rows.tolist(), array.to_pylist(), strict=True):
            for path, text in json_leaves(value, column):
                yield _leaf(path, pa.array([text]), np.array([row]), is_text=True)
    elif not (pa.types.is_floating(kind) or pa.types.is_null(kind) or pa.types.is_boolean(kind)):
        yield _leaf(column, *_as_text(array, rows))


def _as_text(array: pa.Array, rows: Rows) -> tuple[pa.Array, Rows, bool]:
    kind = array.type
    if str(kind) in ("string", "large_string"):
        return array, rows, True
    if str(kind) == "string_view":
        return array.cast(pa.large_string()), rows, True
    if "binary" in str(kind):
        values = [None if v is None else v.decode("utf-8", "replace") for v in array.to_pylist()]
        return pa.array(values, pa.large_string()), rows, True
    try:
        return pc.cast(array, pa.string()), rows, False
    except pa.ArrowException:
        values = [None if v is None else str(v) for v in array.to_pylist()]
        return pa.array(values, pa.string()), rows, False


def _leaf(column: str, array: pa.Array, rows: Rows, is_text: bool) -> Leaf:
    encoded = array.dictionary_encode()
    numbers = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return Leaf(column, _texts(encoded.dictionary), is_text, numbers, rows)


def _texts(array: pa.Array) -> list[str]:
    try:
        return [text or "" for text in array.to_pylist()]
    except UnicodeDecodeError:  # bytes in a column of text
        raw = array.cast(pa.large_binary()).to_pylist()
        return [(value or b"").decode("utf-8", "replace") for value in raw]


def json_leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(path, text) of every text, whole number and key in a value as `json.loads` gives it, and in JSON inside texts."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield path, str(key)
            yield from json_leaves(item, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from json_leaves(item, path)
    elif isinstance(value, bytes):
        yield path, value.decode("utf-8", "replace")
    elif value is not None and not isinstance(value, bool | float):
        yield path, str(value)
        if isinstance(value, str) and value[:1] in ("{", "["):
            with contextlib.suppress(ValueError, RecursionError):
                yield from json_leaves(json.loads(value), path)
