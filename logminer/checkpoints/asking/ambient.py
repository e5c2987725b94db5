"""Settings that lie about in the environment, hidden from libraries that would take them up undeclared."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator

__all__ = ["hidden"]


@contextlib.contextmanager
def hidden(undeclared: Callable[[str], bool]) -> Iterator[None]:
    """Take the environment variables whose name is `undeclared` away while a library is set up."""
    taken = {name: os.environ.pop(name) for name in list(os.environ) if undeclared(name)}
    try:
        yield
    finally:
        os.environ.update(taken)
