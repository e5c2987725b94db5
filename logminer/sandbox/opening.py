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
    try:
        return _contained()
    except SandboxError as error:
        if unsafe:
            return PlainSandbox()
        raise SandboxError(f"nothing can be contained on this machine: {error}; {_MEND}") from None


@functools.cache
def _contained() -> ContainedSandbox:
    """One that was tried once. A refusal is not kept: it may pass.

    Raises:
        SandboxError: there is none; says what the system refuses.
    """
    if not Path("/proc/self/ns").is_dir():
        raise SandboxError("it has no Linux namespaces")
    if not machine_known():
        raise SandboxError("its processor's system calls are not known here")
    sandbox = ContainedSandbox()
    try:
        command = (sandbox.python, "-I", "-S", "-c", "print(6 * 7)")
        ended = sandbox.run(command, FileTree({}), Bounds(wall_s=20.0)).ended
    except SandboxError as error:
        raise SandboxError(f"{error}{_why()}") from None
    if ended.code == 0 and ended.output == b"42\n":
        return sandbox
    raise SandboxError(
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
