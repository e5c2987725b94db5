"""The launcher as its parent sees it: pipes that never make it wait, and what is looked after meanwhile."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from logminer.errors import SandboxError
from logminer.sandbox.base import Bounds, Ended, Limit
from logminer.sandbox.folder import checked, tree_of
from logminer.sandbox.pipes import InPipe, OutPipe, PipeEnds
from logminer.sandbox.processes import Usage, children, own_s, runs, usage
from logminer.sandbox.tree import FileTree
from logminer.sandbox.wire import (
    BEGAN,
    END,
    EXECUTABLE,
    FAULT,
    FILE,
    OPTION,
    REPORT,
    Broken,
    record,
    records,
)

__all__ = ["Launched", "Launching", "base_python"]

GRACE_S = 10.0  # for making the place before, and for reading the tree after the command
LOOK_S = 0.05  # between looks at memory and CPU time
MOST_THROWN_AWAY = 64 << 20  # bytes of output; whoever prints more is killed
SLOWEST_TICK_S = 0.012  # of the kernel's timer: 100 a second, and a little more
TOGETHER = 2  # so many times the memory of one process may all of them hold
_NAME_BYTES = (
    8 << 10
)  # of a path in a report (`walking.LONGEST` and a name), with where a link points
# The launcher's file and those that it imports are taken without the package's front, which would bring everything else.
_START = """
import sys
for name, folder in zip(("logminer", "logminer.sandbox"), sys.argv[1:]):
    sys.modules[name] = type(sys)(name)
    sys.modules[name].__path__ = [folder]
from logminer.sandbox.launcher import main
main()
"""
_FOLDERS = (str(Path(__file__).parents[1]), str(Path(__file__).parent))


def base_python() -> str:
    """The interpreter that runs this program, outside of any virtual environment."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


class Launching(NamedTuple):
    """What is to be run.

    Attributes:
        options: of the kind of sandbox, for the launcher.
        talk: whether what it prints on descriptor 1 is kept apart, as answers.
    """

    command: Sequence[str]
    tree: FileTree
    bounds: Bounds
    options: Mapping[str, str]
    writable: bool
    stdin: bytes = b""
    talk: bool = False


