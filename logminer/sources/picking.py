"""Rows that have what `where` of a source says, and what is said where none has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from logminer.errors import SourceError, did_you_mean, is_plain_name, listed
from logminer.files.rows import Rows
from logminer.messages.text import text_of

__all__ = ["nothing_picked", "picked_in"]

MOST_VALUES = 12  # of a column that are told; a column with more may hold anything


def picked_in(
    rows: Rows, where: Mapping[str, Any], columns: Collection[str]
) -> npt.NDArray[np.bool_]:
    """Which rows have what `where` says; shape [rows].

    Args:
        rows: of a file.
        where: column → value.
        columns: those that may be named.

    Raises:
        SourceError: there is no such column.
    """
    for column in where:
        if column not in columns:
            hint = did_you_mean(column, columns, f"it has {listed(columns)}")
            raise SourceError(f"{rows.path}: source.where: no column '{column}'; {hint}")
    wanted = {column: text_of(value) for column, value in where.items()}
    return np.array(
        [
            all(text_of(record[column]) == value for column, value in wanted.items())
            for batch in rows.scan(list(wanted))
            for record in batch
        ],
        bool,
    )


def nothing_picked(path: str, tables: Iterable[Rows], where: Mapping[str, Any]) -> str | None:
    """What is said of a dump none of whose rows has what `where` says; None: it has no rows at all."""
    values: dict[str, set[str | None]] = {column: set() for column in where}
    for rows in tables:
        for batch in rows.scan(list(where)):
            for record in batch:
                for column, held in values.items():
                    if len(held) <= MOST_VALUES:
                        held.add(text_of(record[column]))
    if not all(values.values()):
        return None
    asked = ", ".join(f"{column}: {text_of(value)}" for column, value in where.items())
    has = "; ".join(f"{column} has {_told(held)}" for column, held in values.items())
    return f"{path}: source.where: no row has {{{asked}}}; {has}"


def _told(values: Collection[str | None]) -> str:
    if len(values) > MOST_VALUES:
        return f"more than {MOST_VALUES} values"
    words = [value or "null" for value in values]
    plain = sorted((word for word in words if is_plain_name(word)), key=lambda w: (len(w), w))
    rest = len(words) - len(plain)
    return ", ".join([*plain, *([f"{rest} that may be texts"] if rest else [])])
