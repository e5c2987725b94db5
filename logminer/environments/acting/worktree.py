"""The files of one agent, and what comes of its calls."""

from __future__ import annotations

import posixpath

from logminer.environments.acting.calls import Call
from logminer.environments.acting.quiet import quiet
from logminer.sandbox.base import Bounds, Ended, Sandbox
from logminer.sandbox.tree import FileTree

__all__ = ["Worktree", "shortened"]

MOST_TOLD = 8_000  # characters of what a call gives back
MOST_WRITTEN = 1_000_000  # bytes of a file
MOST_PATH = 200  # bytes: no name in it is longer than a file system takes
MOST_COMMAND = 100_000  # bytes, of the 128 KiB that Linux takes
MOST_S = 600.0  # seconds of all commands of an episode together
NEAR = 400  # characters that a cut may be moved to the end of a line
LIMITS = Bounds()
REACHED = {
    "time": f"it may take {LIMITS.wall_s:.0f} seconds",
    "cpu": f"it may compute for {LIMITS.cpu_s:.0f} seconds",
    "memory": f"it may take {LIMITS.memory_bytes >> 20:,} MB of memory",
    "disk": f"there may be {LIMITS.tree_files:,} files, of {LIMITS.tree_bytes >> 20:,} MB together",
}


class Refusal(Exception):
    """A call cannot be carried out; says why to whoever made it."""


class Worktree:
    """What an agent works on.

    Args:
        tree: what it finds.
        sandbox: where its commands run.

    Attributes:
        tree: as it is now.
    """

    def __init__(self, tree: FileTree, sandbox: Sandbox) -> None:
        self.tree, self._sandbox = tree, sandbox
        self._ran_s = 0.0

    def carry_out(self, call: Call) -> str:
        """What whoever made the call is told. `done` does nothing here."""
        if call.tool is None or call.problem:
            return f"error: {call.problem}"
        try:
            if call.tool == "read":
                return self._read(_inside(call.argument))
            if call.tool == "write":
                return self._write(_inside(call.argument), call.content)
        except Refusal as refused:
            return f"error: {refused}"
        return self._run(call.argument) if call.tool == "run" else ""

    def _read(self, path: str) -> str:
        if path in self.tree.files:
            text = self.tree.files[path].decode("utf-8", "replace")
            return shortened(text, MOST_TOLD) if text else "(empty)"
        self._require_plain(path)
        before = "" if path == "." else f"{path}/"
        there = sorted(one for one in self.tree.files if one.startswith(before))
        if not there and path != ".":
            raise Refusal("no such file; read `.` for a list")
        listed = (f"{one}  {len(self.tree.files[one]):,} bytes" for one in there)
        return shortened("\n".join(listed) or "(no files)", MOST_TOLD)

    def _write(self, path: str, content: str) -> str:
        self._require_plain(path)
        data = content.encode("utf-8", "replace")
        files = {**self.tree.files, path: data}
        above = [path[:at] for at, sign in enumerate(path) if sign == "/"]
        if any(one in self.tree.files for one in above):
            raise Refusal("a part of the path is a file")
        if path == "." or any(one.startswith(f"{path}/") for one in self.tree.files):
            raise Refusal("it is a folder")
        if len(data) > MOST_WRITTEN or sum(map(len, files.values())) > LIMITS.tree_bytes:
            raise Refusal(f"too large; a file may have {MOST_WRITTEN:,} bytes")
        if len(files) > LIMITS.tree_files:
            raise Refusal(f"too many files; there may be {LIMITS.tree_files:,}")
        self.tree = self.tree._replace(files=files)
        return f"written: {len(data):,} bytes"

    def _require_plain(self, path: str) -> None:
        """Neither the file nor a folder above it is something else than a file or a folder."""
        for at, sign in enumerate(f"{path}/"):
            if sign == "/" and path[:at] in self.tree.odd:
                kind = self.tree.odd[path[:at]].split()[0].replace("_", " ")
                raise Refusal(f"it is a {kind}, or lies behind one, and is left alone")

    def _run(self, command: str) -> str:
        if len(command.encode("utf-8", "backslashreplace")) > MOST_COMMAND:
            return "error: too long for a command; write it into a file, and run that"
        if self._ran_s > MOST_S:
            return f"error: your commands have run for {MOST_S:.0f} seconds, and may run no more"
        with quiet():
            ended, self.tree = self._sandbox.run(["/bin/sh", "-c", command], self.tree, LIMITS)
        self._ran_s += ended.wall_s
        told = shortened(ended.output.decode("utf-8", "replace").rstrip(), MOST_TOLD)
        return "\n".join(filter(None, (told, *_ending(ended))))


def _ending(ended: Ended) -> list[str]:
    said = []
    if ended.cut:
        said.append(f"[{ended.cut:,} bytes more were thrown away]")
    if ended.limit in REACHED:
        said.append(f"[{REACHED[ended.limit]}]")
    if ended.code is None:
        said.append("[killed]")
    elif ended.code < 0:
        said.append(f"[killed by signal {-ended.code}]")
    else:
        said.append(f"[exit status {ended.code}]")
    if ended.leftovers:
        said.append(f"[{ended.leftovers} processes that were left running were ended]")
    return said


def _inside(path: str) -> str:
    """The path as the tree has it.

    Raises:
        Refusal: it leads out of the folder, or is none.
    """
    path = path.strip()
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        size = 0  # half of a character
    if not 0 < size <= MOST_PATH or "\0" in path or "\n" in path:
        raise Refusal("that is no path")
    if path.startswith(("/", "~")):
        raise Refusal("paths are relative to the working folder, as in `solution.py`")
    path = posixpath.normpath(path)
    if path.split("/")[0] == "..":
        raise Refusal("it lies outside the working folder")
    return path


def shortened(text: str, most: int) -> str:
    """`text`, of a longer one its beginning and end, by whole lines where these are short, and how much is left out between."""
    if len(text) <= most:
        return text
    half = most // 2
    head = text.rfind("\n", half - NEAR, half)
    head = half if head < 0 else head
    tail = text.find("\n", len(text) - half, len(text) - half + NEAR) + 1 or len(text) - half
    return f"{text[:head]}\n[… {tail - head:,} characters left out …]\n{text[tail:]}"
