"""What both kinds of sandbox promise; and that none is made quietly where the system refuses the one that contains."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from logminer.errors import SandboxError
from logminer.sandbox.base import Bounds, Sandbox
from logminer.sandbox.folder import read_tree, write_tree
from logminer.sandbox.plain import PlainSandbox
from logminer.sandbox.tree import FileTree
from tests.kit.sandboxes import contained_or_skip

# A program that burns so many seconds for a line, or sleeps, or says something on its own.
PROGRAM = b"""
import sys, time
def burn(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end: pass
print("ready", file=sys.stderr, flush=True)
for line in sys.stdin:
    what, seconds = line.split()
    if what == "burn": burn(float(seconds))
    if what == "sleep": time.sleep(float(seconds))
    if what == "early": print("unasked")
    print(what, flush=True)
    if what == "after": burn(float(seconds))
"""
TREE = FileTree({"talk.py": PROGRAM, "run.sh": b"#!/bin/sh\necho ran", "deep/er/a": b"\0\xff"})
COMMAND = ("python", "-I", "-S", "talk.py")


@pytest.fixture(params=["contained", "plain"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    if request.param == "plain":
        return PlainSandbox()
    return contained_or_skip()


def test_a_tree_goes_in_and_comes_out(sandbox: Sandbox) -> None:
    tree = TREE._replace(executable=frozenset({"run.sh"}))
    script = "./run.sh; cat; rm talk.py; echo new > deep/new; chmod +x deep/new; exit 3"
    ran = sandbox.run(("sh", "-c", script), tree, stdin=b"given\n")
    assert ran.ended[:4] == (3, b"ran\ngiven\n", 0, None)
    assert ran.tree.files == {
        "run.sh": TREE.files["run.sh"],
        "deep/er/a": b"\0\xff",
        "deep/new": b"new\n",
    }
    assert ran.tree.executable == {"run.sh", "deep/new"}
    missing = sandbox.run(("no-such-command",), tree, writable=False)
    assert missing.ended.code == 127
    assert missing.tree == tree


def test_a_dialogue_is_timed_from_outside(sandbox: Sandbox) -> None:
    alone = Bounds(processes=1) if sandbox.contained else Bounds()
    with sandbox.speak(COMMAND, TREE, alone) as talk:
        assert talk.ask(b"hello 0", 5).line == b"hello"
        burnt = talk.ask(b"burn 0.03", 5)
        slept = talk.ask(b"sleep 0.03", 5)
        talk.ask(b"after 0.08", 5)
        time.sleep(0.15)
        later = talk.ask(b"hello 0", 5)
        assert burnt.cpu_s > 0.025
        assert slept.wall_s > 0.025 > slept.cpu_s
        assert later.unasked_cpu_s > 0.02
        assert (
            talk.ask(b"early 0", 5).line is None
        )  # what was not asked for is no answer to anything
        assert talk.end().output == b"ready\n"
    with sandbox.speak(COMMAND, TREE) as talk:
        assert talk.ask(b"sleep 9", 0.3).line is None
        assert talk.ask(b"hello 0", 5).line is None
        assert talk.end().code == -9


def test_what_cannot_be_a_tree_is_refused(sandbox: Sandbox) -> None:
    for path in ("../out", "/abs", "a//b", "a\0b", "\udc80"):
        with pytest.raises(SandboxError, match="path of a tree"):
            sandbox.run(("true",), FileTree({path: b""}))
    with pytest.raises(SandboxError, match="cannot be written"):
        sandbox.run(("true",), FileTree({"a": b"", "a/b": b""}))


def test_a_contained_command_is_alone_and_writes_nothing() -> None:
    sandbox = contained_or_skip()
    source = (
        "import os, sys\n"
        "for path in ('a', '/tmp/a'):\n"
        "  try: open(path, 'w'); print(path)\n"
        "  except OSError: pass\n"
        "try: os.fork(); print('two')\n"
        "except OSError: print('alone')"
    )
    command = ("python", "-I", "-S", "-c", source)
    ran = sandbox.run(command, FileTree({}), Bounds(processes=1), writable=False)
    assert (ran.ended.code, ran.ended.output) == (0, b"alone\n")
    full = sandbox.run(("true",), FileTree({"a": bytes(1 << 20)}), Bounds(tree_bytes=1 << 16))
    assert (full.ended.code, full.ended.limit) == (None, "disk")


def test_a_folder_is_read_without_following_anything(tmp_path: Path) -> None:
    write_tree(FileTree({"a/b": b"1", "run": b"2"}, {}, frozenset({"run"})), tmp_path / "t")
    os.symlink("/etc/passwd", tmp_path / "t" / "link")
    os.symlink("/etc", tmp_path / "t" / "folder")
    (tmp_path / "t" / "big").write_bytes(bytes(2000))
    tree = read_tree(tmp_path / "t", Bounds(tree_bytes=1000))
    assert tree.files == {"a/b": b"1", "run": b"2"}
    assert tree.executable == {"run"}
    assert tree.odd == {
        "link": "symlink /etc/passwd",
        "folder": "symlink /etc",
        "big": "too_large",
    }
    with pytest.raises(SandboxError, match="leads out of it"):
        write_tree(FileTree({"../c": b""}), tmp_path / "t")
    with pytest.raises(SandboxError, match="no folder"):
        read_tree(tmp_path / "none")


def test_where_nothing_can_be_contained_it_is_refused_unless_that_is_accepted() -> None:
    # A process that is refused the calls which make namespaces, as in a container.
    code = (
        "import ctypes\n"
        "from logminer.sandbox.calls import refuse_calls\n"
        "ctypes.CDLL(None).prctl(38, 1, 0, 0, 0); refuse_calls()\n"
        "from logminer.sandbox.opening import open_sandbox\n"
        "print(open_sandbox(unsafe=True).contained)\n"
        "try: open_sandbox()\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    unsafe, refused = ran.stdout.splitlines()
    assert unsafe == "False"
    assert refused.startswith("SandboxError nothing can be contained on this machine: ")
    if sys.platform == "linux":
        assert "refuses a user namespace" in refused
    assert "--unsafe-sandbox" in refused
