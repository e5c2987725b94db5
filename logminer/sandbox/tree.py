"""The files of a sandbox, held in memory between the processes that work on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["FileTree"]


class FileTree(NamedTuple):
    """Files below one folder.

    Attributes:
        files: path relative to the folder, with `/`, → content; regular files alone.
        odd: path → what stands there that is no file to be read: `symlink`, `fifo`, `socket`, `device`, `too_large`,
            `too_many`, `unreadable`; of a symlink followed by a blank and where it points.
        executable: paths of the files that may be executed.
    """

    files: Mapping[str, bytes]
    odd: Mapping[str, str] = {}
    executable: frozenset[str] = frozenset()
