"""Columns as Python values, whatever their Arrow type: no cell of a file can stop whoever reads it."""

from __future__ import annotations

import contextlib
import json
import re
import uuid
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["cells", "holds_values", "is_list", "is_text", "plain_type"]

PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
# What Python can hold, years 1 to 9999, in seconds and days from 1970.
FIRST_S, END_S = -62_135_596_800, 253_402_300_800
FIRST_DAY, END_DAY = -719_162, 2_932_897
FARTHEST = (1 << 63) - 1  # DuckDB's infinity, in whatever unit
DAY_S = 86_400
UUID_BYTES = 16
ZERO, CONTROLS = re.compile("\0"), re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
PLAIN = {"null", "bool", "double", "string", "large_string", "string_view"}
LISTS = (
    pa.types.is_list,
    pa.types.is_large_list,
    pa.types.is_fixed_size_list,
    pa.types.is_list_view,
    pa.types.is_large_list_view,
)


def cells(column: Any) -> list[Any]:
    """A column as Python values.

    JSON (the logical type) comes as what it holds, and as text where it is no JSON; bytes that are UTF-8 as text, the 16 of
    a UUID as its usual form (inside lists and records only where the type has that size: there, others are somebody's
    words in another encoding); a map as a dict; a time with a zone in UTC, one that Python cannot hold as None. Text and
    bytes that are not UTF-8 come as bytes, so that nobody takes them for text.
    """
    if isinstance(column, pa.ChunkedArray):
        return [value for chunk in column.chunks for value in _values(chunk)]
    return _values(column)


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type of the values, without the ways in which they are stored: dictionaries, extensions."""
    while True:
        if isinstance(kind, pa.BaseExtensionType):
            kind = kind.storage_type
        elif pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
            kind = kind.value_type
        else:
            return kind


def holds_values(array: Any) -> bool:
    """Whether a cell holds something: null is nothing, and so is a list of nothing."""
    if array.null_count == len(array):
        return False
    return not is_list(array.type) or holds_values(array.flatten())


def _values(array: Any, inside: bool = False) -> list[Any]:
    kind = array.type
    if _is_plain(kind):
        try:
            values: list[Any] = array.to_pylist()
            return values
        except UnicodeDecodeError:
            if not pa.types.is_nested(kind):
                return [_cell(array, i) for i in range(len(array))]
    if isinstance(kind, pa.BaseExtensionType):
        return _extension(array, inside)
    if pa.types.is_dictionary(kind):
        entries = _values(array.dictionary, inside)
        return [None if i is None else entries[i] for i in array.indices.to_pylist()]
    if pa.types.is_run_end_encoded(kind):
        return _values(pc.run_end_decode(array), inside)
    if pa.types.is_nested(kind):
        return _nested(array)
    if pa.types.is_timestamp(kind):
        return _timestamps(array)
    if pa.types.is_date(kind):
        return _dates(array)
    if pa.types.is_time(kind):
        return _times_of_day(array)
    if pa.types.is_duration(kind):
        return _durations(array)
    if pa.types.is_float16(kind) or pa.types.is_float32(kind):  # 0.1, not 0.10000000149
        return [None if v is None else float(str(np.float32(v))) for v in array.to_pylist()]
    if pa.types.is_fixed_size_binary(kind):
        return [_padded(value) for value in array.to_pylist()]
    if is_binary(kind):
        return [_decoded(value, may_be_uuid=not inside) for value in array.to_pylist()]
    rest: list[Any] = array.to_pylist()  # what no Parquet file holds
    return rest


def _is_plain(kind: pa.DataType) -> bool:
    """Whether Arrow itself gives what is wanted, which is quicker."""
    if isinstance(kind, pa.BaseExtensionType):
        return False
    if pa.types.is_struct(kind):
        names = {kind.field(i).name for i in range(kind.num_fields)}
        return len(names) == kind.num_fields and all(
            _is_plain(kind.field(i).type) for i in range(kind.num_fields)
        )
    if is_list(kind):
        return _is_plain(kind.value_type)
    return str(kind) in PLAIN or pa.types.is_integer(kind) or pa.types.is_decimal(kind)


def is_list(kind: pa.DataType) -> bool:
    """A list in any of Arrow's layouts; a map is none."""
    return any(is_one(kind) for is_one in LISTS)


def is_text(kind: pa.DataType) -> bool:
    """Text, or bytes that may be some, in any of Arrow's layouts; `kind` is plain, see `plain_type`."""
    is_string = str(kind) in ("string", "large_string", "string_view")
    return is_string or is_binary(kind) or pa.types.is_fixed_size_binary(kind)


def is_binary(kind: pa.DataType) -> bool:
    """Bytes of any length, in any of Arrow's layouts."""
    return bool(
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind)
    )


def _extension(array: Any, inside: bool) -> list[Any]:
    name = array.type.extension_name
    if name == "arrow.json":
        return [_json(value) for value in _values(array.storage)]
    if name == "arrow.uuid":
        stored = array.storage.to_pylist()
        return [None if value is None else _uuid(value) for value in stored]
    return _values(array.storage, inside)


