"""What this process keeps in memory: how much, and never in a core file."""

from __future__ import annotations

import contextlib
import re
import resource
import threading
from collections.abc import Iterator

import psutil

__all__ = ["gave_out", "no_core_file", "peak_memory"]

# As libraries say it that have no error of their own for it; a thread's stack is memory, too.
_GAVE_OUT = re.compile(
    r"alloc|out of memory|enough memory|launch \w+ thread|start new thread", re.I
)


def gave_out(error: BaseException) -> bool:
    """Whether a library failed for want of memory, whatever it calls that."""
    return isinstance(error, MemoryError) or bool(_GAVE_OUT.search(str(error)))


def no_core_file() -> None:
    """A core file of a process that died would hold its memory, and that the text as it came in."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


@contextlib.contextmanager
def peak_memory(every_s: float = 0.5) -> Iterator[list[int]]:
    """Samples the resident memory of this process and all its children, summed, in bytes."""
    me, stop, samples = psutil.Process(), threading.Event(), [0]

    def watch() -> None:
        while True:
            total = 0
            for process in [me, *me.children(recursive=True)]:
                with contextlib.suppress(psutil.Error):
                    total += process.memory_info().rss
            samples[0] = max(samples[0], total)
            if stop.wait(every_s):
                return

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        stop.set()
        thread.join()
