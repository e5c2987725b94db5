"""Values of any of DuckDB's types as plain ones: numbers, truth values and texts, the latter as DuckDB writes them.

Its own writing loses nothing where Python's types do: infinite times, years that Python has not, intervals of months.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

__all__ = ["Reader", "Shown", "shown_as"]

Reader = Callable[[Any], Any]

AS_THEY_ARE = frozenset(
    [
        "BOOLEAN",
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "UTINYINT",
        "USMALLINT",
        "UINTEGER",
        "UBIGINT",
        "FLOAT",
        "DOUBLE",
    ]
)
WHOLE = frozenset(["HUGEINT", "UHUGEINT", "BIGNUM", "VARINT"])
NESTED = ("STRUCT(", "MAP(", "UNION(")


class Shown(NamedTuple):
    """How a column is asked for, with its place for `{}`, and what is made of a value that is not null."""

    asked: str
    read: Reader

    def expression(self, place: int, most: int | None) -> str:
        """As a term of SELECT, at most `most` characters of a text."""
        term = self.asked.format(f"#{place}")
        cut = most is not None and self.read is str
        return f'left({term}, {most}) AS "c{place}"' if cut else f'{term} AS "c{place}"'


def shown_as(kind: str, as_json: bool) -> Shown:
    """How a column of DuckDB's type `kind` is shown."""
    text = "CAST({} AS VARCHAR)"
    if kind in AS_THEY_ARE:
        return Shown("{}", lambda value: value)
    if kind in WHOLE:
        return Shown(text, int)
    if kind.startswith("DECIMAL("):
        return Shown(text, float if as_json else Decimal)
    if as_json and (kind.endswith("]") or kind.startswith(NESTED)):
        return Shown("CAST(to_json({}) AS VARCHAR)", json.loads)
    return Shown(text, str)
