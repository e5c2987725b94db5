"""What a process closes before it ends, where it ends without its exit handlers."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Callable
from typing import Any

__all__ = ["close_all", "closed_at_the_end", "leave"]

_lock = threading.Lock()
_closing: set[weakref.finalize[Any, Any]] = set()


def closed_at_the_end(owner: object, close: Callable[[], object]) -> None:
    """Have `close` called once: when `owner` is gone, or at the end of the process."""
    with _lock:
        _closing.difference_update([one for one in _closing if not one.alive])
        _closing.add(weakref.finalize(owner, close))


def close_all() -> None:
    """Close what is to be closed, and go on."""
    for one in list(_closing):
        with contextlib.suppress(Exception):
            one()


def leave() -> None:
    """End the process at once; threads of servers and models would hold it back."""
    close_all()
    os._exit(0)