def _json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _uuid(value: bytes) -> str:
    return str(uuid.UUID(bytes=value))


def _padded(value: bytes | None) -> Any:
    """Bytes of a fixed size: shorter text is filled up with zeros."""
    text = _decoded(value.rstrip(b"\0")) if value and value[0] else value
    return text if isinstance(text, str) else _decoded(value)


def _decoded(value: bytes | None, may_be_uuid: bool = True) -> Any:
    """Text where it is some, which nothing with zeros in it is; else a UUID where it may be one."""
    if value is None:
        return None
    as_uuid = may_be_uuid and len(value) == UUID_BYTES
    with contextlib.suppress(UnicodeDecodeError):
        text = value.decode()
        if not (CONTROLS if as_uuid else ZERO).search(text):
            return text
    return _uuid(value) if as_uuid else value


def _nested(array: Any) -> list[Any]:
    kind = array.type
    if pa.types.is_struct(kind):
        names = [kind.field(i).name for i in range(kind.num_fields)]
        columns = [_values(child, inside=True) for child in array.flatten()]
        rows = zip(*columns, strict=True) if columns else [()] * len(array)
        found: list[Any] = [dict(zip(names, row, strict=True)) for row in rows]
    elif pa.types.is_fixed_size_list(kind):
        n = kind.list_size
        values = _values(array.values.slice(array.offset * n, len(array) * n), inside=True)
        found = [values[i * n : i * n + n] for i in range(len(array))]
    elif pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind):
        values = _values(array.values, inside=True)
        spans = zip(array.offsets.to_pylist(), array.sizes.to_pylist(), strict=True)
        found = [values[start : start + size] for start, size in spans]
    elif pa.types.is_map(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind):
        offsets = array.offsets.to_pylist()
        first, end = offsets[0], offsets[-1]
        if pa.types.is_map(kind):
            keys, items = (
                _values(child.slice(first, end - first), inside=True)
                for child in (array.keys, array.items)
            )
            values = list(zip(keys, items, strict=True))
        else:
            values = _values(array.values.slice(first, end - first), inside=True)
        found = [values[offsets[i] - first : offsets[i + 1] - first] for i in range(len(array))]
        if pa.types.is_map(kind):
            found = [{_key(key): item for key, item in pairs} for pairs in found]
    else:
        found = array.to_pylist()
    if not array.null_count:
        return found
    valid = array.is_valid().to_pylist()
    return [value if there else None for value, there in zip(found, valid, strict=True)]


def _key(key: Any) -> Any:
    return key if isinstance(key, str) else repr(key)


def _within(array: Any, first: int, end: int) -> Any:
    """Whole numbers from `first` to before `end`; the others are null."""
    inside = pc.and_(pc.greater_equal(array, first), pc.less(array, end))
    return pc.if_else(inside, array, pa.scalar(None, array.type))


def _timestamps(array: Any) -> list[Any]:
    """In UTC where there is a zone, which need not be one that this machine knows: what is stored is UTC anyway."""
    kind = array.type
    per_s = PER_SECOND[kind.unit]
    first, end = max(FIRST_S * per_s, 1 - FARTHEST), min(END_S * per_s, FARTHEST)
    ticks = _within(array.view(pa.int64()), first, end)
    zone = "UTC" if kind.tz else None
    plain = ticks.cast(pa.timestamp(kind.unit, zone)).cast(pa.timestamp("us", zone), safe=False)
    values: list[Any] = plain.to_pylist()
    return values


def _dates(array: Any) -> list[Any]:
    if pa.types.is_date64(array.type):
        per_day = 1000 * DAY_S
        within = _within(array.view(pa.int64()), FIRST_DAY * per_day, END_DAY * per_day)
        days = within.cast(pa.timestamp("ms")).cast(pa.date32(), safe=False)
    else:
        days = _within(array.view(pa.int32()), FIRST_DAY, END_DAY).cast(pa.date32())
    values: list[Any] = days.to_pylist()
    return values


def _times_of_day(array: Any) -> list[Any]:
    whole = pa.int32() if pa.types.is_time32(array.type) else pa.int64()
    per_s = PER_SECOND[array.type.unit]
    ticks = _within(array.view(whole), 0, DAY_S * per_s).cast(pa.int64())
    in_us = _scaled(ticks, per_s)
    values: list[Any] = in_us.cast(pa.time64("us")).to_pylist()
    return values


def _durations(array: Any) -> list[Any]:
    per_s = PER_SECOND[array.type.unit]
    longest = (FARTHEST - 1) // max(1, 10**6 // per_s)  # that microseconds can hold, and Python
    ticks = _within(array.view(pa.int64()), -longest, longest)
    values: list[Any] = _scaled(ticks, per_s).cast(pa.duration("us")).to_pylist()
    return values


def _scaled(ticks: Any, per_s: int) -> Any:
    """As microseconds."""
    if per_s > 10**6:
        return pc.divide(ticks, per_s // 10**6)
    return pc.multiply(ticks, 10**6 // per_s)


def _cell(array: Any, i: int) -> Any:
    try:
        return array[i].as_py()
    except UnicodeDecodeError:
        return b""
