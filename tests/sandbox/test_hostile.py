"""Programs that mean harm: each ends within its bounds, what it did is said, and nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import psutil
import pytest

from logminer.sandbox.base import Bounds, Ran, Sandbox
from logminer.sandbox.tree import FileTree
from tests.kit.sandboxes import contained_or_skip

BOUNDS = Bounds(
    wall_s=9.0, cpu_s=5.0, memory_bytes=128 << 20, tree_bytes=1 << 20, tree_files=50, processes=8
)


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return contained_or_skip()


class Hostile(NamedTuple):
    """A program, and what has to hold of its end."""

    name: str
    source: str
    holds: Callable[[Ran], bool]
    wall_s: float = BOUNDS.wall_s


def ends(limit: str) -> Callable[[Ran], bool]:
    return lambda ran: ran.ended.limit == limit


def prints(text: bytes) -> Callable[[Ran], bool]:
    return lambda ran: ran.ended.code == 0 and ran.ended.output == text + b"\n"


HOSTILE = (
    Hostile(
        "forks without end",
        "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass",
        lambda ran: ran.ended.limit == "time" and 0 < ran.ended.leftovers < BOUNDS.processes,
        wall_s=0.4,
    ),
    Hostile(
        "leaves daemons",
        "import os, time\n"
        "if os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0: time.sleep(99)\n  os._exit(0)\n"
        "os.wait()",
        lambda ran: ran.ended.code == 0 and ran.ended.leftovers == 1,
    ),
    Hostile(
        "ignores every signal, closes everything and sleeps",
        "import os, signal, time\n"
        "for n in set(range(1, 65)) - {9, 19, 32, 33}: signal.signal(n, signal.SIG_IGN)\n"
        "os.closerange(0, 64)\ntime.sleep(99)",
        lambda ran: ran.ended.limit == "time" and ran.ended.code is None,
        wall_s=0.3,
    ),
    Hostile(
        "stops itself",
        "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
        lambda ran: ran.ended.limit == "time" and ran.tree.files == {"a": b"1"},
        wall_s=0.3,
    ),
    Hostile(
        "kills its parent and everybody",
        "import os\n"
        "for pid in (1, -1):\n"
        "  for n in range(1, 65):\n"
        "    try: os.kill(pid, n) if n != 9 or pid == 1 else None\n"
        "    except ProcessLookupError: pass\n"
        "print('alive')",
        prints(b"alive"),
    ),
    Hostile(
        "fills the disk",
        "for i in range(99):\n  with open(f'/tmp/f{i}', 'wb') as f: f.write(bytes(1 << 18))",
        ends("disk"),
    ),
    Hostile(
        "makes files without end",
        "for i in range(1_000_000): open(f'f{i}', 'w').close()",
        lambda ran: (
            (ran.ended.limit, ran.tree.files["a"]) == ("disk", b"1")
            and "too_many" in ran.tree.odd.values()
        ),
    ),
    Hostile(
        "takes all memory",
        "import os, time\nfor i in range(6):\n"
        "  if os.fork() == 0: kept = bytearray(b'x') * (90 << 20); time.sleep(99)\ntime.sleep(99)",
        ends("memory"),
    ),
    Hostile(
        "prints without end",
        "import os\nwhile True: os.write(1, bytes(65536))",
        lambda ran: ran.ended.limit == "output" and len(ran.ended.output) == BOUNDS.output_bytes,
    ),
    Hostile(
        "reads and writes what is not its own",
        "import os\n"
        "for path in ('/etc/passwd', '/proc/1/environ', '/root', '/home', '/var', '/old', '/dev/shm'):\n"
        "  if os.path.exists(path) and os.path.isfile(path): print(path)\n"
        "for path in ('/x', '/usr/x', '/dev/x', '/tools/x', os.path.dirname(os.__file__) + '/x'):\n"
        "  try: open(path, 'w'); print(path)\n"
        "  except OSError: pass\n"
        "print(sorted(os.environ))",
        prints(b"['HOME', 'LANG', 'PATH']"),
    ),
    Hostile(
        "calls the network",
        "import socket\n"
        "for family in (2, 10, 16, 17, 40):\n"
        "  try: socket.socket(family, 2 if family == 2 else 1); print(family)\n"
        "  except OSError: pass\n"
        "a, b = socket.socketpair(); a.send(b'!'); print(b.recv(1).decode())",
        prints(b"!"),
    ),
    Hostile(
        "asks for powers and for memory that nobody counts",
        "import ctypes, os\nc = ctypes.CDLL(None)\n"
        "done = [c.unshare(0x10000000), c.mount(b'x', b'/tmp', b'tmpfs', 0, 0), c.ptrace(16, 1, 0, 0),\n"
        "  c.chroot(b'/tmp'), c.shmget(0, 4096, 0o1600), c.memfd_create(b'x', 0), c.setuid(0),\n"
        "  c.prlimit(1, 0, None, None), c.setns(0, 0), c.kill(0, 0) - 1,\n"
        # shared memory in no file, huge pages, a number of requests that the machine has for all, sizes of buffers
        "  c.mmap(0, 4096, 3, 0x21, -1, 0), c.mmap(0, 4096, 3, 0x40022, -1, 0), c.setsockopt(0, 1, 7, b'1234', 4),\n"
        "  c.syscall({'x86_64': 206, 'aarch64': 0}[os.uname().machine], 9, ctypes.byref(ctypes.c_ulong()))]\n"
        "assert c.mmap(0, 4096, 3, 0x22, -1, 0) != -1\nprint({*done}, os.path.exists('/dev/zero'))",
        prints(b"{-1} False"),
    ),
    Hostile(
        "leaves what is no file",
        "import os\n"
        "os.symlink('/etc/passwd', 'solution.py'); os.mkfifo('fifo'); os.link('a', 'hard')\n"
        "os.truncate(os.open('sparse', os.O_CREAT | os.O_RDWR), 1 << 20)\n"
        "open(b'\\xff', 'w').close(); open('two\\nlines', 'w').close()\n"
        "os.mkdir('shut'); open('shut/in', 'w').close(); os.chmod('shut/in', 0); os.chmod('shut', 0)\n"
        "for i in range(40): os.mkdir('d'); os.chdir('d')\n"
        "os.chmod('/work', 0)",
        lambda ran: (
            ran.tree.files == {"a": b"1", "hard": b"1", "two\nlines": b"", "shut/in": b""}
            and ran.tree.odd.pop("/".join("d" * 33)) == "too_many"  # type: ignore[attr-defined]
            and ran.tree.odd
            == {
                "solution.py": "symlink /etc/passwd",
                "fifo": "fifo",
                "sparse": "too_large",
                "\\xff": "unreadable",
            }
        ),
    ),
)


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name.replace(" ", "-"))
def test_what_means_harm_is_contained(sandbox: Sandbox, hostile: Hostile) -> None:
    this = psutil.Process()
    before = set(this.children(recursive=True))
    began = time.perf_counter()
    command = ("python", "-I", "-S", "-c", hostile.source)
    bounds = BOUNDS._replace(wall_s=hostile.wall_s)
    ran = sandbox.run(command, FileTree({"a": b"1"}), bounds)
    assert hostile.holds(ran), (ran.ended, ran.tree)
    assert time.perf_counter() - began < 20
    assert not [left for left in set(this.children(recursive=True)) - before if left.is_running()]


def test_nothing_outlives_who_wanted_it(sandbox: Sandbox) -> None:
    code = (
        "from logminer.sandbox.opening import open_sandbox\n"
        "from logminer.sandbox.tree import FileTree\n"
        "with open_sandbox().speak(['sh', '-c', 'read x; echo $x; sleep 99'], FileTree({})) as talk:\n"
        "  print(talk.ask(b'here', 9).line.decode(), flush=True); talk.ask(b'', 99)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"here\n"
    its = psutil.Process(owner.pid).children(recursive=True)
    os.kill(owner.pid, signal.SIGKILL)
    owner.communicate()
    gone, left = psutil.wait_procs(its, 5)
    assert len(gone) >= 3
    assert not left
