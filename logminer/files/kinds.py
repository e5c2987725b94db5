"""Which kinds of file are read as tables, told by their names."""

from __future__ import annotations

import re

from logminer.files.objects import AnyPath
from logminer.files.odcv import RunFolder, is_run_folder

__all__ = ["FOLDERS", "TABLES", "folder_kind", "kind_of", "suffixes"]

_PACKED = r"(?:\.(?:gz|gzip|zst|zstd|bz2|xz))?"
_NAMES = {
    # Writers of Parquet name the codec behind or before the suffix, or shorten it.
    "parquet": r".+\.(?:parquet|parq|pq)(?:\.(?:snappy|gzip|gz|zstd|zst|lz4|brotli|br))?",
    "arrow": r".+\.(?:arrow|feather|ipc)",
    "jsonl": rf".+\.(?:jsonl|ndjson|jsonlines){_PACKED}",
    "csv": rf".+\.(?:csv|tsv){_PACKED}",
    "json": rf".+\.json{_PACKED}",
    "eval": r".+\.eval",  # a log of Inspect
}
_PATTERNS = {kind: re.compile(pattern) for kind, pattern in _NAMES.items()}

FOLDERS = ("odcv",)  # read as one file
TABLES = ("parquet", "arrow", "jsonl", "csv", "json")  # in the order in which a folder is looked at


def kind_of(name: str) -> str | None:
    """The kind of a file with this name; None where it is none."""
    lower = name.lower()
    return next((kind for kind, named in _PATTERNS.items() if named.fullmatch(lower)), None)


def folder_kind(path: AnyPath) -> str | None:
    """The kind of a folder that is read as one file; None where it is a folder of files.

    Raises:
        SourceError: it is one, and lies where none can be read.
    """
    return FOLDERS[0] if is_run_folder(path) and RunFolder(path) else None


def suffixes(kinds: tuple[str, ...]) -> str:
    """For people: `.parquet or .jsonl`."""
    return " or ".join(f".{kind}" for kind in kinds if kind not in FOLDERS)
