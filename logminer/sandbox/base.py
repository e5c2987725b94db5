"""What a sandbox promises, whichever way it is made."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Literal, NamedTuple, Protocol

from logminer.sandbox.tree import FileTree

__all__ = ["BOUNDS", "Bounds", "Dialogue", "Ended", "Limit", "Ran", "Sandbox", "Spoke"]

Limit = Literal["time", "cpu", "memory", "output", "disk", "processes"]


class Bounds(NamedTuple):
    """What one process, with all that it starts, may use.

    Attributes:
        wall_s, cpu_s: seconds; at their end all of it is killed.
        memory_bytes: address space of each process; all of them together may hold twice that.
        tree_bytes, tree_files: of all files in the tree together.
        processes: at once, threads included.
        open_files: in each process.
        output_bytes: of what it prints, kept; the rest is read and thrown away, and after 64 MiB of that it is killed.
    """

    wall_s: float = 20.0
    cpu_s: float = 20.0
    memory_bytes: int = 512 << 20
    tree_bytes: int = 32 << 20
    tree_files: int = 1_000
    processes: int = 32
    open_files: int = 64
    output_bytes: int = 32_000


BOUNDS = Bounds()


class Ended(NamedTuple):
    """How a process ended.

    Attributes:
        code: its exit status; −n: killed by signal n; None: it was killed for a limit of time, or never began.
        output: what it and its children printed on both streams, in the order in which it came, cut to the limit.
        cut: bytes of output that were thrown away.
        limit: the limit that it ran into, as far as can be told; None: none.
        wall_s, cpu_s: what it took, with its children.
        leftovers: processes of its own that were still there when it had ended, and were killed.
    """

    code: int | None
    output: bytes
    cut: int
    limit: Limit | None
    wall_s: float
    cpu_s: float
    leftovers: int


class Ran(NamedTuple):
    """How a process ended, and its tree after that."""

    ended: Ended
    tree: FileTree


class Spoke(NamedTuple):
    """One line that a process gave back.

    Attributes:
        line: without its end; None: it ended, said too much, or was too slow.
        wall_s, cpu_s: from the moment it was asked, by a clock outside of it; `cpu_s` of the process and its threads. Where it
            has had children meanwhile it is no less than `wall_s`, because what they took may not be known; nothing tells of a child
            that ended while it was ignored, so with clocks that matter let there be one process (`Bounds.processes`).
        unasked_cpu_s: what it has used between its last answer and this question.
    """

    line: bytes | None
    wall_s: float
    cpu_s: float
    unasked_cpu_s: float = 0.0


class Dialogue(Protocol):
    """A running process that is spoken to by lines: on its file descriptors 0 and 1."""

    def ask(self, line: bytes, timeout_s: float, *, most_bytes: int = 1 << 20) -> Spoke:
        """Give it a line, and wait for one back."""
        ...

    def end(self) -> Ended:
        """Kill it where it still runs, with all that it started; `output` is what came on descriptor 2."""
        ...


class Sandbox(Protocol):
    """Runs commands on trees of files. The working folder is the tree's root; the environment holds PATH, HOME and LANG alone.

    Attributes:
        contained: whether it has no network, sees no file but its own and the interpreter's, and leaves no process behind.
            Without that a tree's processes are limited and killed, and no more.
        python: the interpreter inside, the one that runs this program, without its installed packages.
    """

    @property
    def contained(self) -> bool: ...

    @property
    def python(self) -> str: ...

    def run(
        self,
        command: Sequence[str],
        tree: FileTree,
        limits: Bounds = ...,
        *,
        writable: bool = True,
        stdin: bytes = b"",
    ) -> Ran:
        """Run a command to its end; a tree that is not writable comes back as it was."""
        ...

    def speak(
        self,
        command: Sequence[str],
        tree: FileTree,
        limits: Bounds = ...,
        *,
        writable: bool = False,
    ) -> AbstractContextManager[Dialogue]:
        """Start a command that is spoken to; it is killed when the context ends."""
        ...
