"""`source:` of a pipeline file: which files, in which format, and what of them is kept."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import PrivateAttr, model_validator
from pydantic_core import PydanticCustomError

from logminer.errors import ConfigError, SourceError, did_you_mean, listed
from logminer.files.cells import cells
from logminer.files.finding import DumpFile, Skipped, find_files, rooted, survey
from logminer.files.growing import GrowingPath
from logminer.files.identity import Stamp, stamp
from logminer.files.lines import standing
from logminer.files.opening import open_table
from logminer.files.rows import Rows as Table
from logminer.messages.roles import Roles
from logminer.messages.text import text_of
from logminer.sources.base import DumpSlice, Format, RowGroup, require_same
from logminer.sources.choosing import choose, fitting_in, recognised, told_by_itself
from logminer.sources.cutting import (
    Cut,
    Memory,
    Opened,
    Rows,
    Seen,
    cut,
    every,
    flights,
    prompts,
    row_groups,
    superseded,
)
from logminer.sources.derived import Derived, shown
from logminer.sources.formats import FILES_READ, FORMATS
from logminer.sources.kept import collect, kept_in
from logminer.sources.looking import Look, look
from logminer.sources.picking import nothing_picked, picked_in
from logminer.sources.profile import Profile, profile
from logminer.spec import Spec, content_hash, incidental

__all__ = ["SourceInfo", "SourceSpec"]

OPTIONS = {"group": "source.group_by", "order": "source.order_by"}  # columns that have their own
# Options that came when there were studies already.
LATER = ("where", "group_by", "order_by", "paths", "derive", "answers")


class SourceInfo(NamedTuple):
    """What a dump holds. `rows` is what "rows in" counts: conversations; where many rows answer a prompt, distinct prompts."""

    format: str
    files: int
    rows: int
    columns: tuple[str, ...]  # of the first file
    notes: tuple[
        str, ...
    ] = ()  # on derived attributes that some prompts lack, or that are alike in all


class FileRead(NamedTuple):
    """A file of a dump, cut into slices."""

    format: Format
    slices: list[DumpSlice]
    names: tuple[str, ...]  # its columns


class SourceSpec(Spec):
    """A dump: a file, a glob or a folder of them.

    Attributes:
        path: of the dump.
        leave_out: files under `path` that are not read, such as one that is still being written.
        format: how it says what a conversation is; auto: by its columns.
        columns: the format's name → this dump's.
        keep: columns that are kept as attributes; `column.field` inside records, and what the format makes of others.
        derive: attributes, of those that are kept, that are made of a column's values or the files' names.
        where: column → value of the rows that are read, as of one model among several; the others are no part of the dump.
        roles: what this dump calls the roles → system, user, assistant, tool; the usual other names are known.
        group_by: where a row is a message: the column that is the same in all rows of a chat.
        order_by: where a row is a message: the column by which those of a chat follow each other; None: as in the file.
        paths: of a tree of messages: every way from its root to a leaf, or the best ranked one; None: every one.
        answers: `recorded`: those in the dump are recorded checkpoints', so each prompt is read once and nothing is `logged`;
            None: as the format has it.
    """

    path: str = incidental()  # files are known by what is in them: a dump may be moved, or grow
    leave_out: tuple[str, ...] = incidental(())
    format: str = "auto"
    columns: dict[str, str] = {}  # the format's name → this dump's
    keep: tuple[str, ...] = ()
    derive: dict[str, Derived] = {}
    where: dict[str, str | int | float | bool] = {}
    roles: Roles = {}
    group_by: str | None = None
    order_by: str | None = None
    paths: Literal["all", "best"] | None = None
    answers: Literal["recorded"] | None = None
    _stood: Mapping[str, GrowingPath] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _derived_are_kept(self) -> SourceSpec:
        for name in self.derive:
            if name not in self.keep:
                raise PydanticCustomError(
                    "derive",
                    "`derive` says what {name} is made of: name it under `keep` too",
                    {"name": name},
                )
        return self

    def options(self) -> dict[str, Any]:
        """Without what came later and says nothing here: parts that were made before it stay good."""
        told = super().options()
        return {name: value for name, value in told.items() if name not in LATER or value}

    def rooted(self, base: Path) -> SourceSpec:
        """The same with `path` taken from `base` where it is relative."""
        if not self.path:
            return self
        left = tuple(rooted(path, base) for path in self.leave_out)
        return self.model_copy(update={"path": rooted(self.path, base), "leave_out": left})

    def leaving(self, paths: Iterable[str]) -> SourceSpec:
        """The same without these files, too."""
        return self.model_copy(update={"leave_out": (*self.leave_out, *paths)})

    def as_of(self, stood: Mapping[str, GrowingPath]) -> SourceSpec:
        """The same; of files of lines what there was at a time: their paths as `files.lines.standing` gave them, by name."""
        found = self.model_copy()
        found._stood = stood
        return found

    def skipped(self) -> tuple[Skipped, ...]:
        """What lies under `path` and is not read, in order."""
        return tuple(survey(self.path, self.kinds).skipped)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Of files that may be its."""
        return FORMATS[self.format].files if self.format in FORMATS else FILES_READ

    def files(self, *, mixed: bool = False) -> list[DumpFile]:
        """Those that are read.

        Args:
            mixed: of several kinds; see `files.finding.survey`.

        Raises:
            ConfigError: no dump was named.
            SourceError: nothing there, or nothing but what is left out.
        """
        if not self.path:
            raise ConfigError(
                "source: required key is missing: {path: DUMP}. Only suites that bring data of their own do without: logminer"
                " suite run NAME PIPELINE"
            )
        found = find_files(self.path, self.kinds, mixed=mixed)
        files = [
            file._replace(path=self._stood.get(str(file.path), file.path))
            for file in found
            if str(file.path) not in self.leave_out
        ]
        if not files:
            raise SourceError(f"{self.path}: every file there is one that `leave_out` names")
        return files

    def is_told(self, file: DumpFile) -> bool:
        """Whether a format knows a file as its own without its columns."""
        return any(form.recognises(file.path) for form in FORMATS.values())

    def is_known(self, file: DumpFile) -> bool:
        """Whether a file has the columns of some format."""
        return recognised(file, self._given) is not None

    def names(self) -> tuple[str, ...]:
        """The columns of the first file, whatever its format.

        Raises:
            SourceError: nothing there, or damaged.
        """
        file = self.files()[0]
        form = told_by_itself(file)
        return (
            form.open(file.path, file.hive).names
            if form
            else open_table(file.path, file.hive).names
        )

    def opened(self) -> list[Opened]:
        """Every file, its columns checked.

        Raises:
            SourceError, ConfigError: as `slices`.
        """
        files = self.files()
        form = self._format(files[0])
        return [self._open(file, form) for file in files]

    def fitting(self, opened: Opened) -> tuple[str, ...]:
        """Other formats whose columns a file has."""
        if opened.form.recognises(opened.file.path):
            return ()
        fitting = (form.name for form in fitting_in(opened.file, opened.rows.names, self._given))
        return tuple(name for name in fitting if name != opened.form.name)

    def read(self, file: DumpFile) -> FileRead:
        """One file by itself: what stands in it more than once is there more than once.

        Raises:
            SourceError, ConfigError: as `slices`.
        """
        form = self._format(file)
        opened = self._open(file, form)
        return FileRead(form, list(self._cut(opened, Memory(), Counter())), opened.rows.names)

    def has_answers(self) -> bool:
        """Whether the dump's dialogues have answers of their own; those of `paired` are recorded checkpoints'.

        Raises:
            SourceError, ConfigError: as `check`.
        """
        return self._asking(self.files()[0]).has_answers

    def cluster_by(self) -> str | None:
        """The dump's column by which answers hang together; None where that is their user.

        Raises:
            SourceError, ConfigError: as `check`.
        """
        column = self._format(self.files()[0]).cluster_by
        return column and self.columns.get(column, column)

    def check(self) -> SourceInfo:
        """Read footers and the kept columns; where a row is no conversation also what tells how many there are.

        Raises:
            SourceError: nothing there, not Parquet, a column is missing or of the wrong kind, no row has what `where` says,
                or a kept attribute differs between rows of one prompt.
            ConfigError: unknown format or column name; a kept attribute with too many values.
        """
        files = self.files()
        form = self._asking(files[0])
        memory, values = Memory(), {column: set[str]() for column in self.keep}
        rows, derived = 0, {name: Counter[str | None]() for name in self.derive}
        for file in files:
            opened = self._open(file, form)
            collect(opened.rows, opened.keep, values)
            asked = None
            if form.row == "answer":
                asked = [one.row for one in prompts(opened, memory, opened.keep)]
                rows += len(asked)
            elif form.row == "piece":
                rows += sum(p.read().num_rows for p in self._cut(opened, memory, Counter()))
            else:
                rows += opened.num_rows
            for name, counts in derived.items():
                counts.update(_derived(opened, name, asked))
        if self.where and not rows:
            tables = (self._open(file, form).rows for file in files)
            if told := nothing_picked(self.path, tables, self.where):
                raise SourceError(told)
        columns = _rows(files[0], form).names
        notes = tuple(note for name, counts in derived.items() for note in shown(name, counts))
        return SourceInfo(form.name, len(files), rows, columns, notes)

    def profile(self) -> Profile:
        """What the small columns hold; reads them whole.

        Raises:
            SourceError, ConfigError: as `check`.
        """
        files = self.files()
        form = self._asking(files[0])
        return profile((self._open(file, form) for file in files), form, self.keep)

    def look(self) -> Look:
        """What its first rows are like.

        Raises:
            SourceError: none of its rows can be read; else, and ConfigError, as `check`.
        """
        files = self.files()
        form = self._asking(files[0])
        memory, alike = Memory(), Counter[str]()
        # Which rows later files have too does not matter here, and costs a walk over all of them.
        cut = (p for file in files for p in self._cut(self._open(file, form), memory, alike))
        return look(cut, self.path)

    def slices(self) -> Iterator[DumpSlice]:
        """The dump in slices, in file order, each as soon as it is cut. No option changes where the cuts are.

        A slice is known by what is in its rows, by which of them are repeated or superseded, and by nothing else: a file
        may be renamed, moved among the others or added to, and what stayed keeps its name. Lines that are appended from now
        on are no part of it.

        Raises:
            SourceError, ConfigError: as `check`, but for the values of kept columns; or a file changes meanwhile.
        """
        files = [file._replace(path=standing(file.path)) for file in self.files()]
        # Before the first look into one: what a file is found to repeat is true of the others as they were then.
        planned = {file: stamp(file.path) for file in files}
        form = self._asking(files[0])
        gone = self._superseded(files, form)
        memory, alike = Memory(), Counter[str]()
        for file in files:
            opened = self._open(file, form)
            yield from self._cut(opened, memory, alike, gone.get(file), planned[file])

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
        self,
        opened: Opened,
        memory: Memory,
        alike: Counter[str],
        gone: Rows | None = None,
        planned: Stamp | None = None,
    ) -> Iterator[DumpSlice]:
        planned = planned or stamp(opened.file.path)
        groups = list(row_groups(opened, alike))
        require_same(opened.file, planned)
        rows = (
            prompts(opened, memory) if opened.form.row == "answer" else every(opened, memory, gone)
        )
        if opened.form.row != "piece":
            for piece in cut(rows):
                yield self._slice(opened, planned, groups, piece)
            return
        for together, flight in flights(cut(rows)):
            for piece in together:
                yield self._slice(opened, planned, groups, piece)._replace(flight=flight)

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
        if told_by_name := [how.of_file(opened.file.path) for how in self._by_name]:
            named.append([told_by_name])
        return DumpSlice(
            part=f"{content_hash(named, 16)}-{first - begin:09d}",
            file=opened.file,
            stamp=planned,
            format=opened.form,
            columns=opened.columns,
            keep=opened.keep,
            roles=self.roles,
            groups=tuple(own),
            rows=rows,
            repeats=piece.repeats,
            superseded=piece.superseded,
            text_bytes=piece.text_bytes,
        )

    @property
    def _by_name(self) -> list[Derived]:
        """The attributes that files' names tell."""
        return [how for _, how in sorted(self.derive.items()) if how.column is None and how.values]

    def _format(self, file: DumpFile) -> Format:
        if self.order_by is not None and self.group_by is None:
            raise ConfigError("source.order_by: it needs source.group_by, the column of the chat")
        if self.group_by is not None and self.format not in ("auto", "csv"):
            raise ConfigError(
                f"source.group_by: format {self.format} has no chats of several rows; leave it out, or set format: csv"
            )
        form = choose(file, "csv" if self.group_by else self.format, self._given)
        if self.paths is None:
            return form
        if not form.paths:
            takes = [name for name, one in FORMATS.items() if one.paths]
            raise ConfigError(
                f"source.paths: format {form.name} has none; leave it out (of {', '.join(takes)} alone)"
            )
        return form.paths.get(self.paths, form)

    def _asking(self, file: DumpFile) -> Format:
        """The format of a file that is to give prompts."""
        form = self._format(file)
        if form.no_dump:
            raise SourceError(f"{file.path}: {form.no_dump}")
        return form.asking() if self.answers == "recorded" else form

    @property
    def _given(self) -> dict[str, str]:
        """The format's columns → the dump's, where it was said."""
        options = {"group": self.group_by, "order": self.order_by}
        return {**self.columns, **{ours: name for ours, name in options.items() if name}}

    def _open(self, file: DumpFile, form: Format) -> Opened:
        rows = self._table(file, form)
        given = self._given
        present = form.found(rows.names, given)
        for ours in form.columns:
            if ours not in present and (ours in form.required or ours in given):
                dump = given.get(ours, ours)
                hint = did_you_mean(dump, rows.names, "")
                option = OPTIONS.get(ours, f"source.columns, as in {{{ours}: ...}}")
                raise SourceError(
                    f"{file.path}: no column '{dump}'; {hint}{' ' if hint else ''}it has {listed(rows.names)}; "
                    f"name the right one under {option}"
                )
        columns = self._columns(rows, form)
        keep = kept_in(rows, self.keep, form.attributes, present, columns, self.derive)
        rows.require_single([*present.values(), *(one.column for one in keep)])
        _check_kinds(form, present, rows)
        picked = picked_in(rows, self.where, columns) if self.where else None
        return Opened(file, rows, form, tuple(present.items()), self.roles, keep, picked)

    def _columns(self, rows: Table, form: Format) -> Collection[str]:
        """What `keep` and `where` may name of a file: its columns; those of all files where the format is sparse."""
        derived = [how.column for how in self.derive.values() if how.column]
        wanted = {*self.keep, *derived, *self.where} - self.derive.keys()
        if not form.sparse or wanted.issubset(rows.names):
            return rows.names
        files = tuple(self.files())
        return _all_columns(form.name, files, tuple(stamp(file.path) for file in files))

    def _table(self, file: DumpFile, form: Format) -> Table:
        """The file as a table; one that is of another format is named."""
        by_columns = self.format == "auto" and not self.group_by and not self.paths
        other = recognised(file, self._given) if by_columns else None
        if other and form not in (other, other.asking()):
            raise SourceError(
                f"{file.path}: it is of format {other.name}, and the first file of {self.path} of format {form.name};"
                " give files of one format (a glob leaves the others out), or say which one under source.format"
            )
        return _rows(file, form)


