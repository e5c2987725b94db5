"""Which kinds of file are read as tables, told by their names."""

from __future__ import annotations

import re

__all__ = ["TABLES", "kind_of", "suffixes"]

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

TABLES = ("parquet", "arrow", "jsonl", "csv", "json")  # in the order in which a folder is looked at


def kind_of(name: str) -> str | None:
    """The kind of a file with this name; None where it is none."""
    lower = name.lower()
    return next((kind for kind, named in _PATTERNS.items() if named.fullmatch(lower)), None)


def suffixes(kinds: tuple[str, ...]) -> str:
    """For people: `.parquet or .jsonl`."""
    return " or ".join(f".{kind}" for kind in kinds)
