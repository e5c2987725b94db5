"""Which sandbox this system gives."""

from __future__ import annotations

import functools
from pathlib import Path

from logminer.errors import SandboxError
from logminer.sandbox.base import Bounds, Sandbox
from logminer.sandbox.calls import machine_known
from logminer.sandbox.contained import ContainedSandbox
from logminer.sandbox.plain import PlainSandbox
from logminer.sandbox.tree import FileTree

__all__ = ["open_sandbox"]

_MEND = (
    "let this system give them, run it as an Inspect task in docker, or accept with --unsafe-sandbox that what runs "
    "can read this user's files and reach the network"
)


def open_sandbox(*, unsafe: bool = False) -> Sandbox:
    """A sandbox that contains what runs in it; where the system gives none and `unsafe` is said, one that only limits it.

    Raises:
        SandboxError: the system gives none; says what it refuses.
    """
    refused = _refused()
    if not refused:
        return ContainedSandbox()
    if unsafe:
        return PlainSandbox()
    raise SandboxError(f"nothing can be contained on this machine: {refused}; {_MEND}")


@functools.cache
def _refused() -> str:
    """Why there is none, found out by making one; empty: there is one."""
    if not Path("/proc/self/ns").is_dir():
        return "it has no Linux namespaces"
    if not machine_known():
        return "its processor's system calls are not known here"
    sandbox = ContainedSandbox()
    try:
        command = (sandbox.python, "-I", "-S", "-c", "print(6 * 7)")
        ended = sandbox.run(command, FileTree({}), Bounds(wall_s=20.0)).ended
    except SandboxError as error:
        return f"{error}{_why()}"
    if ended.code == 0 and ended.output == b"42\n":
        return ""
    return (
        f"the interpreter does not run without the rest of the system (it ended with {ended.code})"
    )


def _why() -> str:
    """The setting that refuses user namespaces, if one does."""
    for name, value in (
        ("kernel/apparmor_restrict_unprivileged_userns", "1"),  # Ubuntu from 23.10
        ("kernel/unprivileged_userns_clone", "0"),  # Debian's kernels
        ("user/max_user_namespaces", "0"),
    ):
        try:
            if (Path("/proc/sys") / name).read_text().strip() == value:
                return f" (sysctl {name.replace('/', '.')} is {value})"
        except OSError:
            continue
    return ""
