"""`release.duckdb`: a new file, made of the tables of a release and of nothing else."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from logminer.errors import StoreError
from logminer.files.atomic import replacing, writing
from logminer.process.permissions import OWNER
from logminer.schemas import Table
from logminer.schemas.release import RELEASE_TABLES
from logminer.store.attaching import refuse_if_held, remove_logs
from logminer.store.filling import fill, tables_in

__all__ = ["is_release", "refuse_other_files", "release_file"]


def is_release(path: Path) -> bool:
    """Whether a file is a release."""
    return path.is_file() and tables_in(path) == {table.name for table in RELEASE_TABLES}


def refuse_other_files(path: Path) -> None:
    """Ask that nothing is at `path`, or a release that may be replaced.

    Raises:
        StoreError: something else is, or another program has it open.
    """
    if path.is_symlink() or path.is_dir() or (path.exists() and not is_release(path)):
        raise StoreError(f"{path}: is there already and no release; remove it or name another file")
    refuse_if_held(path)


@contextlib.contextmanager
def release_file(path: Path, tables: Sequence[tuple[Table, pa.Table]]) -> Iterator[None]:
    """Write a release for its owner alone; it is put in its place when the caller has done what goes before that.

    Raises:
        StoreError: it cannot be written.
    """
    with OWNER.hold(), replacing(path) as temporary:
        try:
            fill(temporary, tables, plain=True)
        except duckdb.Error as error:
            raise StoreError(f"{path}: cannot be written ({type(error).__name__})") from None
        finally:
            remove_logs(temporary)
        with writing(path):
            temporary.chmod(OWNER.file)
        yield
