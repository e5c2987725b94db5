"""A sandbox of Inspect, as the loop of `environments.acting` knows one: commands on trees of files.

The loop runs in a thread; what Inspect does, in the event loop that it came from.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import Any, cast

import anyio.from_thread
from inspect_ai.util import OutputLimitExceededError, SandboxEnvironment

from logminer.errors import SandboxError
from logminer.sandbox.base import BOUNDS, Bounds, Dialogue, Ended, Limit, Ran
from logminer.sandbox.tree import FileTree

__all__ = ["InspectSandbox"]

LISTED_S = 60  # seconds to list a tree

# Prints the tree below the working folder: path, kind, bytes, whether it may be executed, and the hash of what is to be read.
# Nothing is followed. Given: most bytes and entries.
LIST = r"""
import hashlib, json, os, stat, sys
left, most = int(sys.argv[1]), int(sys.argv[2])
found, folders, seen = [], ["."], 0
while folders:
    folder = folders.pop()
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        found.append([os.path.relpath(folder), "unreadable", 0, False, ""])
        continue
    for name in names:
        path = os.path.relpath(os.path.join(folder, name))
        seen += 1
        if seen > most:
            found.append([path, "too_many", 0, False, ""])
            folders = []
            break
        try:
            told = os.lstat(path)
            mode, size, kind, digest = told.st_mode, told.st_size, "device", ""
            if stat.S_ISDIR(mode):
                folders.append(path)
                continue
            if stat.S_ISLNK(mode):
                kind = "symlink " + os.readlink(path)
            elif stat.S_ISFIFO(mode):
                kind = "fifo"
            elif stat.S_ISSOCK(mode):
                kind = "socket"
            elif stat.S_ISREG(mode) and size > left:
                kind = "too_large"
            elif stat.S_ISREG(mode):
                with open(path, "rb") as file:
                    digest = hashlib.sha256(file.read(size)).hexdigest()
                kind, left = "file", left - size
            path.encode()
        except (OSError, UnicodeError):
            path, kind = path.encode("utf-8", "backslashreplace").decode(), "unreadable"
        found.append([path, kind, size, bool(mode & 0o111), digest])
print(json.dumps(found))
"""
MERGED = 'exec "$@" 2>&1'


class InspectSandbox:
    """Not one of ours: what it contains is for whoever chose it to know. It keeps its tree between commands.

    Args:
        inside: the sample's sandbox.
    """

    contained = False
    python = "python3"

    def __init__(self, inside: SandboxEnvironment) -> None:
        self._inside = inside
        self._there = FileTree({})

    def run(
        self,
        command: Sequence[str],
        tree: FileTree,
        limits: Bounds = BOUNDS,
        *,
        writable: bool = True,
        stdin: bytes = b"",
    ) -> Ran:
        """See `Sandbox.run`; call it in a thread. Of limits those of time and output hold, the others are Inspect's."""
        return anyio.from_thread.run(self._run, list(command), tree, limits, stdin)

    def speak(
        self,
        command: Sequence[str],
        tree: FileTree,
        limits: Bounds = BOUNDS,
        *,
        writable: bool = False,
    ) -> AbstractContextManager[Dialogue]:
        """It cannot: no clock outside would be exact enough."""
        raise SandboxError("a sandbox of Inspect cannot be spoken to: grade in one of logminer's")

    async def _run(self, command: list[str], tree: FileTree, limits: Bounds, stdin: bytes) -> Ran:
        await self.put(tree)
        ended = await self._ended(command, limits, stdin)
        try:
            return Ran(ended, await self.tree(limits))
        except SandboxError:  # whoever decides on it will say so
            return Ran(ended, self._there)

    async def put(self, tree: FileTree) -> None:
        """Make the files in it those of `tree`, as far as an agent has left that possible."""
        there = dict(self._there.files)
        gone = [path for path in there if path not in tree.files]
        await self._remove(gone)
        for path, content in tree.files.items():
            if there.get(path) != content and not await self._written(path, content):
                await self._remove([path])  # a folder may have its place
                await self._written(path, content)
        self._there = tree

    async def _remove(self, paths: Sequence[str]) -> None:
        if paths:
            command = ["/bin/sh", "-c", 'rm -rf -- "$@"', "sh", *paths]
            await self._inside.exec(command, timeout=LISTED_S, timeout_retry=False)

    async def _written(self, path: str, content: bytes) -> bool:
        try:
            await self._inside.write_file(path, content)
        except (OSError, RuntimeError):
            return False
        return True

    async def tree(self, limits: Bounds = BOUNDS) -> FileTree:
        """The files that are in it.

        Raises:
            SandboxError: it cannot be told which they are.
        """
        files: dict[str, bytes] = {}
        odd: dict[str, str] = {}
        executable = set()
        known = {sha256(held).hexdigest(): held for held in self._there.files.values()}
        for path, kind, size, may_run, digest in await self._listed(limits):
            if kind != "file":
                odd[path] = kind
                continue
            held = known[digest] if digest in known else await self._held(path, size)
            if held is None:
                odd[path] = "unreadable"
                continue
            files[path] = held
            if may_run:
                executable.add(path)
        self._there = FileTree(files, odd, frozenset(executable))
        return self._there

    async def _listed(self, limits: Bounds) -> Iterator[tuple[str, str, int, bool, str]]:
        most = str(limits.tree_bytes), str(limits.tree_files)
        command = [self.python, "-I", "-S", "-c", LIST, *most]
        try:
            result = await self._inside.exec(command, timeout=LISTED_S, timeout_retry=False)
            rows: list[list[Any]] = json.loads(result.stdout)
        except (TimeoutError, OutputLimitExceededError, UnicodeError, ValueError, OSError):
            raise SandboxError(
                "the files of a sandbox of Inspect cannot be listed: it needs a `python3`, and an agent may have left it out"
                " of order"
            ) from None
        return ((path, kind, size, may_run, digest) for path, kind, size, may_run, digest in rows)

    async def _held(self, path: str, size: int) -> bytes | None:
        """The content of a file; None: it went away, or grew, since it was listed."""
        try:
            held = await self._inside.read_file(path, text=False)
        except (OSError, OutputLimitExceededError):
            return None
        return held if len(held) <= max(size, 1) else None

    async def _ended(self, command: list[str], limits: Bounds, stdin: bytes) -> Ended:
        code: int | None = None
        output, reached = b"", cast(Limit | None, None)
        begun = time.monotonic()
        try:
            result = await self._inside.exec(
                ["/bin/sh", "-c", MERGED, "sh", *command],
                input=stdin or None,
                timeout=round(limits.wall_s),
                timeout_retry=False,
            )
            code, output = result.returncode, result.stdout.encode()
        except TimeoutError:
            reached = "time"
        except OutputLimitExceededError as error:
            reached, output = "output", (error.truncated_output or "").encode()
        except UnicodeError:
            code, output = 0, b"[what it printed is no text]"
        except PermissionError:
            code, output = 126, b"[it may not be run]"
        cut = max(0, len(output) - limits.output_bytes)
        took = time.monotonic() - begun
        return Ended(code, output[: limits.output_bytes], cut, reached, took, 0.0, 0)
