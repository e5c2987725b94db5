"""The domain of a study's pseudonyms where its pipeline names none."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from logminer.errors import SourceError, StoreError
from logminer.files.atomic import write_text
from logminer.files.jsonread import read_json
from logminer.files.sealing import read_bytes
from logminer.pipeline.file import PipelineFile
from logminer.store.layout import StudyFolder
from logminer.store.records import earlier_runs

__all__ = ["in_project", "keep_project"]

_LOOKED_AT = 1 << 16  # bytes of a file, at either end
_HEX = 12


def in_project(file: PipelineFile) -> PipelineFile:
    """The same with its project named.

    A study keeps the project that it had: `project.json` or else `runs` says which, and where none does it is the folder's name.
    A new one's is the folder's name and a hash of what its dump looks like (names and sizes of files, their first and last
    64 KiB), so that the same raw ids in two dumps have other pseudonyms and other surrogates, wherever the studies lie.

    Raises:
        SourceError: there is no dump.
        StoreError: `project.json` or a record of a run is damaged.
    """
    if file.project:
        return file
    return file.model_copy(update={"project": _earlier(file) or _new(file)})


def keep_project(file: PipelineFile) -> None:
    """Write down the project that a study is worked on under, where that is not done; the study is locked."""
    path = StudyFolder(file.study).project
    if not path.exists() or _kept(path) != file.project_name:
        write_text(json.dumps({"project": file.project_name}) + "\n", path)


def _earlier(file: PipelineFile) -> str | None:
    """The project of a study that was worked on; None for a new one."""
    folder = file.folder
    if folder.project.exists():
        return _kept(folder.project)
    said = [json.loads(run["pipeline"]) for run in earlier_runs(folder) if run.get("pipeline")]
    if said:
        return said[-1].get("project") or file.study.name
    return file.study.name if any(folder.parts.glob("*/[!.]*.parquet")) else None


def _kept(path: Path) -> str:
    try:
        kept = read_json(read_bytes(path))["project"]
    except (OSError, ValueError, KeyError, TypeError):
        kept = None
    if not isinstance(kept, str) or not kept:
        raise StoreError(f"{path}: damaged; name `project:` in the pipeline file, as `runs` has it")
    return kept


def _new(file: PipelineFile) -> str:
    digest = hashlib.sha256()
    for one in sorted(file.source.files(), key=lambda f: f.relative):
        digest.update(one.relative.encode("utf-8", "surrogateescape") + b"\0")
        if not one.path.is_file():
            continue
        try:
            with one.path.open("rb") as stream:
                size = stream.seek(0, 2)
                digest.update(f"{size}\0".encode())
                for start in (0, max(0, size - _LOOKED_AT)):
                    stream.seek(start)
                    digest.update(stream.read(_LOOKED_AT))
        except OSError as error:
            raise SourceError(f"{one.path}: cannot be read ({error.strerror})") from None
    return f"{file.study.name}-{digest.hexdigest()[:_HEX]}"