def _derived(opened: Opened, name: str, rows: Sequence[int] | None) -> list[str | None]:
    """A derived attribute of these rows, or of every one that is read."""
    one = next(one for one in opened.keep if one.name == name)
    values = [
        text_of(value)
        for batch in opened.rows.batches([one.column])
        for value in one.of(cells(batch.column(one.column)))
    ]
    read = np.flatnonzero(opened.reads(slice(0, len(values)))).tolist() if rows is None else rows
    return [values[row] for row in read]


@lru_cache(maxsize=4)
def _all_columns(name: str, files: Sequence[DumpFile], stamps: Sequence[Stamp]) -> frozenset[str]:
    """The columns of all files of a format, as they were at a time."""
    return frozenset(column for file in files for column in _rows(file, FORMATS[name]).names)


def _rows(file: DumpFile, form: Format) -> Table:
    """A reader of the file with the columns that its folders give."""
    return form.open(file.path, file.hive)


def _check_kinds(form: Format, present: dict[str, str], rows: Table) -> None:
    """Each file has types of its own, and a column without a value any: tools take what comes first to mind."""
    for column, wanted in form.kinds.items():
        if (name := present.get(column)) is None:
            continue
        kind = rows.type_of(name)
        if not wanted.fits(kind) and not rows.is_empty(name):
            raise SourceError(
                f"{rows.path}: column '{name}' is {kind}; it must be {wanted}; convert it"
            )
