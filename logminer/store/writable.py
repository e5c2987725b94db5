"""A database that is being made: nobody else has it open, and it is thrown away if that fails."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from logminer.errors import LogminerError
from logminer.files.atomic import FULL, disk_full
from logminer.schemas import INSIDE, PART_DIGESTS, PART_ORDER, PUBLISHED_STATE, VECTOR_PARTS, Table
from logminer.schemas.table import Column
from logminer.store.ddl import brought_up_to_date, create_table, macros, quoted, views
from logminer.store.describing import comments
from logminer.store.encrypting import ENCRYPTED_FROM, unlock
from logminer.store.session import MAIN, Session

__all__ = ["Writable", "found_no_space", "names_of"]

OURS = (PART_DIGESTS, PART_ORDER, VECTOR_PARTS, PUBLISHED_STATE)
NO_SPACE = (*map(os.strerror, FULL), "max_temp_directory_size")  # as DuckDB says it
LEAST_FREE, LOOSE = 16, 0.1  # blocks of 256 KiB, and their share of all
# What texts of a column have on average, in characters, from where they are packed with Zstandard.
PACKED_FROM = 32
PACKS_FROM = "v1.2.0"  # the first storage that does


class Writable(Session):
    """`rows` and `columns` work as in a session.

    Args:
        path: of the file; made where there is none.
        memory: limit for DuckDB, in its own notation.
    """

    def __init__(self, path: Path, memory: str) -> None:
        self._path = path
        self._connection = duckdb.connect(":memory:")
        self._attach_main()
        for setting in (
            "TimeZone = 'UTC'",
            f"memory_limit = '{memory}'",
            "preserve_insertion_order = false",
            f"temp_directory = '{quoted(path.with_suffix('.spill'))}'",
            f"zstd_min_string_length = {PACKED_FROM}",
        ):
            self.run(f"SET {setting}")

    def _attach_main(self) -> None:
        key = unlock(self._connection, self._path)
        options = "RECOVERY_MODE 'no_wal_writes'"  # of use to nobody, and it is all written twice
        if not self._path.exists():
            options += f", STORAGE_VERSION '{ENCRYPTED_FROM if key else PACKS_FROM}'"
        options += key
        self.run(f"ATTACH '{quoted(self._path)}' AS {MAIN} ({options})")
        self.run(f"USE {MAIN}")

    def describe(self) -> None:
        """Make the tables that are not there, and say anew what columns hold and views are."""
        with self.transaction():  # one commit, not one for each comment on a column
            tables = [
                *map(create_table, INSIDE),
                *(statement for table in OURS for statement in brought_up_to_date(table)),
            ]
            for statement in [*tables, *(macros() | views()).values()]:
                self._connection.execute(statement)
            self._connection.execute("; ".join(comments(self._connection)))

    def replace(self, table: Table, rows: pa.Table) -> None:
        """Make `rows` the whole content of `table`."""
        given = [c for c in table.published if not c.derived or c.name in rows.column_names]
        with self.incoming(rows):
            self.run(f"DELETE FROM {table.name}")
            self.take_in(table, given)

    def add(self, table: Table, rows: pa.Table) -> None:
        """Add `rows` to those that `table` has."""
        with self.incoming(rows):
            self.take_in(table, table.loaded)

    def take_in(self, table: Table, columns: Iterable[Column]) -> None:
        """Add what is in `incoming`."""
        names = names_of(columns)
        self.run(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM incoming")

    def run(self, statement: str) -> None:
        """A statement without a result."""
        self._connection.execute(statement)

    @contextlib.contextmanager
    def incoming(self, rows: pa.Table) -> Iterator[None]:
        """Meanwhile `rows` are the table `incoming`; in a transaction, where there is none yet."""
        self._connection.register("incoming", rows)
        try:
            with self.transaction():
                yield
        finally:
            self._connection.unregister("incoming")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """What is done meanwhile is done whole or not at all."""
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            with contextlib.suppress(duckdb.Error):  # what went wrong is told, not what came of it
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def fold(self) -> None:
        """Write everything into the one file."""
        self.run("CHECKPOINT")

    def tighten(self, fresh: Path) -> None:
        """Leave no room unused in the file where much is: what changes in the last rows of a table is written elsewhere in it.

        Args:
            fresh: a database with all tables, and nothing in them; gone afterwards.
        """
        key = unlock(self._connection, fresh)
        self.run(f"ATTACH '{quoted(fresh)}' AS fresh (RECOVERY_MODE 'no_wal_writes'{key})")
        for table in (*INSIDE, *OURS):
            names = names_of(table.published)
            self.run(f"INSERT INTO fresh.{table.name} ({names}) SELECT {names} FROM {table.name}")
        for statement in ("CHECKPOINT fresh", "USE memory", f"DETACH {MAIN}", "DETACH fresh"):
            self.run(statement)
        os.replace(fresh, self._path)
        self._attach_main()

    @property
    def is_loose(self) -> bool:
        """Whether much of the file holds nothing; what was changed since `fold` is not counted."""
        query = (
            "SELECT free_blocks, total_blocks FROM pragma_database_size() WHERE database_name = ?"
        )
        ((free, total),) = self.rows(query, [MAIN])
        return bool(free >= LEAST_FREE and free > LOOSE * total)

    def _refused(self, error: Exception) -> LogminerError:
        return disk_full(self._path) if found_no_space(error) else super()._refused(error)


def names_of(columns: Iterable[Column]) -> str:
    """Of columns, as they stand in a list of SQL."""
    return ", ".join(f'"{c.name}"' for c in columns)


def found_no_space(error: Exception) -> bool:
    """Whether that is what DuckDB means."""
    return any(words in str(error) for words in NO_SPACE)
