"""What is kept of a dump beside its dialogues: a column, a field inside one, or what a format makes of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from logminer.errors import ConfigError, SourceError, did_you_mean
from logminer.files.naming import listed
from logminer.files.rows import Rows
from logminer.messages.calls import parsed

__all__ = ["Attribute", "Kept", "kept_in"]


class Attribute(NamedTuple):
    """An attribute that a format makes of one of its columns."""

    column: str
    of: Callable[[Any], Any]  # a cell → text, number, truth or None


class Kept(NamedTuple):
    """An attribute that is kept: `source.keep` has its name, a file has its column."""

    name: str
    column: str
    inside: tuple[str, ...] = ()  # names of fields inside its records
    made: Callable[[Any], Any] | None = None

    def of(self, cells: Iterable[Any]) -> list[Any]:
        """The attribute of each row, given the cells of its column; lists and records come as they are."""
        return [self._of(cell) for cell in cells]

    def _of(self, cell: Any) -> Any:
        if self.made is not None:
            return self.made(cell)
        for name in self.inside:
            cell = parsed(cell)
            cell = cell.get(name) if isinstance(cell, dict) else None
        return cell


def kept_in(
    rows: Rows, wanted: Sequence[str], attributes: Mapping[str, Attribute], names: Mapping[str, str]
) -> tuple[Kept, ...]:
    """What `source.keep` means in a file.

    Args:
        rows: the file.
        wanted: the names in `source.keep`: a column, `column.field` inside its records, or one of `attributes`.
        attributes: what the format makes.
        names: the format's columns → the file's.

    Raises:
        SourceError: the file has nothing of the name.
    """
    return tuple(_kept(rows, name, attributes, names) for name in wanted)


def _kept(
    rows: Rows, name: str, attributes: Mapping[str, Attribute], names: Mapping[str, str]
) -> Kept:
    if name in rows.names:
        return Kept(name, name)
    made = attributes.get(name)
    if made is not None and names.get(made.column, made.column) in rows.names:
        return Kept(name, names.get(made.column, made.column), made=made.of)
    parts = name.split(".")
    for end in range(len(parts) - 1, 0, -1):
        column = ".".join(parts[:end])
        if column in rows.names:
            return Kept(name, column, tuple(parts[end:]))
    made_of = {one: names.get(how.column, how.column) for one, how in attributes.items()}
    there = [*rows.names, *(one for one, column in made_of.items() if column in rows.names)]
    hint = did_you_mean(name, there, f"it has {listed(there)}")
    raise SourceError(f"{rows.path}: source.keep: no column '{name}'; {hint}")


def refuse_nested(name: str, value: Any) -> None:
    """Raises ConfigError where an attribute is a list or a record."""
    if isinstance(value, list | dict):
        inside = sorted(map(str, value)) if isinstance(value, dict) else []
        mend = f"; name a field of it, as in {name}.{inside[0]}" if inside else ""
        raise ConfigError(f"source.keep: column '{name}' holds lists or records{mend}")
