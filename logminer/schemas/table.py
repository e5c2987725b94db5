"""A documented table: one description gives Arrow schema, SQL columns and documentation."""

from __future__ import annotations

from typing import Literal, NamedTuple

import pyarrow as pa

__all__ = [
    "ANSWER_SIGN",
    "ATTRIBUTES",
    "FLOAT",
    "FOUND",
    "INTEGER",
    "LOGGED_ANSWER",
    "MESSAGE",
    "OBJECTION",
    "REDACTION",
    "ROLES",
    "TEXT",
    "TEXTS",
    "TIME",
    "VOTER",
    "Aside",
    "Column",
    "Table",
]

Privacy = Literal["raw", "pseudonymised"]

TEXT, INTEGER, FLOAT = pa.string(), pa.int32(), pa.float64()
TIME = pa.timestamp("us", tz="UTC")
TEXTS = pa.list_(TEXT)
ATTRIBUTES = pa.map_(pa.string(), pa.string())

ROLES = ("system", "user", "assistant", "tool")  # of a message
MESSAGE = pa.struct(
    [
        pa.field("role", TEXT),
        pa.field("content", TEXT),
        pa.field("thoughts", TEXT),
        pa.field("name", TEXT),
        pa.field("tool_calls", TEXT),
        pa.field("tool_call_id", TEXT),
    ]
)
_ENDED = [  # how an answer in the log ended
    pa.field("finish_reason", TEXT),
    pa.field("error", TEXT),  # a code
    pa.field("withheld", pa.bool_()),
]
ANSWER_SIGN = pa.struct([pa.field("message_index", INTEGER), *_ENDED])
LOGGED_ANSWER = pa.struct([*_ENDED, pa.field("called", pa.bool_())])
REDACTION = pa.struct(
    [
        pa.field("message_index", INTEGER),
        pa.field("field", TEXT),
        pa.field("entity_type", TEXT),
        pa.field("start", INTEGER),
        pa.field("end", INTEGER),
    ]
)
FOUND = pa.struct(  # one way in which a value of the conversation may be written
    [
        pa.field("digest", pa.binary()),  # keyed, of the conversation
        pa.field("entity_type", TEXT),
        pa.field("form", TEXT),
        pa.field("length", INTEGER),  # letters and digits
        pa.field("number", INTEGER),  # of the value among those of its type
        pa.field("draw", INTEGER),  # that gave a name its surrogate; -1: none
    ]
)
OBJECTION = pa.struct(  # what stands against a headline
    [
        pa.field("suite", TEXT),
        pa.field("category_id", TEXT),
        pa.field("scorer", TEXT),
        pa.field("channel", TEXT),
        pa.field("stratum", TEXT),
        pa.field("differs", pa.bool_()),
        pa.field("reason", TEXT),
        pa.field("why", TEXT),
    ]
)
VOTER = pa.struct([pa.field("judge", TEXT), pa.field("answered_by", TEXT)])


class Column(NamedTuple):
    """One column: `doc` gives meaning, unit and range; `null` says what null means ('' = never null).

    `internal`: parts have it, `study.duckdb` does not. `derived`: the other way round, since it takes the rows of all
    parts to say it.
    """

    name: str
    type: pa.DataType
    doc: str
    null: str = ""
    internal: bool = False
    derived: bool = False


class Aside(NamedTuple):
    """Rows of a table's parts that are published in one of their own: those whose `column` ends in `suffix`, without it.

    `table` has the same columns.
    """

    column: str
    suffix: str
    table: Table


class Table(NamedTuple):
    """A documented table; `.schema` is what its parts hold.

    `beside`: its rows lie beside `study.duckdb` and not in it: see `store.vectors`.
    """

    name: str
    doc: str
    columns: tuple[Column, ...]
    privacy: Privacy = "pseudonymised"
    key: tuple[str, ...] = ()  # columns that together name a row; empty: the first one does
    aside: Aside | None = None
    beside: bool = False

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of the parts, with the privacy mark in its metadata."""
        parts = [c for c in self.columns if not c.derived]
        fields = [pa.field(c.name, c.type, nullable=bool(c.null)) for c in parts]
        return pa.schema(
            fields, metadata={b"privacy": self.privacy.encode(), b"table": self.name.encode()}
        )

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The columns that together name a row."""
        return self.key or (self.columns[0].name,)

    @property
    def published(self) -> tuple[Column, ...]:
        """The columns that reach `study.duckdb`."""
        return tuple(c for c in self.columns if not c.internal)

    @property
    def loaded(self) -> tuple[Column, ...]:
        """Those of them that parts have."""
        return tuple(c for c in self.published if not c.derived)
