"""Reading a published study: a snapshot, with files, network and settings locked."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import duckdb
import psutil
import pyarrow as pa

from logminer.errors import LogminerError, QueryError, StoreError, did_you_mean
from logminer.schemas import INSIDE, PROMPTS, Table
from logminer.store.attaching import attach, attach_alone
from logminer.store.ddl import quoted
from logminer.store.layout import DATABASE, StudyFolder
from logminer.store.queries import refuse_but_reading
from logminer.store.showing import FILE, show_as_current, show_tables
from logminer.store.shown import Reader, shown_as
from logminer.store.vectors import (
    VECTORS,
    SegmentFolder,
    hold,
    segments_of,
    show_vectors,
    vectors_fault,
)

__all__ = ["TIMEOUT_S", "Limits", "Relation", "Session", "open_session"]

Relation = duckdb.DuckDBPyRelation
Parameters = Sequence[Any] | Mapping[str, Any]  # for `?` or `$1` in their order, or for `$name`

MAIN = "study"  # how DuckDB calls the database that is asked
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
TAKEN = frozenset([MAIN, VECTORS, "main", "memory", "system", "temp"])
TIMEOUT_S = 300.0
BATCH_ROWS = 2048  # of a result, together in memory


class Limits(NamedTuple):
    """Of one query. `memory` is as DuckDB reads it (4GB, 500MiB); None is half of what the machine has."""

    timeout_s: float = TIMEOUT_S
    memory: str | None = None


class Streamed(NamedTuple):
    """A result: names of columns, which may be equal, and batches of rows."""

    names: list[str]
    batches: Iterator[list[tuple[Any, ...]]]


class ArrowResult(NamedTuple):
    """A result as Arrow has it."""

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]


class Session:
    """A read-only view of one published study: files, network and settings are locked.

    Args:
        path: of a database.
        alone: without the changes that another program has made and left in a log beside it.
        limits: what a query may cost. How long is watched while this session computes, which a relation of `sql` does
            later, in the hands of its caller.
        others: databases to be read beside it, by the names that a query has for them; of those called `study.duckdb` without
            such changes.
    """

    vector_files: Sequence[Path] = ()  # of what is asked, wherever they should be
    _others: Sequence[str] = ()
    _held: Sequence[Callable[[], object]] = ()
    _stopped = False

    def __init__(
        self,
        path: Path,
        *,
        alone: bool = False,
        limits: Limits | None = None,
        others: Mapping[str, Path] | None = None,
    ) -> None:
        # Attached to an instance of its own: one process may hold several snapshots of the same file.
        self._limits = limits or Limits()
        self._connection = duckdb.connect(":memory:")
        self.vector_files = files = self._attach(MAIN, path, alone, VECTORS)
        for name, database in (others or {}).items():
            file = f"{name} {FILE}"
            files = [*files, *self._attach(f'"{file}"', database, _is_published(database), name)]
            show_tables(self._connection, file, name)
            self._others = (*self._others, name, file)
        self._connection.execute(f"USE {MAIN}")
        show_as_current(self._connection, MAIN)
        for setting in (
            f"search_path = '{MAIN},{VECTORS}'",
            "TimeZone = 'UTC'",
            f"allowed_paths = [{', '.join(map(_literal, files))}]",
            "temp_directory = ''",
            f"memory_limit = '{self._memory}'",
            "enable_external_access = false",
            "lock_configuration = true",
        ):
            self._connection.execute(f"SET {setting}")

    def _attach(self, name: str, path: Path, alone: bool, vectors: str) -> list[Path]:
        """The files in which its vectors are; these become the table `embeddings` of a new database called `vectors`."""
        if not path.is_file():
            raise StoreError(f"{path}: no such study database; run the pipeline first")
        folder = SegmentFolder(StudyFolder(path.resolve().parent).vectors)
        self._held = (*self._held, hold(folder, self))  # before it is known which are needed
        (attach_alone if alone else attach)(self._connection, path, name)
        self._connection.execute(f"ATTACH ':memory:' AS {vectors}")
        if (segments := segments_of(self._connection, name)) is None:
            return []
        files = folder.files(segments)
        with contextlib.suppress(
            duckdb.Error
        ):  # where the database was taken without what lies beside it
            show_vectors(self._connection, vectors, files)
        return files

    def sql(self, query: str, parameters: Parameters | None = None) -> Relation:
        """The relation that `query` describes: `.df()`, `.arrow()`, `.fetchall()`, `.show()`.

        Raises:
            QueryError: DuckDB refused it, or it does something else than reading.
        """
        self._stopped = False
        with self._watched():
            refuse_but_reading(query)
            relation: Relation | None = self._connection.sql(query, params=parameters)
        if relation is None:
            raise QueryError("the query has no result")
        return relation

    def rows(self, query: str, parameters: Parameters | None = None) -> list[tuple[Any, ...]]:
        """All rows of `query`, which is ours: it is not looked at, and its time is not watched."""
        try:
            return self._connection.execute(query, parameters or []).fetchall()
        except duckdb.Error as error:
            raise self._refused(error) from None

    def columns(self, query: str, parameters: Parameters | None = None) -> pa.Table:
        """The same as an Arrow table."""
        try:
            return self._connection.execute(query, parameters or []).to_arrow_table()
        except duckdb.Error as error:
            raise self._refused(error) from None

    def stream(
        self,
        query: str,
        *,
        as_json: bool = False,
        most: int | None = None,
        limit: int | None = None,
    ) -> Streamed:
        """The result of `query`, a batch at a time, however many rows it has. The time of whoever takes them is not counted.

        Args:
            query: see `sql`.
            as_json: nested values as lists and dicts, decimals as numbers; else both as the text that DuckDB gives them.
            most: characters of a text.
            limit: rows.

        Raises:
            QueryError: see `sql`; also while rows are taken: it cannot be computed, or costs more than the limits.
        """
        relation = self.sql(query)
        shown = [shown_as(str(kind), as_json) for kind in relation.types]
        with self._watched():
            selected = ", ".join(one.expression(i, most) for i, one in enumerate(shown, 1))
            told = relation.project(selected)
            if limit is not None:
                told = told.limit(limit)
        readers = [one.read for one in shown]
        rows = (_rows(batch, readers) for batch in self._batches(told))
        return Streamed(relation.columns, rows)

    def arrow(self, query: str, limit: int | None = None) -> ArrowResult:
        """The same in Arrow's types."""
        relation = self.sql(query)
        with self._watched():
            relation = relation if limit is None else relation.limit(limit)
            schema = relation.limit(0).to_arrow_table().schema
        return ArrowResult(schema, self._batches(relation))

    def count(self, query: str) -> int:
        """How many rows it has."""
        relation = self.sql(query)
        with self._watched():
            ((n,),) = relation.aggregate("count(*)").fetchall()
        return int(n)

    def _batches(self, relation: Relation) -> Iterator[pa.RecordBatch]:
        left, reader = self._limits.timeout_s, None
        while True:
            begun = time.monotonic()
            with self._watched(left):
                reader = reader or relation.to_arrow_reader(BATCH_ROWS)
                batch = next(reader, None)
            left -= time.monotonic() - begun
            if batch is None:
                return
            if self._stopped:
                raise QueryError("stopped")
            yield batch

    def stop(self) -> None:
        """End the query that another thread is at; that thread is told by a `QueryError`."""
        self._stopped = True
        self._connection.interrupt()

    @property
    def _memory(self) -> str:
        return self._limits.memory or f"{psutil.virtual_memory().total // 2_000_000}MB"

    @contextlib.contextmanager
    def _watched(self, timeout_s: float | None = None) -> Iterator[None]:
        """Ends what the database does after that time, and says what is wrong with a query in our words."""
        over = threading.Event()

        def end() -> None:
            over.set()
            self._connection.interrupt()

        timer = threading.Timer(self._limits.timeout_s if timeout_s is None else timeout_s, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (duckdb.Error, OSError, pa.ArrowException) as error:  # Arrow's, while it reads on
            if over.is_set():
                raise QueryError(
                    f"the query took longer than {self._limits.timeout_s:g} s and was stopped: narrow it, or give it more"
                    " (--timeout)"
                ) from None
            if isinstance(error, duckdb.OutOfMemoryException) or "Out of Memory Error" in str(
                error
            ):
                raise QueryError(
                    f"the query needs more memory than {self._memory}: narrow it, or give it more (--memory)"
                ) from None
            raise self._refused(error) from None
        finally:
            timer.cancel()

    def is_current(self, tables: Sequence[Table] = INSIDE) -> bool:
        """Whether each of `tables` is there and has the columns of this version, and no other."""
        columns = {(table.name, c.name) for table in tables for c in table.published}
        found = self._connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE table_name IN (SELECT unnest(?))"
            " AND database_name NOT IN (SELECT unnest(?))",
            [[table.name for table in tables], [*self._others]],
        ).fetchall()
        return columns == set(found)

    @property
    def _is_study(self) -> bool:
        """Whether it is a study's database, and not that of a board."""
        query = (
            "SELECT 1 FROM duckdb_tables() WHERE table_name = 'conversations'"
            " AND database_name NOT IN (SELECT unnest(?))"
        )
        return self._connection.execute(query, [[*self._others]]).fetchone() is not None

    @property
    def is_unfinished(self) -> bool:
        """Whether it is what a study's first run had so far: prompts are grouped when all have come."""
        query = f"SELECT status FROM runs WHERE pipeline IS NOT NULL ORDER BY {self.runs_in_order}"
        runs = [status for (status,) in self.rows(query)]
        if not runs or runs[-1] == "done":
            return False
        alone = "SELECT 1 FROM prompts WHERE prompt_group IS NULL LIMIT 1"
        return "done" not in runs or (self.is_current([PROMPTS]) and bool(self.rows(alone)))

    @property
    def runs_in_order(self) -> str:
        """How runs are ordered as they began, for ORDER BY: by their number, and before them those that have none."""
        numbered = self.rows(
            "SELECT 1 FROM duckdb_columns() WHERE table_name = 'runs' AND column_name = 'sequence'"
        )
        return "sequence NULLS FIRST, run_id" if numbered else "run_id"

    def _refused(self, error: Exception) -> LogminerError:
        message = _first_line(error)
        if (
            isinstance(error, duckdb.CatalogException | duckdb.BinderException)
            and self._is_study
            and not self.is_current()
        ):
            message += " (the study was published by another version: run its pipeline again)"
        elif fault := vectors_fault(self.vector_files, message):
            message = fault
        elif named := _UNKNOWN.search(message):
            message = f"{message.rstrip('!')}; {self._hint(named['what'], named['name'])}"
        return QueryError(message)

    def _hint(self, what: str, name: str) -> str:
        """What may have been meant by a name that refers to nothing."""
        listed = "duckdb_columns()" if what == "column" else "information_schema.tables"
        column = "column_name" if what == "column" else "table_name"
        with contextlib.suppress(duckdb.Error):
            rows = self._connection.execute(f"SELECT DISTINCT {column} FROM {listed} ORDER BY 1")
            known = [known for (known,) in rows.fetchall()]
            if name in known:
                return "another of the studies has it; one of an earlier version does when its pipeline is run again"
            return did_you_mean(name, known, "`logminer schema` lists tables and columns")
        return "`logminer schema` lists tables and columns"

    def close(self) -> None:
        """Let go of the snapshot."""
        self._connection.close()
        for let_go in self._held:
            let_go()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_session(
    study: Path, limits: Limits | None = None, others: Mapping[str, Path] | None = None
) -> Session:
    """Open the database of a study folder (or a `.duckdb` file) for reading, and others beside it.

    A study is read as it was published; a copy under another name with all that was done to it.

    Args:
        study: the folder or file.
        limits: see `Session`.
        others: the same by name; their tables are `NAME.responses` and so on.

    Raises:
        QueryError: a name cannot be one, or the same database is named twice.
        StoreError: there is none, it cannot be read, or another program has it open for writing (`StudyHeld`).
    """
    found = {MAIN: _database(study)}
    for name, other in (others or {}).items():
        taken = TAKEN | {one.casefold() for one in found}
        if not NAME.fullmatch(name) or name.casefold() in taken:
            raise QueryError(
                f"'{name}' cannot be the name of an attached study: letters, digits and _, and none of {', '.join(sorted(taken))}"
            )
        found[name] = _database(other)
        if len({path.resolve() for path in found.values()}) < len(found):
            raise QueryError(f"{found[name]}: attached already; it needs no second name")
    path = found.pop(MAIN)
    return Session(path, alone=_is_published(path), limits=limits, others=found)


def _database(study: Path) -> Path:
    return study if study.suffix == ".duckdb" else StudyFolder(study).database


def _is_published(path: Path) -> bool:
    """Whether what lies beside it is another program's."""
    return path.resolve().name == DATABASE


def _rows(batch: pa.RecordBatch, readers: Sequence[Reader]) -> list[tuple[Any, ...]]:
    columns = [
        [None if value is None else read(value) for value in column.to_pylist()]
        for column, read in zip(batch.columns, readers, strict=True)
    ]
    return list(zip(*columns, strict=True))


# DuckDB's words for a name that refers to nothing.
_UNKNOWN = re.compile(
    r"(?P<what>Table|column) (?:with name |named )?\"?(?P<name>\w+)\"?(?: does not exist| not found|$)"
)


def _literal(file: Path) -> str:
    return f"'{quoted(file)}'"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
