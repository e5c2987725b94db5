"""What every worker process does: begin with one thread, open each stage once, compute parts."""

from __future__ import annotations

import contextlib
import functools
import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator

from logminer.errors import LogminerError, StageFailed, Stopped, where_failed
from logminer.models.packaged import go_offline
from logminer.process import stopping
from logminer.runners.part import run_part
from logminer.stages.base import Done, Stage, Task, Transform

__all__ = [
    "ONE_THREAD",
    "SWITCH_S",
    "compute",
    "forget",
    "one_thread",
    "start_worker",
    "without_main",
]

ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
SWITCH_S = 0.0005  # threads that wait for a server get their turn ten times as often as Python would give it
_opening = threading.Lock()


def compute(stage: Stage, task: Task, heard: Callable[[int], None] = lambda rows: None) -> Done:
    """One part of a stage, which is opened if this process has not opened it yet; see `run_part`.

    Raises:
        LogminerError: as `run_part`; `Stopped` where that was wished before it began.
    """
    if stopping.requested():
        raise Stopped
    with _opening:  # threads of one process share what one of them opens
        transform = _opened(stage)
    return run_part(stage, transform, task, heard)


def forget() -> None:
    """Let go of the opened stages."""
    _opened.cache_clear()


@functools.cache
def _opened(stage: Stage) -> Transform:
    try:
        opened = stage.open()
        # Models are millions of objects that stay: looking through them for garbage takes half a second each time.
        gc.freeze()
        return opened
    except LogminerError:
        raise
    except Exception as error:  # its message may quote what was read
        cause = f"cannot be opened ({type(error).__name__})"
        raise StageFailed(stage.label, "every part", cause, where_failed(error)) from None


def start_worker() -> None:
    """One thread for each worker; ^C is the parent's to handle; a worker does not outlive its parent."""
    go_offline()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if parent := multiprocessing.parent_process():

        def watch() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()


def one_thread() -> None:
    """Have libraries that are loaded from now on, here and in processes to come, compute with one thread each."""
    for variable in ONE_THREAD:
        os.environ.setdefault(variable, "1")


@contextlib.contextmanager
def without_main() -> Iterator[None]:
    """Start workers without re-importing the caller's script, so that it needs no `__main__` guard."""
    one_thread()
    main = sys.modules["__main__"]
    kept = {name: getattr(main, name) for name in ("__file__", "__spec__") if hasattr(main, name)}
    try:
        if "__file__" in kept:
            del main.__file__
        main.__spec__ = None
        yield
    finally:
        for name, value in kept.items():
            setattr(main, name, value)
