"""`source:` of a pipeline file: which files, in which format, and what of them is kept."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from logminer.errors import ConfigError, SourceError, did_you_mean
from logminer.files.cells import plain_type
from logminer.files.finding import DumpFile, Skipped, find_files, rooted, survey
from logminer.files.identity import Stamp, content, stamp
from logminer.files.parquet import ParquetRows
from logminer.messages.roles import Roles
from logminer.messages.text import text_of
from logminer.sources.base import DumpSlice, Format, RowGroup
from logminer.sources.cutting import (
    Cut,
    Memory,
    Opened,
    Rows,
    Seen,
    cut,
    every,
    prompts,
    superseded,
)
from logminer.sources.formats import FORMATS, NOT_YET
from logminer.sources.looking import Look, look
from logminer.sources.profile import Profile, profile
from logminer.spec import Spec, content_hash, incidental

__all__ = ["SourceInfo", "SourceSpec"]

MAX_VALUES = 50  # of a kept attribute: more would be an identifier, not a stratum


class SourceInfo(NamedTuple):
    """What a dump holds. `rows` is what "rows in" counts: conversations; where many rows answer a prompt, distinct prompts."""

    format: str
    files: int
    rows: int
    columns: tuple[str, ...]  # of the first file


class SourceSpec(Spec):
    """A dump: a Parquet file, a glob or a folder of them.

    Attributes:
        path: of the dump.
        format: how it says what a conversation is; auto: by its columns.
        columns: the format's name → this dump's.
        keep: columns that are kept as attributes.
        roles: what this dump calls the roles → system, user, assistant, tool; the usual other names are known.
    """

    path: str = incidental()  # files are known by what is in them: a dump may be moved, or grow
    format: str = "auto"
    columns: dict[str, str] = {}  # the format's name → this dump's
    keep: tuple[str, ...] = ()
    roles: Roles = {}

    def rooted(self, base: Path) -> SourceSpec:
        """The same with `path` taken from `base` where it is relative."""
        return self.model_copy(update={"path": rooted(self.path, base)})

    def skipped(self) -> tuple[Skipped, ...]:
        """What lies under `path` and is not read, in order."""
        return tuple(survey(self.path).skipped)

    def has_answers(self) -> bool:
        """Whether the dump's dialogues have answers of their own; those of `paired` are recorded checkpoints'.

        Raises:
            SourceError, ConfigError: as `check`.
        """
        return self._format(find_files(self.path)[0]).has_answers

    def check(self) -> SourceInfo:
        """Read footers and the kept columns; where a row is no conversation also what tells how many there are.

        Raises:
            SourceError: nothing there, not Parquet, a column is missing or of the wrong kind, or a kept attribute
                differs between rows of one prompt.
            ConfigError: unknown format or column name; a kept attribute with too many values.
        """
        files = find_files(self.path)
        form = self._format(files[0])
        memory, values = Memory(), {column: set[str]() for column in self.keep}
        rows = 0
        for file in files:
            opened = self._open(file, form)
            for column, seen in values.items():
                _collect(opened, column, seen)
            if form.row == "answer":
                rows += sum(1 for _ in prompts(opened, memory, self.keep))
            elif form.row == "piece":
                rows += sum(p.read().num_rows for p in self._cut(opened, memory, Counter()))
            else:
                rows += opened.rows.num_rows
        columns = _rows(files[0]).names
        return SourceInfo(form.name, len(files), rows, columns)

    def profile(self) -> Profile:
        """What the small columns hold; reads them whole.

        Raises:
            SourceError, ConfigError: as `check`.
        """
        files = find_files(self.path)
        form = self._format(files[0])
        return profile((self._open(file, form) for file in files), form, self.keep)

    def look(self) -> Look:
        """What its first rows are like.

        Raises:
            SourceError: none of its rows can be read; else, and ConfigError, as `check`.
        """
        files = find_files(self.path)
        form = self._format(files[0])
        memory, alike = Memory(), Counter[str]()
        # Which rows later files have too does not matter here, and costs a walk over all of them.
        cut = (p for file in files for p in self._cut(self._open(file, form), memory, alike))
        return look(cut, self.path)

    def slices(self) -> Iterator[DumpSlice]:
        """The dump in slices, in file order, each as soon as it is cut. No option changes where the cuts are.

        A slice is known by what is in its rows, by which of them are repeated or superseded, and by nothing else: a file
        may be renamed, moved among the others or added to, and what stayed keeps its name.

        Raises:
            SourceError, ConfigError: as `check`, but for the values of kept columns.
        """
        files = find_files(self.path)
        form = self._format(files[0])
        gone = self._superseded(files, form)
        memory, alike = Memory(), Counter[str]()
        for file in files:
            yield from self._cut(self._open(file, form), memory, alike, gone.get(file))

    def _superseded(self, files: list[DumpFile], form: Format) -> dict[DumpFile, Rows]:
        """Of each file the rows that a later file has too: the last in the order of files is the one that holds."""
        if len(files) < 2 or form.row == "answer":
            return {}
        later = Seen()
        return {
            file: rows
            for file in reversed(files)
            if len(rows := superseded(self._open(file, form), later))
        }

    def _cut(
        self, opened: Opened, memory: Memory, alike: Counter[str], gone: Rows | None = None
    ) -> Iterator[DumpSlice]:
        planned = stamp(opened.file.path)
        groups = list(_groups(opened, alike))
        rows = (
            prompts(opened, memory) if opened.form.row == "answer" else every(opened, memory, gone)
        )
        for piece in cut(rows):
            yield self._slice(opened, planned, groups, piece)

    def _slice(
        self, opened: Opened, planned: Stamp, groups: list[RowGroup], piece: Cut
    ) -> DumpSlice:
        first, last = piece.rows[0], piece.rows[-1]
        start = attrgetter("start")
        own = groups[
            bisect_right(groups, first, key=start) - 1 : bisect_right(groups, last, key=start)
        ]
        begin = own[0].start
        whole = last - first == len(piece.rows) - 1
        rows = range(first, last + 1) if whole else piece.rows
        told = ((first, last) if whole else piece.rows, piece.repeats, piece.superseded)
        places = [[row - begin for row in some] for some in told]
        named = [opened.form.name, [group.name for group in own], *places]
        if hive := opened.file.hive:  # the folders tell something of these rows
            named.append(hive)
        return DumpSlice(
            part=f"{content_hash(named, 16)}-{first - begin:09d}",
            file=opened.file,
            stamp=planned,
            format=opened.form,
            columns=opened.columns,
            keep=self.keep,
            roles=self.roles,
            groups=tuple(own),
            rows=rows,
            repeats=piece.repeats,
            superseded=piece.superseded,
        )

    def _format(self, file: DumpFile) -> Format:
        if self.format in FORMATS:
            form = FORMATS[self.format]
        elif self.format == "auto":
            form = self._guess(file)
        elif self.format in NOT_YET:
            raise ConfigError(
                f"source.format: '{self.format}' is not yet read; convert the dump to conversations "
                "(conversation_id, user_id, messages, model, created_at, language)"
            )
        else:
            known = ["auto", *FORMATS]
            hint = did_you_mean(self.format, known, f"known: {', '.join(known)}")
            raise ConfigError(f"source.format: unknown format '{self.format}'; {hint}")
        if unknown := sorted(set(self.columns) - set(form.columns)):
            hint = did_you_mean(unknown[0], form.columns, f"it has {', '.join(form.columns)}")
            raise ConfigError(
                f"source.columns: format {form.name} has no column '{unknown[0]}'; {hint}"
            )
        return form

    def _guess(self, file: DumpFile) -> Format:
        names = {*_rows(file).names, *self.columns}
        for form in FORMATS.values():
            if names.issuperset(form.required):
                return form
        wanted = " or ".join(f"{', '.join(f.required)} ({f.name})" for f in FORMATS.values())
        raise SourceError(
            f"{file.path}: no known format: it needs {wanted}, but has {_listed(names)}; "
            "name this dump's columns under source.columns, as in {messages: dialogue}"
        )

    def _open(self, file: DumpFile, form: Format) -> Opened:
        rows = _rows(file)
        named = {column: self.columns.get(column, column) for column in form.columns}
        present = {ours: dump for ours, dump in named.items() if dump in rows.names}
        for ours, dump in named.items():
            if dump not in rows.names and (ours in form.required or ours in self.columns):
                hint = did_you_mean(dump, rows.names, "")
                raise SourceError(
                    f"{file.path}: no column '{dump}'; {hint}{' ' if hint else ''}it has {_listed(rows.names)}; "
                    f"name the right one under source.columns, as in {{{ours}: ...}}"
                )
        for column in self.keep:
            if column not in rows.names:
                hint = did_you_mean(column, rows.names, f"it has {_listed(rows.names)}")
                raise SourceError(f"{file.path}: source.keep: no column '{column}'; {hint}")
        rows.require_single([*present.values(), *self.keep])
        for column in self.keep:
            kind = plain_type(rows.schema.field(column).type)
            if pa.types.is_nested(kind) and not rows.is_empty(column):
                raise ConfigError(f"source.keep: column '{column}' holds lists or records")
        _check_kinds(form, present, rows)
        return Opened(file, rows, form, tuple(present.items()), self.roles)


def _groups(opened: Opened, alike: Counter[str]) -> Iterator[RowGroup]:
    """The row groups of a file, those without rows left out.

    Args:
        opened: the file.
        alike: how many of each content there were before; equal ones get names of their own, for their rows are others.
    """
    start = 0
    for piece in content(opened.file.path).pieces:
        if piece.rows:
            again = alike[piece.name]
            yield RowGroup(start, f"{piece.name}.{again}" if again else piece.name)
            alike[piece.name] += 1
        start += piece.rows


def _rows(file: DumpFile) -> ParquetRows:
    """A reader of the file with the columns that its folders give."""
    return ParquetRows(file.path, file.hive)


def _check_kinds(form: Format, present: dict[str, str], rows: ParquetRows) -> None:
    """Each file has types of its own, and a column without a value any: tools take what comes first to mind."""
    for column, wanted in form.kinds.items():
        if (name := present.get(column)) is None:
            continue
        kind = rows.schema.field(name).type
        if not wanted.fits(kind) and not rows.is_empty(name):
            raise SourceError(
                f"{rows.path}: column '{name}' is {kind}; it must be {wanted}; convert it"
            )


def _collect(opened: Opened, column: str, seen: set[str]) -> None:
    """Add the column's values to `seen`, and stop at too many."""
    for batch in opened.rows.scan([column]):
        seen.update(text.lower() for cell in batch if (text := text_of(cell[column])) is not None)
        if len(seen) > MAX_VALUES:
            raise ConfigError(
                f"source.keep: column '{column}' has more than {MAX_VALUES} distinct values ({opened.file.path}); "
                "keep only attributes with few values"
            )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
