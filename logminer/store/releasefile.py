"""`release.duckdb`: a new file, made of the tables of a release and of nothing else; and the same tables, each as a file."""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from logminer.errors import StoreError
from logminer.files.atomic import TEMPORARY, replacing, write_parquet, writing
from logminer.process.permissions import OWNER
from logminer.schemas import Table
from logminer.schemas.release import RELEASE_TABLES
from logminer.store.attaching import refuse_if_held, remove_logs
from logminer.store.filling import fill, tables_in

__all__ = [
    "is_release",
    "refuse_other_files",
    "refuse_other_tables",
    "release_file",
    "release_folder",
]

FILES = {table.name: f"{table.name}.parquet" for table in RELEASE_TABLES}
ALLOWED = set[str](), {*FILES.values()}  # what a folder may hold before


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


def refuse_other_tables(folder: Path) -> None:
    """Ask that `folder` is not there, is empty, or holds the tables of a release and nothing else.

    Raises:
        StoreError: something else is.
    """
    if not folder.is_symlink() and not folder.exists():
        return
    if folder.is_symlink() or not folder.is_dir() or {*os.listdir(folder)} not in ALLOWED:
        raise StoreError(
            f"{folder}: is there already, and is no folder of a release's tables; remove it or name another folder"
        )


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


@contextlib.contextmanager
def release_folder(folder: Path | None, tables: Sequence[tuple[Table, pa.Table]]) -> Iterator[None]:
    """Write the tables of a release as files, if a folder is named; they are put in their place as `release_file` puts its own.

    Raises:
        StoreError: they cannot be written.
    """
    if folder is None:
        yield
        return
    aside = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}{TEMPORARY}")
    try:
        with OWNER.hold(), writing(folder):
            aside.mkdir(parents=True)
            for table, rows in tables:
                write_parquet(rows, aside / FILES[table.name], plain=True)
        yield
        with OWNER.hold(), writing(folder):
            folder.mkdir(exist_ok=True)
            for name in FILES.values():
                (aside / name).replace(folder / name)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
