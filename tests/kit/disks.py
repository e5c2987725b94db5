"""A disk that is full, as a process without rights can have it: no file of its may grow over a limit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

__all__ = ["on_a_full_disk"]

PROGRAM = """
import resource
import signal
import sys
from logminer.cli.main import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
main(sys.argv[2:])
"""


def on_a_full_disk(limit: int, *arguments: str | Path) -> tuple[int, str]:
    """Exit code of a call of `logminer`, and what it says of errors."""
    command = [sys.executable, "-c", PROGRAM, str(limit), *map(str, arguments)]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    return done.returncode, done.stderr
