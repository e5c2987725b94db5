"""What is kept of a dump beside its dialogues: a column, a field inside one, or what a format makes of one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from logminer.errors import ConfigError, SourceError, did_you_mean, listed
from logminer.files.cells import cells, plain_type
from logminer.files.rows import Rows
from logminer.messages.calls import parsed
from logminer.messages.text import text_of
from logminer.sources.derived import Always, Derived

__all__ = ["MAX_VALUES", "Attribute", "Kept", "collect", "kept_in"]

MAX_VALUES = 50  # of a kept attribute: more would be an identifier, not a stratum


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
    meant: Callable[[Any], Any] | None = None  # of what was found, as `source.derive` says

    def of(self, cells: Iterable[Any]) -> list[Any]:
        """The attribute of each row, given the cells of its column; lists and records come as they are."""
        found = (self._of(cell) for cell in cells)
        return [one if self.meant is None else self.meant(one) for one in found]

    def _of(self, cell: Any) -> Any:
        if self.made is not None:
            return self.made(cell)
        for name in self.inside:
            cell = parsed(cell)
            cell = cell.get(name) if isinstance(cell, dict) else None
        return cell


def kept_in(
    rows: Rows,
    wanted: Sequence[str],
    attributes: Mapping[str, Attribute],
    names: Mapping[str, str],
    columns: Collection[str] = (),
    derive: Mapping[str, Derived] = {},
) -> tuple[Kept, ...]:
    """What `source.keep` means in a file.

    Args:
        rows: the file.
        wanted: the names in `source.keep`: a column, `column.field` inside its records, or one of `attributes`.
        attributes: what the format makes.
        names: the format's columns → the file's.
        columns: that may be asked for, if these are not the file's own.
        derive: those of `wanted` that are made of something else.

    Raises:
        SourceError: the file has nothing of the name.
    """
    columns = columns or rows.names

    def kept(name: str) -> Kept:
        if (how := derive.get(name)) is None:
            return _kept(rows, columns, name, attributes, names, "source.keep")
        if how.column is None:
            return Kept(name, rows.names[0], meant=Always(value=how.of_file(rows.path)))
        found = _kept(rows, columns, how.column, attributes, names, f"source.derive.{name}")
        return found._replace(name=name, meant=how)

    return tuple(map(kept, wanted))


def _kept(
    rows: Rows,
    columns: Collection[str],
    name: str,
    attributes: Mapping[str, Attribute],
    names: Mapping[str, str],
    where: str,
) -> Kept:
    if name in columns:
        return Kept(name, name)
    made = attributes.get(name)
    if made is not None and names.get(made.column, made.column) in columns:
        return Kept(name, names.get(made.column, made.column), made=made.of)
    parts = name.split(".")
    for end in range(len(parts) - 1, 0, -1):
        column = ".".join(parts[:end])
        if column in columns:
            if column in rows.names:
                _require_inside(rows, name, column, parts[end:], where)
            return Kept(name, column, tuple(parts[end:]))
    made_of = {one: names.get(how.column, how.column) for one, how in attributes.items()}
    there = [*columns, *(one for one, column in made_of.items() if column in columns)]
    hint = did_you_mean(name, there, f"it has {listed(there)}")
    raise SourceError(f"{rows.path}: {where}: no column '{name}'; {hint}")


def _require_inside(rows: Rows, name: str, column: str, inside: Sequence[str], where: str) -> None:
    """Raises SourceError where a file says which fields its records have, and this is none of them."""
    kind = plain_type(rows.type_of(column))
    for field in inside:
        if not pa.types.is_struct(kind):
            return
        fields = [kind.field(i).name for i in range(kind.num_fields)]
        if field not in fields:
            hint = did_you_mean(field, fields, f"{column} has {listed(fields)}")
            raise SourceError(f"{rows.path}: {where}: nothing is called '{name}'; {hint}")
        kind = plain_type(kind.field(field).type)


def collect(rows: Rows, keep: Sequence[Kept], values: Mapping[str, set[str]]) -> None:
    """Add the values of the kept attributes in a file to `values`, by name, and stop at too many.

    Raises:
        ConfigError: an attribute has more than MAX_VALUES values, or holds lists or records.
    """
    columns = list(dict.fromkeys(one.column for one in keep))
    for batch in rows.batches(columns) if columns else ():
        for one in keep:
            seen = values[one.name]
            for cell in one.of(cells(batch.column(one.column))):
                _refuse_nested(one.name, cell)
                if (text := text_of(cell)) is not None:
                    seen.add(text.lower())
            if len(seen) > MAX_VALUES:
                raise ConfigError(
                    f"source.keep: column '{one.name}' has more than {MAX_VALUES} distinct values ({rows.path}); "
                    "keep only attributes with few values"
                )


def _refuse_nested(name: str, value: Any) -> None:
    """Raises ConfigError where an attribute is a list or a record."""
    if isinstance(value, list | dict):
        inside = sorted(map(str, value)) if isinstance(value, dict) else []
        mend = f"; name a field of it, as in {name}.{inside[0]}" if inside else ""
        raise ConfigError(f"source.keep: column '{name}' holds lists or records{mend}")
