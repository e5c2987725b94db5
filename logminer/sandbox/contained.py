"""A sandbox that contains: Linux namespaces around a root of files in memory."""

from __future__ import annotations

import contextlib
import functools
import os
import site
import sys
import sysconfig
from collections.abc import Iterator, Mapping

from logminer.sandbox.base import Bounds
from logminer.sandbox.launching import LaunchedSandbox
from logminer.sandbox.tree import FileTree

__all__ = ["ContainedSandbox"]

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/ld.so.cache")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class ContainedSandbox(LaunchedSandbox):
    """Its processes see the interpreter's and the system's programs, to be read, and their tree; no network, no other process."""

    contained = True

    @contextlib.contextmanager
    def _place(self, tree: FileTree, bounds: Bounds, writable: bool) -> Iterator[Mapping[str, str]]:
        folders = {path[:at] for path in tree.files for at, c in enumerate(path) if c == "/"}
        python = self.python
        shown = _shown(python)
        yield {
            "contained": "yes",
            "tree": _tree_place(shown),
            "home": "/tmp",
            "python": python,
            "path": f"/tools:{os.path.dirname(python)}:/usr/local/bin:/usr/bin:/bin",
            # Besides the command, init has the user inside, and so has the launcher unless it is root.
            "most_tasks": str(bounds.processes + (1 if os.geteuid() == 0 else 2)),
            # Each file takes whole pages; some entries are the sandbox's own.
            "room_bytes": str(bounds.tree_bytes + (len(tree.files) + 8) * _PAGE_BYTES),
            "room_files": str(bounds.tree_files + len(folders) + 8),
            "shown": "\n".join(shown),
            "hidden": "\n".join(_hidden()),
        }


@functools.cache
def _shown(python: str) -> tuple[str, ...]:
    """Files and folders that are to be seen inside: the system's and the interpreter's own."""
    prefixes = {os.path.realpath(sys.base_prefix), os.path.realpath(sys.base_exec_prefix)}
    own = {p for p in prefixes if os.path.commonpath((p, "/usr")) != "/usr"}
    if not any(os.path.commonpath((p, python)) == p for p in (*own, "/usr")):
        own.add(python)
    return (*_SYSTEM, *sorted(own))


def _tree_place(shown: tuple[str, ...]) -> str:
    """The tree's path inside, below which nothing else is shown."""
    return "/tree" if any(path.startswith("/work/") for path in shown) else "/work"


@functools.cache
def _hidden() -> tuple[str, ...]:
    """Folders of installed packages in what is shown: the same tree is to run alike on every machine."""
    prefixes = [sys.base_prefix, sys.base_exec_prefix, "/usr", "/usr/local"]
    names = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}
    found = {*site.getsitepackages(prefixes)}
    found |= {sysconfig.get_path(kind, vars=names) for kind in ("purelib", "platlib")}
    found.add("/usr/lib/python3/dist-packages")
    return tuple(sorted({os.path.realpath(path) for path in found}))
