"""The files of a dump, found."""

from __future__ import annotations

import glob
import os
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote

from logminer.errors import ConfigError, SourceError

__all__ = ["DumpFile", "find_files", "rooted"]

HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"


class DumpFile(NamedTuple):
    """A file, and its path below the fixed part of the pattern that found it."""

    path: Path
    relative: str

    @property
    def hive(self) -> tuple[tuple[str, str | None], ...]:
        """The columns that its folders' names give, as in `model=x/`: (name, value), each name once, by name.

        The innermost folder holds; names and values are decoded as URLs are.
        """
        named = [folder.partition("=") for folder in self.path.parent.parts]
        values = {unquote(key): unquote(value) for key, equals, value in named if key and equals}
        return tuple(
            (key, None if value == HIVE_NULL else value) for key, value in sorted(values.items())
        )


def rooted(path: str, base: Path) -> str:
    """`path` as an absolute one, taken from `base` where it is relative; URLs stay as they are."""
    return path if "://" in path else os.path.normpath(base / Path(path).expanduser())


def find_files(path: str, suffixes: tuple[str, ...] = (".parquet",)) -> list[DumpFile]:
    """The files that a path, a glob (`**` goes down) or a folder names, sorted by their path below its fixed part.

    Hidden and temporary names (a leading `.` or `_`) are skipped. A folder gives its files with one of `suffixes`.

    Raises:
        SourceError: nothing is there.
        ConfigError: a URL.
    """
    if "://" in path:
        raise ConfigError(f"{path}: object-store URLs are not read yet; copy or mount the files")
    whole = Path(path).expanduser()
    if whole.is_file():
        return [DumpFile(whole, whole.name)]
    if whole.is_dir():
        root, found = whole, _below(whole, suffixes)
    elif glob.has_magic(path):
        root = _fixed_part(whole)
        matches = [Path(match) for match in glob.glob(str(whole), recursive=True)]
        found = [m for m in matches if m.is_file()]
        for folder in (m for m in matches if m.is_dir() and "**" not in path):
            found += _below(folder, suffixes)
    else:
        raise SourceError(f"{path}: no such file or folder; check the path")
    visible = {file.relative_to(root) for file in found}
    files = [DumpFile(root / r, r.as_posix()) for r in visible if not _hidden(r)]
    if not files:
        raise SourceError(f"{path}: no {' or '.join(suffixes)} files there; check the path")
    return sorted(files, key=lambda file: PurePosixPath(file.relative).parts)


def _below(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    return [f for f in folder.rglob("*") if f.suffix.lower() in suffixes and f.is_file()]


def _fixed_part(pattern: Path) -> Path:
    fixed = Path(pattern.anchor)
    for part in pattern.relative_to(pattern.anchor).parts[:-1]:
        if glob.has_magic(part):
            break
        fixed /= part
    return fixed


def _hidden(relative: Path) -> bool:
    return any(part.startswith((".", "_")) for part in relative.parts)
