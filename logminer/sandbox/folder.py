"""A folder's files in memory, and the way back."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from logminer.errors import SandboxError
from logminer.sandbox.base import BOUNDS, Bounds
from logminer.sandbox.tree import FileTree
from logminer.sandbox.walking import put, walked
from logminer.sandbox.wire import EXECUTABLE, ODD

__all__ = ["checked", "read_tree", "tree_of", "write_tree"]


def read_tree(folder: Path, bounds: Bounds = BOUNDS) -> FileTree:
    """The files of a folder; nothing is followed, and no more is read than the bounds of a tree allow: the rest is `odd`.

    Raises:
        SandboxError: it is no folder that can be read.
    """
    if not folder.is_dir():
        raise SandboxError(f"{folder} is no folder: name one that holds an instance's files")
    return tree_of(walked(str(folder), bounds.tree_bytes, bounds.tree_files))


def write_tree(tree: FileTree, folder: Path) -> None:
    """Write a tree's files into a folder, which is made; what was odd is not made again, and what lies there stays.

    Raises:
        SandboxError: a file cannot be written, or a path of the tree leads out of it.
    """
    checked(tree)
    for path, content in tree.files.items():
        try:
            put(str(folder), path, content, executable=path in tree.executable)
        except OSError as error:
            at = folder / path
            raise SandboxError(f"{at} cannot be written: {os.strerror(error.errno or 0)}") from None


def checked(tree: FileTree) -> FileTree:
    """The tree, whose paths all lie in it.

    Raises:
        SandboxError: one does not.
    """
    for path in tree.files:
        try:
            raw = path.encode()
        except UnicodeEncodeError:
            raise SandboxError("a path of a tree is no UTF-8") from None
        if b"\0" in raw or any(part in (b"", b".", b"..") for part in raw.split(b"/")):
            raise SandboxError("a path of a tree leads out of it: give relative ones without '..'")
    return tree


def tree_of(found: Iterable[tuple[bytes, bytes, bytes]]) -> FileTree:
    """A tree of what was walked through; files whose names are no UTF-8 are odd, because nothing else could name them."""
    files: dict[str, bytes] = {}
    odd: dict[str, str] = {}
    executable = set()
    for kind, raw, content in found:
        path = raw.decode("utf-8", "backslashreplace")
        if kind == ODD:
            odd[path] = content.decode("utf-8", "backslashreplace")
        elif path.encode() != raw:
            odd[path] = "unreadable"
        else:
            files[path] = content
            if kind == EXECUTABLE:
                executable.add(path)
    return FileTree(files, odd, frozenset(executable))
