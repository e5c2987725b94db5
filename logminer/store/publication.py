"""`study.duckdb`: built from the parts, thrown away and rebuilt at will.

Publishing never touches the file that analysts read: it works on a copy beside it and replaces the file in one
step, so a reader is never locked out and keeps its snapshot. Each part goes in with its row in `loaded_parts` in one
transaction. When the database holds a part that is no longer there as it was loaded, or is not as it was published, it
is built anew.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from logminer.errors import LogminerError, QueryError, StoreError
from logminer.files.atomic import FULL, disk_full, writing
from logminer.files.objects import AnyPath
from logminer.schemas import (
    CONVERSATIONS,
    LOADED_PARTS,
    PART_DIGESTS,
    PROMPTS,
    PUBLISHED,
    PUBLISHED_STATE,
    RESPONSES,
    Table,
)
from logminer.schemas.table import Column
from logminer.store.attaching import refuse_if_held, remove_logs, state, sweep_beside
from logminer.store.ddl import create_table, destinations, macros, parquet_scan, quoted, views
from logminer.store.describing import comments
from logminer.store.grouping import prompt_groups
from logminer.store.halves import Halves, kept_halves
from logminer.store.layout import DATABASE, StudyFolder
from logminer.store.parts import PartFile, PartFolder
from logminer.store.session import Session

__all__ = ["Loadable", "Publication", "publish", "revise"]

DUPLICATE = "duplicate_of_another_part"
NO_SPACE = (*map(os.strerror, FULL), "max_temp_directory_size")  # as DuckDB says it
ASIDES = [table.aside.table for table in PUBLISHED if table.aside]


class Loadable(NamedTuple):
    """Finished parts of one stage and the table they belong to."""

    folder: PartFolder
    table: Table


class Publication(Session):
    """The copy that is being brought up to date; `rows` and `columns` work as in a session."""

    def __init__(self, path: Path, memory: str) -> None:
        self._path, self._opened = path, state(path)
        self._connection = duckdb.connect(str(path))
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute(f"SET memory_limit = '{memory}'")
        self._connection.execute("SET preserve_insertion_order = false")
        self._connection.execute(f"SET temp_directory = '{quoted(path.with_suffix('.spill'))}'")

    def describe(self) -> None:
        """Make the tables that are not there, and say anew what columns hold and views are."""
        with self._transaction():  # one commit, not one for each comment on a column
            tables = map(create_table, (*PUBLISHED, PART_DIGESTS, PUBLISHED_STATE))
            for statement in [*tables, *(macros() | views()).values()]:
                self._connection.execute(statement)
            self._connection.execute("; ".join(comments(self._connection)))

    def is_as_published(self) -> bool:
        """Whether nobody has changed the file since a publication finished it."""
        return self.rows("SELECT state FROM published_state") == [(self._opened,)]

    def holds_only(self, folders: Iterable[PartFolder], parts: Iterable[str] | None = None) -> bool:
        """Whether every loaded part lies in one of `folders` as it was loaded, and is one of `parts` where these are named."""
        known = {(folder.label, folder.fingerprint): folder for folder in folders}
        named = None if parts is None else set(parts)
        return all(
            (folder := known.get((stage, fingerprint))) is not None
            and (named is None or part in named)
            and _digest_of(folder.file(part)) == digest
            for stage, fingerprint, part, digest in self.rows(
                "SELECT stage, fingerprint, part, digest FROM loaded_parts LEFT JOIN part_digests"
                " USING (stage, fingerprint, part)"
            )
        )

    def has_duplicates(self) -> bool:
        """Whether a conversation came in two parts: then the order of loading matters."""
        return bool(self.rows("SELECT 1 FROM rejections WHERE reason = ? LIMIT 1", [DUPLICATE]))

    def load(self, loadables: Sequence[Loadable], parts: Sequence[str] | None = None) -> int:
        """Load the parts that are not in yet, table by table; the number loaded.

        Args:
            loadables: folders, and the tables that they go to.
            parts: names in the order of the dump; None: whatever lies in the folders, by name.
        """
        loaded = set(self.rows("SELECT stage, fingerprint, part FROM loaded_parts"))
        missing = [
            (loadable, part)
            for loadable in loadables
            for part in _found(loadable.folder, parts)
            if (loadable.folder.label, loadable.folder.fingerprint, part) not in loaded
        ]
        for loadable, part in missing:
            self._load_part(loadable, part, loadables)
        return len(missing)

    def _load_part(self, loadable: Loadable, part: str, family: Sequence[Loadable]) -> None:
        folder, table = loadable
        source = parquet_scan([folder.file(part)])
        footer = PartFile(folder.file(part)).examined()
        if isinstance(footer, str):
            raise StoreError(f"{folder.file(part)}: {footer}; run again to compute it anew")
        try:
            with self._transaction():
                if table is CONVERSATIONS:
                    self._reject(source, part)
                accepted = self._accepted(table, part, family)
                for target, condition, selected in destinations(table):
                    self._connection.execute(
                        f"INSERT INTO {target.name} ({_names(target.loaded)}) SELECT {selected}"
                        f" FROM {source} AS x WHERE {condition} AND {accepted}"
                    )
                for kept, fact in (
                    (LOADED_PARTS, footer.rows_out),
                    (PART_DIGESTS, footer.digest),
                ):
                    self._connection.execute(
                        f"INSERT INTO {kept.name} VALUES (?, ?, ?, ?)",
                        [folder.label, folder.fingerprint, part, fact],
                    )
        except duckdb.Error as error:
            if _found_no_space(error):
                raise
            raise StoreError(
                f"{folder.file(part)}: cannot be loaded ({type(error).__name__}); "
                "delete the file and run again to compute it anew"
            ) from None

    def _reject(self, source: str, part: str) -> None:
        """Rows that were rejected, and conversations that another part brought already."""
        self._connection.execute(
            f"INSERT INTO rejections SELECT ?, row, conversation_id,"
            f" coalesce(rejected, '{DUPLICATE}'), language FROM {source}"
            " WHERE rejected IS NOT NULL"
            " OR conversation_id IN (SELECT conversation_id FROM conversations)",
            [part],
        )

    def _accepted(self, table: Table, part: str, family: Sequence[Loadable]) -> str:
        """The condition that keeps duplicated conversations, and all that hangs on them, out.

        A table's rows hang on the first of conversation, prompt and response whose id they bear.
        """
        rejected = f"FROM rejections WHERE part = '{part}'"
        if table is CONVERSATIONS:
            return f"(x.row, x.conversation_id) NOT IN (SELECT (row, conversation_id) {rejected})"
        twice = f"SELECT conversation_id {rejected} AND reason = '{DUPLICATE}'"
        if not self.rows(twice):
            return "true"
        if "conversation_id" in table.schema.names:
            return f"x.conversation_id NOT IN ({twice})"

        def files(kind: Table) -> str:
            paths = [loadable.folder.file(part) for loadable in family if loadable.table is kind]
            return parquet_scan([path for path in paths if path.exists()])

        prompts = f"SELECT prompt_id FROM {files(PROMPTS)} WHERE conversation_id IN ({twice})"
        if "prompt_id" in table.schema.names:
            return f"x.prompt_id NOT IN ({prompts})"
        responses = f"SELECT response_id FROM {files(RESPONSES)} WHERE prompt_id IN ({prompts})"
        return f"x.response_id NOT IN ({responses})"

    def replace(self, table: Table, rows: pa.Table) -> None:
        """Make `rows` the whole content of `table`."""
        given = [c for c in table.published if not c.derived or c.name in rows.column_names]
        names = _names(given)
        with self._incoming(rows):
            self._connection.execute(f"DELETE FROM {table.name}")
            self._connection.execute(
                f"INSERT INTO {table.name} ({names}) SELECT {names} FROM incoming"
            )

    def allot(self, halves: Halves) -> None:
        """Put everybody on the half that the study has given; who has none yet is on neither."""
        with self._incoming(halves.table()):
            for table in (CONVERSATIONS, PROMPTS):
                unit = "coalesce(user_id, conversation_id)"
                self._connection.execute(
                    f"UPDATE {table.name} SET split = NULL WHERE split IS NOT NULL"
                    f" AND {unit} NOT IN (SELECT unit FROM incoming)"
                )
                self._connection.execute(
                    f"UPDATE {table.name} SET split = i.split FROM incoming AS i"
                    f" WHERE {unit} = i.unit AND {table.name}.split IS DISTINCT FROM i.split"
                )

    def group_prompts(self) -> None:
        """Say of every prompt which others ask alike, where some prompt is new."""
        if self.rows("SELECT 1 FROM prompts WHERE prompt_group IS NULL LIMIT 1"):
            with self._incoming(prompt_groups(self._connection)):
                self._connection.execute(
                    "UPDATE prompts SET prompt_group = i.prompt_group FROM incoming AS i"
                    " WHERE prompts.prompt_id = i.prompt_id"
                    " AND prompts.prompt_group IS DISTINCT FROM i.prompt_group"
                )

    def finish(self) -> None:
        """Fold everything into the one file, which says itself which state of it this is."""
        self.fold()
        said = pa.table({"state": [(state(self._path) or 0) + 1]})
        self.replace(PUBLISHED_STATE, said)
        self.fold()

    def fold(self) -> None:
        """Write what the log of changes holds into the one file."""
        self._connection.execute("CHECKPOINT")

    def _refused(self, error: Exception) -> LogminerError:
        return disk_full(self._path) if _found_no_space(error) else super()._refused(error)

    @contextlib.contextmanager
    def _incoming(self, rows: pa.Table) -> Iterator[None]:
        """A transaction in which `rows` are the table `incoming`."""
        self._connection.register("incoming", rows)
        try:
            with self._transaction():
                yield
        finally:
            self._connection.unregister("incoming")

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            with contextlib.suppress(duckdb.Error):  # what went wrong is told, not what came of it
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


@contextlib.contextmanager
def publish(
    study: Path,
    loadables: Sequence[Loadable],
    memory: str = "1GB",
    *,
    parts: Sequence[str] | None = None,
    whole: bool = False,
) -> Iterator[Publication]:
    """Bring a copy up to date with the parts, let the caller add tables, then replace the database.

    Args:
        study: the study's folder; the caller holds its lock.
        loadables: parts to load, in an order where conversations come before prompts before responses before the rest.
        memory: limit for DuckDB, in its own notation.
        parts: names of the dump's parts, in its order: no other is loaded. None: all that lie in the folders.
        whole: they are all that the dump has. A database that holds another, of a dump as it was, is built anew.

    Raises:
        StoreError: a part is damaged or the disk is full.
        StudyHeld: another program has the database open for writing; the parts remain.
    """
    study.mkdir(parents=True, exist_ok=True)
    with _copy_of(study) as copy:
        folders = [loadable.folder for loadable in loadables]
        publication = _open_copy(copy, memory, folders, parts if whole else None)
        try:
            publication.load(loadables, parts)
            if publication.has_duplicates():  # which of two is kept must not hang on when it came
                publication.close()
                publication = _open_empty(copy, memory)
                publication.load(loadables, parts)
            publication.group_prompts()
            if (halves := kept_halves(StudyFolder(study))) is not None:
                publication.allot(halves)
            yield publication
            publication.finish()
        finally:
            publication.close()


@contextlib.contextmanager
def revise(study: Path, memory: str = "1GB") -> Iterator[Publication]:
    """Let the caller change tables of a copy of the database, then replace it. No part is read.

    Args:
        study: the study's folder; the caller holds its lock.
        memory: limit for DuckDB, in its own notation.

    Raises:
        StoreError: there is no database, it is another version's or was changed since it was published, or the disk is
            full.
        StudyHeld: another program has it open for writing.
    """
    target = StudyFolder(study).database
    if not target.is_file():
        raise StoreError(f"{target}: no such study database; run the pipeline first")
    with _copy_of(study) as copy:
        publication = _open_current(copy, memory)
        if publication is None:
            raise StoreError(
                f"{target}: damaged, or made by another version of logminer; run the pipeline again"
            )
        with publication:
            if not publication.is_as_published():
                raise StoreError(
                    f"{target}: another program has changed it since it was published; run the pipeline again"
                )
            yield publication
            publication.finish()


@contextlib.contextmanager
def _copy_of(study: Path) -> Iterator[Path]:
    """A copy of the database beside it; without an error, the copy has replaced the database at the end.

    Nothing of another program is copied or left beside it, and none may be writing it, then or at the end: it would go
    on in a file that is no longer there, and leave its log of changes to one that it has not seen.
    """
    folder = StudyFolder(study)
    target, copy = folder.database, folder.next_database
    _remove(copy)
    sweep_beside(target)
    refuse_if_held(target)
    try:
        if target.exists():
            with writing(copy):
                shutil.copyfile(target, copy)
        yield copy
        refuse_if_held(target)
        with writing(target):
            remove_logs(target)  # first: killed in between, the database is as it was
            os.replace(copy, target)
    except duckdb.Error as error:
        if _found_no_space(error):
            raise disk_full(copy) from None
        raise StoreError(
            f"{target}: publishing failed ({type(error).__name__}); where memory or disk ran out, free some and run again"
        ) from None
    finally:
        _remove(copy)


def _open_copy(
    copy: Path, memory: str, folders: list[PartFolder], parts: Sequence[str] | None
) -> Publication:
    """The copy; an empty database where it is damaged, of another version, was changed, or holds outdated parts."""
    publication = _open_current(copy, memory)
    if publication is not None:
        if publication.is_as_published() and publication.holds_only(folders, parts):
            return publication
        publication.close()
    return _open_empty(copy, memory)


def _open_empty(copy: Path, memory: str) -> Publication:
    """An empty database in the place of the copy."""
    _remove(copy)
    with writing(copy):
        copy.write_bytes(_empty_database())
    return Publication(copy, memory)


@functools.cache
def _empty_database() -> bytes:
    """A file with every table and view, and what they mean: said once in a process, as it takes a while."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / DATABASE
        with Publication(path, "1GB") as publication:
            publication.describe()
            publication.fold()  # what does not fit on the disk is told now, not lost as it closes
        return path.read_bytes()


def _open_current(copy: Path, memory: str) -> Publication | None:
    """The copy with every table and view of this version; None where it is damaged or another version's."""
    try:
        publication = Publication(copy, memory)
        if publication.is_current(ASIDES):  # else their rows are in other tables
            publication.describe()
            if publication.is_current():
                return publication
        publication.close()
    except (duckdb.Error, QueryError) as error:
        if _found_no_space(error):
            raise
    return None


def _found_no_space(error: Exception) -> bool:
    return any(words in str(error) for words in NO_SPACE)


def _digest_of(file: AnyPath) -> str | None:
    """None where there is no such part, or it is damaged."""
    try:
        return PartFile(file).footer().digest
    except StoreError:
        return None


def _found(folder: PartFolder, parts: Sequence[str] | None) -> list[str]:
    there = folder.parts()
    if parts is None:
        return there
    known = set(there)
    return [part for part in parts if part in known]


def _names(columns: Iterable[Column]) -> str:
    return ", ".join(f'"{c.name}"' for c in columns)


def _remove(copy: Path) -> None:
    remove_logs(copy)
    copy.unlink(missing_ok=True)
    shutil.rmtree(copy.with_suffix(".spill"), ignore_errors=True)
