"""`board.duckdb`: what all studies of a pipeline say together. It is made anew each time, in one step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from logminer.errors import StoreError
from logminer.files.atomic import replacing, writing
from logminer.schemas import Table
from logminer.store.attaching import refuse_if_held, remove_logs
from logminer.store.ddl import create_table, macros, quoted
from logminer.store.encrypting import ENCRYPTED_FROM, unlock
from logminer.store.layout import StudyFolder
from logminer.store.restricting import permissions

__all__ = ["write_board"]

BOARD = "board"  # how DuckDB calls the database


def write_board(
    study: Path, tables: Sequence[tuple[Table, pa.Table]], *, group_readable: bool | None = None
) -> Path:
    """Write the tables into the study's `board.duckdb`, with what each column means; gives its path.

    A reader of the one that was there keeps its snapshot. It is for whom the study is for.

    Args:
        study: its folder, which exists.
        tables: what they are, and their rows: the same columns.
        group_readable: the owner's group may read too. None: where it may read the study now.

    Raises:
        StoreError: the disk is full, or the folder cannot be written.
        StudyHeld: another program has the file open for writing.
    """
    target = StudyFolder(study).board
    refuse_if_held(target)
    allowed = permissions(study, group_readable)
    with allowed.hold(), replacing(target) as temporary:
        try:
            _fill(temporary, tables)
            with writing(target):
                temporary.chmod(allowed.file)
                remove_logs(target)  # of another program, to a file that is there no longer
        except duckdb.Error as error:
            raise StoreError(f"{target}: cannot be written ({type(error).__name__})") from None
        finally:
            remove_logs(temporary)
    return target


def _fill(path: Path, tables: Sequence[tuple[Table, pa.Table]]) -> None:
    with duckdb.connect(":memory:") as connection:
        key = unlock(connection, path)
        version = f"(STORAGE_VERSION '{ENCRYPTED_FROM}'{key})" if key else ""
        connection.execute(f"ATTACH '{quoted(path)}' AS {BOARD} {version}")
        connection.execute(f"USE {BOARD}")
        connection.execute("SET TimeZone = 'UTC'")
        for table, rows in tables:
            connection.execute(create_table(table))
            connection.register("incoming", rows)
            names = ", ".join(f'"{c.name}"' for c in table.published)
            connection.execute(f"INSERT INTO {table.name} ({names}) SELECT {names} FROM incoming")
            connection.unregister("incoming")
        for statement in macros().values():
            connection.execute(statement)
        connection.execute("CHECKPOINT")
