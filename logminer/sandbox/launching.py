"""What both kinds of sandbox have in common: everything but the place."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence

from logminer.sandbox.base import BOUNDS, Bounds, Dialogue, Ran
from logminer.sandbox.talking import Talk
from logminer.sandbox.tree import FileTree
from logminer.sandbox.watching import Launched, Launching, base_python

__all__ = ["LaunchedSandbox"]


class LaunchedSandbox:
    """A sandbox of which a launcher makes the place; see `Sandbox`. It has no state, and threads may share it."""

    contained: bool = False

    @property
    def python(self) -> str:
        """The interpreter that runs this program, without a virtual environment."""
        return base_python()

    def run(
        self,
        command: Sequence[str],
        tree: FileTree,
        limits: Bounds = BOUNDS,
        *,
        writable: bool = True,
        stdin: bytes = b"",
    ) -> Ran:
        """Run a command to its end; a tree that is not writable comes back as it was.

        Raises:
            SandboxError: the sandbox cannot be made, or a file of the tree cannot be written into it.
        """
        with self._place(tree, limits, writable) as place:
            wanted = Launching(command, tree, limits, place, writable, stdin=stdin)
            return Ran(*Launched(wanted).finish())

    @contextlib.contextmanager
    def speak(
        self,
        command: Sequence[str],
        tree: FileTree,
        limits: Bounds = BOUNDS,
        *,
        writable: bool = False,
    ) -> Iterator[Dialogue]:
        """Start a command that is spoken to; it is killed when the context ends.

        Raises:
            SandboxError: the sandbox cannot be made, or a file of the tree cannot be written into it.
        """
        with self._place(tree, limits, writable) as place:
            wanted = Launching(command, tree, limits, place, writable, talk=True)
            launched = Launched(wanted)
            try:
                yield Talk(launched)
            finally:
                launched.close()

    def _place(
        self, tree: FileTree, bounds: Bounds, writable: bool
    ) -> contextlib.AbstractContextManager[Mapping[str, str]]:
        """What the launcher is told of the place."""
        raise NotImplementedError