class Launched:
    """A launcher at work.

    Attributes:
        answers: what came on descriptor 1, where that is kept apart.
        stdin: what goes to descriptor 0.
    """

    def __init__(self, wanted: Launching) -> None:
        self._wanted = wanted
        self._reason: Limit | None = None
        self._root = self._command = 0
        bounds = wanted.bounds
        tree = _tree_records(checked(wanted.tree))
        with contextlib.ExitStack() as theirs:
            pipes = PipeEnds(theirs)
            control, ours = pipes.to_them()
            report, stdin = pipes.from_them(), pipes.to_them()
            out = pipes.from_them()
            said = pipes.from_them() if wanted.talk else out
            numbers = {"stdin": stdin[0], "stdout": said[1], "stderr": out[1]}
            try:
                self._process = subprocess.Popen(
                    [base_python(), "-I", "-S", "-c", _START, *_FOLDERS],
                    stdin=control,
                    stdout=report[1],
                    stderr=subprocess.DEVNULL,
                    pass_fds=sorted({*numbers.values()}),
                    start_new_session=True,
                    cwd="/",
                    env={},
                )
            except OSError as error:
                pipes.close_ours()
                why = os.strerror(error.errno or 0)
                raise SandboxError(f"a sandbox's process cannot be started: {why}") from None
        self.began = time.perf_counter()
        self._looked = self.began
        room = bounds.tree_bytes + (bounds.tree_files + 1) * _NAME_BYTES + (1 << 16)
        self._report = InPipe(report[0], room)
        self._output = InPipe(out[0], bounds.output_bytes)
        self.answers = InPipe(said[0], 1) if wanted.talk else None
        self._readers = [r for r in (self._report, self._output, self.answers) if r]
        self._control = OutPipe(ours, _description(wanted, numbers, tree), then_close=False)
        self.stdin = OutPipe(stdin[1], wanted.stdin, then_close=not wanted.talk)
        self._writers = [self._control, self.stdin]

    @property
    def has_begun(self) -> bool:
        """Whether the command is there."""
        return self._report.kept.startswith(BEGAN)

    @property
    def is_over(self) -> bool:
        """Whether nothing comes any more."""
        return not self._report.open

    def turn(self, timeout_s: float) -> None:
        """Read and write what can be, waiting no longer than that for it, and look after the limits now and then."""
        poll = select.poll()
        at: dict[int, InPipe | OutPipe] = {}
        for reader in self._readers:
            if reader.open:
                poll.register(reader.fd, select.POLLIN)
                at[reader.fd] = reader
        for writer in self._writers:
            if writer.open and writer.rest:
                poll.register(writer.fd, select.POLLOUT)
                at[writer.fd] = writer
        for fd, _ in poll.poll(max(0.0, min(timeout_s, LOOK_S)) * 1000):
            one = at[fd]
            one.read() if isinstance(one, InPipe) else one.write()
        now = time.perf_counter()
        if now - self._looked >= LOOK_S:
            self._looked = now
            self._look(now)

    def command_usage(self) -> Usage | None:
        """What the command and its children take; None: they are not there, or the system does not say."""
        if not self.has_begun:
            return None  # what helps to make the place would be taken for it
        if not self._root:
            contained = self._wanted.options["contained"] == "yes"
            below = children(self._process.pid) if contained else [self._process.pid]
            self._root = below[0] if below else 0
        return usage(self._root) if self._root else None

    def own_s(self) -> float:
        """CPU seconds of the command and its threads, once it sleeps; 0: it is not there, or the system does not say.

        Another process' clock stands still between ticks while that process runs. One that goes on after its answer pays for that.
        """
        if not self._command and self.command_usage():
            self._command = next(iter(children(self._root)), 0)
        if not self._command:
            return 0.0
        patience = time.perf_counter() + SLOWEST_TICK_S
        while runs(self._command) and time.perf_counter() < patience:
            time.sleep(0)
        return own_s(self._command)

    def stop(self, reason: Limit | None = None) -> None:
        """Have everything killed, and the rest told."""
        self._reason = self._reason or reason
        self._control.close()

    def _look(self, now: float) -> None:
        bounds = self._wanted.bounds
        if now > self.began + bounds.wall_s + 2 * GRACE_S:
            self._reason = self._reason or "time"
            self._process.kill()
        if sum(r.cut for r in self._readers if r is not self.answers) > MOST_THROWN_AWAY:
            self.stop("output")
        taken = self.command_usage()
        if taken is None:
            return
        if taken.resident_bytes > TOGETHER * bounds.memory_bytes:
            self.stop("memory")
        elif taken.own_s + taken.ended_s > bounds.cpu_s:
            self.stop("cpu")
        elif len(taken.pids) > bounds.processes:
            self.stop("processes")

    def finish(self) -> tuple[Ended, FileTree]:
        """Wait for the end; how it was, and the tree.

        Raises:
            SandboxError: the command never began, and not for want of room.
        """
        try:
            while not self.is_over:
                self.turn(LOOK_S)
            while self._output.open and self._output.cut <= MOST_THROWN_AWAY:
                before = len(self._output.kept) + self._output.cut
                self._output.read()
                if self._output.open and before == len(self._output.kept) + self._output.cut:
                    break  # some process that could not be killed holds it
        finally:
            self.close()
        return self._result()

    def close(self) -> None:
        """Let go of everything; what still runs is killed."""
        for reader in self._readers:
            reader.close()
        for writer in self._writers:
            writer.close()
        try:
            self._process.wait(GRACE_S)  # the end of its pipe is the sign to kill everything
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _result(self) -> tuple[Ended, FileTree]:
        said: dict[bytes, bytes] = {}
        found: list[tuple[bytes, bytes, bytes]] = []
        whole = False
        try:
            for kind, name, content in _parsed(self._report.kept):
                if kind == FAULT and not self.has_begun:
                    return self._never_began(name.decode(), int(content))
                if kind == FAULT:
                    raise Broken("it failed after that")
                if kind == REPORT:
                    said[name] = content
                else:
                    found.append((kind, name, content))
            whole = True
        except Broken:
            pass
        if not self.has_begun:
            raise SandboxError("a sandbox's process ended before its command began")
        if not whole:
            took_s = time.perf_counter() - self.began
            ended = Ended(
                None, bytes(self._output.kept), self._output.cut, self._reason, took_s, 0.0, 0
            )
            return ended, self._wanted.tree
        tree = tree_of(found) if self._wanted.writable else self._wanted.tree
        ended = self._ended(said)
        if ended.limit in (None, "output") and {"too_large", "too_many"} & {*tree.odd.values()}:
            ended = ended._replace(limit="disk")
        return ended, tree

    def _never_began(self, step: str, code: int) -> tuple[Ended, FileTree]:
        if step == "the tree" and code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            return Ended(None, b"", 0, "disk", 0.0, 0.0, 0), self._wanted.tree
        if step == "the tree":
            raise SandboxError(f"a file of the tree cannot be written: {os.strerror(code)}")
        if not code:
            raise SandboxError(f"a sandbox's process failed before its command began: {step}")
        raise SandboxError(f"this system refuses {step}: {os.strerror(code)}")

    def _ended(self, said: dict[bytes, bytes]) -> Ended:
        because = said[b"because"].decode()
        cpu_s = float(said[b"cpu_s"])
        code = None if because == "time" else int(said[b"code"] or b"-9")
        output = bytes(self._output.kept)
        limit = self._reason
        if limit is None and because in ("time", "disk"):
            limit = "time" if because == "time" else "disk"
        if limit is None:
            limit = _limit_of(code, cpu_s >= self._wanted.bounds.cpu_s, output)
        if limit is None and self._output.cut:
            limit = "output"
        return Ended(
            code,
            output,
            self._output.cut,
            limit,
            float(said[b"wall_s"]),
            cpu_s,
            int(said[b"leftovers"]),
        )


