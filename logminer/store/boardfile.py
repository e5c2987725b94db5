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
from logminer.store.filling import fill
from logminer.store.layout import StudyFolder
from logminer.store.restricting import permissions

__all__ = ["write_board"]


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
            fill(temporary, tables)
            with writing(target):
                temporary.chmod(allowed.file)
                remove_logs(target)  # of another program, to a file that is there no longer
        except duckdb.Error as error:
            raise StoreError(f"{target}: cannot be written ({type(error).__name__})") from None
        finally:
            remove_logs(temporary)
    return target
