"""What a format may ask of a column before any of it is read."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import pyarrow as pa

from logminer.files.cells import is_list, is_text, plain_type
from logminer.messages.forms import CASES
from logminer.messages.message import CONTENTS
from logminer.messages.roles import SPEAKERS

__all__ = ["DIALOGUE", "RECORD", "SAID", "TEXT", "TIME", "ColumnKind", "RecordList"]


class ColumnKind(Protocol):
    """A kind of column; `str()` of it says what such a column must be."""

    def fits(self, kind: pa.DataType) -> bool:
        """Whether a column of this Arrow type is of the kind. One without a value in it is of every kind."""
        ...


class RecordList(NamedTuple):
    """A list of records that have at least these fields, or where `or_json` the same as JSON text.

    A field is named `a|b` where either will do.
    """

    fields: tuple[str, ...]
    or_json: bool = False

    def fits(self, kind: pa.DataType) -> bool:
        kind = plain_type(kind)
        if is_list(kind):
            return self._is_record(kind.value_type)
        return pa.types.is_null(kind) or (self.or_json and is_text(kind))

    def _is_record(self, kind: pa.DataType) -> bool:
        if isinstance(kind, pa.BaseExtensionType) and kind.extension_name == "arrow.json":
            return True
        kind = plain_type(kind)
        if pa.types.is_struct(kind):
            named = (field.split("|") for field in self.fields)
            return all(any(kind.get_field_index(n) >= 0 for n in names) for names in named)
        if pa.types.is_map(kind):
            return is_text(plain_type(kind.key_type))
        return bool(pa.types.is_null(kind))

    def __str__(self) -> str:
        json = ", or the same as JSON text" if self.or_json else ""
        names = (field.split("|")[0] for field in self.fields)
        return f"a list of records with {' and '.join(names)}{json}"


class _Text(NamedTuple):
    def fits(self, kind: pa.DataType) -> bool:
        kind = plain_type(kind)
        return pa.types.is_null(kind) or is_text(kind)

    def __str__(self) -> str:
        return "text"


class _Record(NamedTuple):
    def fits(self, kind: pa.DataType) -> bool:
        kind = plain_type(kind)
        nested = pa.types.is_struct(kind) or pa.types.is_map(kind)
        return nested or TEXT.fits(kind)

    def __str__(self) -> str:
        return "a record, or the same as JSON text"


class _Said(NamedTuple):
    def fits(self, kind: pa.DataType) -> bool:
        return TEXT.fits(kind) or DIALOGUE.fits(kind)

    def __str__(self) -> str:
        return "text, or a list of messages"


class _Time(NamedTuple):
    def fits(self, kind: pa.DataType) -> bool:
        kind = plain_type(kind)
        fitting = (
            pa.types.is_null,
            pa.types.is_timestamp,
            pa.types.is_date,
            pa.types.is_integer,
            pa.types.is_floating,
            pa.types.is_decimal,
        )
        return is_text(kind) or any(is_one(kind) for is_one in fitting)

    def __str__(self) -> str:
        return "a timestamp, a date, a number of seconds (or ms, µs, ns) since 1970, or text such as ISO 8601"


# As `read_messages` reads it.
DIALOGUE = RecordList(("|".join(SPEAKERS), "|".join((*CONTENTS, *CASES))), or_json=True)
TEXT = _Text()
SAID = _Said()
RECORD = _Record()
TIME = _Time()