def _tree_records(tree: FileTree) -> bytes:
    return b"".join(
        record(EXECUTABLE if path in tree.executable else FILE, path.encode(), content)
        for path, content in tree.files.items()
    ) + record(END)


def _description(wanted: Launching, numbers: Mapping[str, int], tree: bytes) -> bytes:
    """Options, the end of them, the tree, the end of it."""
    bounds = wanted.bounds
    options = {
        "parent": os.getpid(),
        "writable": "yes" if wanted.writable else "no",
        "wall_s": bounds.wall_s,
        "cpu_s": bounds.cpu_s,
        "memory_bytes": bounds.memory_bytes,
        "tree_bytes": bounds.tree_bytes,
        "tree_files": bounds.tree_files,
        "open_files": bounds.open_files,
        "stream_bytes": len(tree),
        **numbers,
        **wanted.options,
    }
    said = [record(OPTION, k.encode(), os.fsencode(str(v))) for k, v in options.items()]
    for part in wanted.command:
        said.append(record(OPTION, b"argument", part.encode(errors="backslashreplace")))
    return b"".join([*said, record(END), tree])


def _parsed(kept: bytearray) -> list[tuple[bytes, bytes, bytes]]:
    """Records of a report.

    Raises:
        Broken: it has no end.
    """
    view, at = memoryview(kept), 0

    def read(n: int) -> bytes:
        nonlocal at
        if at + n > len(view):
            raise Broken("ended early")
        at += n
        return bytes(view[at - n : at])

    return list(records(read, len(kept)))


def _limit_of(code: int | None, cpu_is_used: bool, output: bytes) -> Limit | None:
    """Which limit an end tells of."""
    if code == -24 or (code == -9 and cpu_is_used):  # SIGXCPU
        return "cpu"
    if code == -25:  # SIGXFSZ
        return "disk"
    last = output.rstrip().rpartition(b"\n")[2]
    return "memory" if code and last.startswith(b"MemoryError") else None
