"""What a format may ask of a column before any of it is read."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import pyarrow as pa

__all__ = ["DIALOGUE", "TEXT", "TIME", "ColumnKind", "RecordList"]


class ColumnKind(Protocol):
    """A kind of column; `str()` of it says what such a column must be."""

    def fits(self, kind: pa.DataType) -> bool:
        """Whether a column of this Arrow type is of the kind."""
        ...


class RecordList(NamedTuple):
    """A list of records that have at least these fields, or where `or_json` the same as JSON text."""

    fields: tuple[str, ...]
    or_json: bool = False

    def fits(self, kind: pa.DataType) -> bool:
        if pa.types.is_list(kind) or pa.types.is_large_list(kind):
            record = kind.value_type
            return pa.types.is_struct(record) and all(
                record.get_field_index(name) >= 0 for name in self.fields
            )
        return self.or_json and _is_text(kind)

    def __str__(self) -> str:
        json = ", or the same as JSON text" if self.or_json else ""
        return f"a list of records with {' and '.join(self.fields)}{json}"


class _Text(NamedTuple):
    def fits(self, kind: pa.DataType) -> bool:
        return _is_text(kind)

    def __str__(self) -> str:
        return "text"


class _Time(NamedTuple):
    def fits(self, kind: pa.DataType) -> bool:
        return pa.types.is_timestamp(kind) or pa.types.is_date(kind) or _is_text(kind)

    def __str__(self) -> str:
        return "a timestamp, a date, or text such as ISO 8601"


DIALOGUE = RecordList(("role", "content"), or_json=True)  # as `read_messages` reads it
TEXT = _Text()
TIME = _Time()


def _is_text(kind: pa.DataType) -> bool:
    """Text in any of Arrow's layouts."""
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return str(kind) in ("string", "large_string", "string_view")
