"""A disk that is full, as a process without rights can have it: no file of its may grow over a limit."""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Iterator
from pathlib import Path

from click.testing import CliRunner

from logminer.cli.main import main

__all__ = ["on_a_full_disk"]


def on_a_full_disk(limit: int, *arguments: str | Path) -> tuple[int, str]:
    """Exit code of a call of `logminer`, and what it says of errors."""
    with _full(limit):
        done = CliRunner().invoke(main, [*map(str, arguments)])
    return done.exit_code, done.stderr


@contextlib.contextmanager
def _full(limit: int) -> Iterator[None]:
    """This process's files, and those of processes that it starts: what is too long fails, and is no signal (Python's way)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
