"""A sandbox that does not contain: limits, a folder of its own, and everything that it started is killed."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from logminer.sandbox.base import Bounds
from logminer.sandbox.launching import LaunchedSandbox
from logminer.sandbox.tree import FileTree
from logminer.sandbox.walking import empty

__all__ = ["PlainSandbox"]

_IN_MEMORY = "/dev/shm"


class PlainSandbox(LaunchedSandbox):
    """For systems without namespaces, and for trees that somebody trusts: the network and the user's files are open to it."""

    contained = False

    @contextlib.contextmanager
    def _place(self, tree: FileTree, bounds: Bounds, writable: bool) -> Iterator[Mapping[str, str]]:
        # A folder that nobody can enter but us; in memory, if there is room, because what is written may be raw text.
        outer = tempfile.mkdtemp(prefix="logminer-", dir=_roomy(bounds.tree_bytes))
        folder = f"{outer}/place"
        python = self.python
        search = f"{folder}/tools:{os.path.dirname(python)}:/usr/local/bin:/usr/bin:/bin"
        try:
            yield {
                "contained": "no",
                "tree": f"{folder}/work",
                "home": f"{folder}/work",
                "python": python,
                "path": search,
                "most_tasks": str(_tasks_allowed(bounds.processes)),
            }
        finally:
            empty(outer)


def _roomy(tree_bytes: int) -> str | None:
    try:
        room = os.statvfs(_IN_MEMORY)
    except OSError:
        return None
    fits = room.f_bavail * room.f_frsize > 4 * tree_bytes
    return _IN_MEMORY if fits and os.access(_IN_MEMORY, os.W_OK) else None


def _tasks_allowed(processes: int) -> int:
    """So many more than the user has already, whom the kernel counts as one; -1: it does not count root's."""
    if os.geteuid() == 0 or not Path("/proc/self/task").is_dir():
        return -1
    mine = 0
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and process.stat().st_uid == os.geteuid():
                mine += len(os.listdir(process / "task"))
        except OSError:
            continue
    return mine + processes
