"""Which files a study was made of last: one of them that is being written is waited for, and a new one is not.

Files of lines may grow all the time, and are not waited for unless they are shorter than they were.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import chain

from logminer.files.atomic import write_text
from logminer.files.growing import GrowingPath
from logminer.files.jsonread import read_json
from logminer.files.objects import AnyPath
from logminer.files.sealing import read_bytes
from logminer.pipeline.journey import Journey
from logminer.spec import content_hash
from logminer.store.layout import StudyFolder

__all__ = ["end_of", "file_named", "files_of", "keep_files"]


def file_named(path: str) -> str:
    """A file as it is written down: names of files may be people's."""
    return content_hash(path)


def keep_files(journey: Journey) -> None:
    """Remember them as they lie there now that a run has come to its end: one that came meanwhile counts too.

    Raises:
        SourceError: they are gone.
    """
    file = journey.file
    found = chain(file.source.files(), *(one.files() for one in file.checkpoints))
    ends = {file_named(str(one.path)): end_of(one.path) for one in found}
    write_text(json.dumps(ends, sort_keys=True), journey.folder.made_of)


def files_of(folder: StudyFolder) -> Mapping[str, int] | None:
    """Those that `keep_files` wrote down, see `file_named`, each with its end; none where there is no study. None: nobody knows."""
    if not folder.database.exists():
        return {}
    try:
        said = read_json(read_bytes(folder.made_of))
        return said if isinstance(said, dict) else dict.fromkeys(said, 0)  # as it was written once
    except (OSError, ValueError, TypeError):
        return None


def end_of(path: AnyPath) -> int:
    """Bytes of a file of lines that are read; 0 of any other."""
    return path.stood.end if isinstance(path, GrowingPath) and path.stood else 0
