"""What a fresh interpreter does to run one command: make its place, start it, wait, kill what is left, hand back the files.

`watching` starts it as a process of its own, because a program with threads cannot fork safely. It gets options and files on
descriptor 0, where anything later, the end of the pipe too, means "kill it now"; it answers on descriptor 1 with records.

    contained   launcher ── in new namespaces ──> init (process 1 there) ──> the command
    plain       launcher, to which orphans are given ──> the command

In a container, init is the last that lives: when it ends, by itself or because the launcher or the program that wanted all
this was killed, the kernel kills every process of the namespace and drops the files with it.
"""

from __future__ import annotations

# `signal` itself makes enums, which takes as long as half an interpreter's start.
import _signal  # type: ignore[import-not-found]
import os
import resource
import select
import time

from logminer.sandbox.processes import children
from logminer.sandbox.walking import empty, held, put, walked
from logminer.sandbox.wire import (
    BEGAN,
    END,
    EXECUTABLE,
    FAULT,
    OPTION,
    REPORT,
    Broken,
    read_exactly,
    record,
    records,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

__all__ = ["main"]

_LOOK_S = 0.1  # between looks at what a plain sandbox's tree takes, and whether its parent lives
_KILLING_S = 5.0  # after which a plain sandbox lets go of what still resists
_MOST_OPTION_BYTES = 1 << 20
_MOST_DESCRIPTORS = 1 << 16
_TREE = "the tree"  # the step that fails where a file of it cannot be written


def main() -> NoReturn:
    """Do it, and say what came of it or why it cannot be done."""
    status = 1
    os.umask(
        0o022
    )  # whoever is inside uses the tools, though what made them keeps its files to itself
    try:
        options, arguments = _options()
        (_contained if options["contained"] == "yes" else _plain)(options, arguments)
        status = 0
    except Broken:
        os._exit(1)  # who wanted it is gone
    except OSError as error:
        step = error.filename if isinstance(error.filename, str) else "starting it"
        _say(FAULT, os.fsencode(step), str(error.errno or 0).encode())
        _say(END)
    except Exception as error:  # ours
        _say(FAULT, type(error).__name__.encode(), b"0")
        _say(END)
    finally:
        os._exit(status)


def _say(kind: bytes, name: bytes = b"", content: bytes = b"") -> None:
    _write_all(record(kind, name, content))


def _write_all(said: bytes) -> None:
    rest = memoryview(said)
    while rest:
        rest = rest[os.write(1, rest) :]


def _options() -> tuple[dict[str, str], list[str]]:
    """What is wanted, and the command; the files follow on the same pipe and are not read yet."""
    options: dict[str, str] = {}
    arguments = []
    for kind, name, content in records(lambda n: read_exactly(0, n), _MOST_OPTION_BYTES):
        if kind == OPTION and name == b"argument":
            arguments.append(os.fsdecode(content))
        elif kind == OPTION:
            options[name.decode()] = os.fsdecode(content)
    return options, arguments


# --- the two kinds of place ---


def _contained(options: dict[str, str], arguments: list[str]) -> None:
    from logminer.sandbox import calls, namespaces

    parent = int(options["parent"])

    def parent_gone(*_: object) -> None:
        # The signal comes when the thread ends that started us, too; then there is no reason to end.
        if os.getppid() != parent:
            os._exit(1)

    namespaces.enter()
    _signal.signal(_signal.SIGHUP, parent_gone)
    namespaces.signal_at_parents_end(_signal.SIGHUP)
    parent_gone()  # it may have been killed before the signal was wished for
    held_back, go = os.pipe()
    init = os.fork()
    if init:
        os.close(0)
        os.close(held_back)
        os.write(go, b"!")
        os.close(1)
        os.waitpid(init, 0)
        return
    os.close(go)
    for number in (_signal.SIGHUP, _signal.SIGINT):
        # Process 1 of a namespace is deaf to what it has no handler for.
        _signal.signal(number, _signal.SIG_DFL)
    namespaces.make_root(options)
    paths = []
    if options["writable"] != "yes":
        _fill(options)
        namespaces.make_read_only(options["tree"])
    namespaces.give_up_powers()
    namespaces.end_with_parent()
    # An end of this pipe says that the launcher was killed before the signal was wished for.
    read_exactly(held_back, 1)
    os.close(held_back)
    if options["writable"] == "yes":
        paths = _fill(options)
    _serve(options, arguments, calls.refuse_calls, paths)


def _plain(options: dict[str, str], arguments: list[str]) -> None:
    try:
        from logminer.sandbox import namespaces

        namespaces.adopt_orphans()
        last_step = namespaces.end_with_parent
    except (ImportError, AttributeError, OSError):
        last_step = _nothing  # no Linux: a process that leaves the command's group is not found
    folder = os.path.dirname(options["tree"])
    os.mkdir(folder, 0o700)
    try:
        for name in ("work", "tools"):
            os.mkdir(f"{folder}/{name}", 0o700)
        for name in ("python", "python3"):
            os.symlink(options["python"], f"{folder}/tools/{name}")
        _serve(options, arguments, last_step, _fill(options))
    finally:
        empty(folder)


def _nothing() -> None:
    pass


def _fill(options: dict[str, str]) -> list[bytes]:
    """Write the files that come on descriptor 0 into the tree's folder; their paths."""
    most = int(options["stream_bytes"])
    paths = []
    for kind, name, content in records(lambda n: read_exactly(0, n), most):
        try:
            put(options["tree"], os.fsdecode(name), content, executable=kind == EXECUTABLE)
        except OSError as error:
            raise OSError(error.errno, "", _TREE) from None
        paths.append(name)
    return paths


# --- running ---


def _serve(
    options: dict[str, str],
    arguments: list[str],
    last_step: Callable[[], None],
    paths: list[bytes],
) -> None:
    """Run the command in the place that was made, and say how it ended and what it left, the paths that it found before others.

    The last step is the command's own.
    """
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    _signal.signal(_signal.SIGCHLD, lambda *_: None)
    _signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    began = time.perf_counter()
    command = os.fork()
    if command == 0:
        _become(options, arguments, last_step)
    _write_all(BEGAN)
    for fd in {options["stdin"], options["stdout"], options["stderr"]}:
        os.close(int(fd))  # so that the pipes end with the command
    status, because = _waited(command, options, woken, began + float(options["wall_s"]))
    took_s = time.perf_counter() - began
    left = _kill_all(command, contained=options["contained"] == "yes")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = {
        "code": "" if status is None else str(os.waitstatus_to_exitcode(status)),
        "because": because or ("disk" if _is_full(options) else ""),
        "wall_s": repr(took_s),
        "cpu_s": repr(used.ru_utime + used.ru_stime),
        "leftovers": str(left if status is not None else max(0, left - 1)),
    }
    for key, value in report.items():
        _say(REPORT, key.encode(), value.encode())
    if options["writable"] == "yes":
        bounds = int(options["tree_bytes"]), int(options["tree_files"])
        for found in walked(options["tree"], *bounds, mend=True, first=paths):
            _say(*found)
    _say(END)


def _become(
    options: dict[str, str], arguments: list[str], last_step: Callable[[], None]
) -> NoReturn:
    """In the new process: be the command, with three descriptors and within the limits."""
    try:
        os.setsid()
        for to, name in enumerate(("stdin", "stdout", "stderr")):
            os.dup2(int(options[name]), to)
        os.closerange(3, _MOST_DESCRIPTORS)
        for number in (_signal.SIGPIPE, _signal.SIGXFSZ, _signal.SIGHUP, _signal.SIGINT):
            _signal.signal(
                number, _signal.SIG_DFL
            )  # what the interpreter ignores would be ignored after it
        _limit(options)
        os.chdir(options["tree"])
        last_step()
        environment = {"PATH": options["path"], "HOME": options["home"], "LANG": "C.UTF-8"}
        os.execvpe(arguments[0], arguments, environment)
    except (OSError, ValueError) as error:
        why = os.strerror(error.errno or 0) if isinstance(error, OSError) else "not a command"
        os.write(2, os.fsencode(f"{arguments[0]}: {why}\n"))
    finally:
        os._exit(127)


def _limit(options: dict[str, str]) -> None:
    cpu_s = max(1, int(-(-float(options["cpu_s"]) // 1)))
    for name, soft, hard in (
        ("RLIMIT_CORE", 0, 0),
        ("RLIMIT_CPU", cpu_s, cpu_s + 1),  # a signal that can be caught, then one that cannot
        ("RLIMIT_AS", int(options["memory_bytes"]), None),
        ("RLIMIT_FSIZE", int(options["tree_bytes"]), None),
        ("RLIMIT_NOFILE", int(options["open_files"]), None),
        ("RLIMIT_MEMLOCK", 0, 0),
        ("RLIMIT_MSGQUEUE", 0, 0),  # queues of messages are memory that no address space holds
        ("RLIMIT_NPROC", int(options["most_tasks"]), None),
    ):
        which = getattr(resource, name, None)
        if which is None or soft < 0:
            continue
        most = resource.getrlimit(which)[1]
        most = soft if most == resource.RLIM_INFINITY else min(soft, most)
        resource.setrlimit(which, (most, most if hard is None else max(hard, most)))


def _waited(
    command: int, options: dict[str, str], woken: int, deadline: float
) -> tuple[int | None, str]:
    """How the command ended; None: it runs, and has to be killed, with the reason."""
    poll = select.poll()
    poll.register(woken, select.POLLIN)
    poll.register(0, select.POLLIN)
    plain = options["contained"] != "yes"
    while True:
        if (status := _reaped(command)) is not None:
            return status, ""
        left_s = deadline - time.perf_counter()
        if left_s <= 0:
            return None, "time"
        if plain:
            left_s = min(left_s, _LOOK_S)
            size, entries = held(options["tree"], int(options["tree_files"]))
            if size > int(options["tree_bytes"]) or entries > int(options["tree_files"]):
                return None, "disk"
            if os.getppid() != int(options["parent"]):
                return None, "asked"
        ready = dict(poll.poll(left_s * 1000 + 1))
        if 0 in ready:
            return None, "asked"
        if woken in ready:
            os.read(woken, 1 << 16)


def _reaped(command: int) -> int | None:
    """Take what has ended off the list of processes; the command's status where it is among them."""
    status = None
    while True:
        try:
            pid, its = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status
        if pid == 0:
            return status
        if pid == command:
            status = its


def _kill_all(command: int, *, contained: bool) -> int:
    """Kill every process that the command left, and how many there were."""
    killed = 0
    deadline = time.perf_counter() + _KILLING_S
    while True:
        try:
            if contained:
                os.kill(-1, _signal.SIGKILL)  # all in this namespace except us, its first
            else:
                for pid in _descendants(command):
                    os.kill(pid, _signal.SIGKILL)
        except ProcessLookupError:
            pass
        try:
            pid, _ = os.waitpid(-1, 0 if contained else os.WNOHANG)
        except ChildProcessError:
            return killed
        killed += pid != 0
        if pid == 0:
            time.sleep(0.001)
        if not contained and time.perf_counter() > deadline:
            return killed


def _descendants(command: int) -> list[int]:
    """Every process below us; where the system does not say, the command's group."""
    if not os.path.isdir("/proc/self/task"):
        return [-command]
    found: list[int] = []
    waiting = [os.getpid()]
    while waiting:
        below = children(waiting.pop())
        found += below
        waiting += below
    return found


def _is_full(options: dict[str, str]) -> bool:
    if options["contained"] != "yes" or options["writable"] != "yes":
        return False
    room = os.statvfs(options["tree"])
    used = (room.f_blocks - room.f_bfree) * room.f_frsize
    return used >= int(options["tree_bytes"]) or room.f_favail == 0
