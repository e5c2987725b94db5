"""What names a file: what is in it."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache

from logminer.errors import SourceError
from logminer.files.finding import DumpFile

__all__ = ["identity"]


def identity(file: DumpFile) -> str:
    """12 hex characters that name the file's content and place in its dump, wherever the dump lies.

    Parquet is known by size and footer, which holds the offsets and statistics of every column chunk; other files by their bytes.
    """
    try:
        state = file.path.stat()
        return _identity(file, state.st_size, state.st_mtime_ns)
    except OSError as error:
        raise SourceError(f"{file.path}: cannot be read ({error.strerror})") from None


@lru_cache(maxsize=4096)
def _identity(file: DumpFile, size: int, _changed: int) -> str:
    with file.path.open("rb") as stream:
        if file.path.suffix.lower() == ".parquet" and size > 8:
            stream.seek(-8, os.SEEK_END)
            footer_bytes = int.from_bytes(stream.read(4), "little")
            stream.seek(-min(size, footer_bytes + 8), os.SEEK_END)
        content = hashlib.file_digest(stream, "sha256").digest()
    name = file.relative.encode("utf-8", "surrogateescape")
    return hashlib.sha256(b"\0".join([name, str(size).encode(), content])).hexdigest()[:12]
