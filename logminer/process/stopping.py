"""The wish to stop, as one process knows it: what is in flight is finished, nothing more is begun.

Whoever waits for costly answers looks here before asking for the next one, so that ^C loses none of them.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator

from logminer.errors import Stopped

__all__ = ["interruptible", "request", "requested", "reset"]

_wish = threading.Event()


def request() -> None:
    """Wish that this process stops soon; safe in a signal handler."""
    _wish.set()


def requested() -> bool:
    """Whether it was wished."""
    return _wish.is_set()


def reset() -> None:
    """Begin anew: a process may run several pipelines, one after the other."""
    _wish.clear()


@contextlib.contextmanager
def interruptible(say: Callable[[str], None]) -> Iterator[None]:
    """Take ^C and SIGTERM as a wish to stop; when it has been granted (`Stopped`), as `KeyboardInterrupt`.

    The second one interrupts at once. Outside the main thread signals are not heard, and nothing changes.

    Args:
        say: told what happens.
    """
    reset()

    def hear(_signal: int, _frame: object) -> None:
        if requested():
            raise KeyboardInterrupt
        request()
        say("stopping: what is in flight is finished and kept; again to stop at once")

    heard = (signal.SIGINT, signal.SIGTERM)
    main = threading.current_thread() is threading.main_thread()
    before = {number: signal.signal(number, hear) for number in heard} if main else {}
    try:
        yield
    except Stopped:
        raise KeyboardInterrupt from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        reset()
