"""Which files a study was made of last: one of them that is being written is waited for, and a new one is not."""

from __future__ import annotations

import json

from logminer.files.atomic import write_text
from logminer.files.jsonread import read_json
from logminer.files.sealing import read_bytes
from logminer.pipeline.journey import Journey
from logminer.spec import content_hash
from logminer.store.layout import StudyFolder

__all__ = ["file_named", "files_of", "keep_files"]


def file_named(path: str) -> str:
    """A file as it is written down: names of files may be people's."""
    return content_hash(path)


def keep_files(journey: Journey) -> None:
    """Remember them as they lie there now that a run has come to its end: one that came meanwhile counts too.

    Raises:
        SourceError: they are gone.
    """
    file = journey.file
    found = (file.source.files(), *(one.files() for one in file.checkpoints))
    named = {file_named(str(one.path)) for files in found for one in files}
    write_text(json.dumps(sorted(named)), journey.folder.made_of)


def files_of(folder: StudyFolder) -> frozenset[str] | None:
    """Those that `keep_files` wrote down, see `file_named`; none where there is no study. None: nobody knows."""
    if not folder.database.exists():
        return frozenset()
    try:
        return frozenset(read_json(read_bytes(folder.made_of)))
    except (OSError, ValueError, TypeError):
        return None
