"""Parts computed on this machine: in this process, or in a pool of processes.

Stages name a lane. Lane `cpu` is the shared pool; any other lane (a checkpoint that waits for a server or holds a
model) gets one process of its own, so that replaying one part overlaps anonymising the next.
"""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from logminer.errors import LogminerError, StageFailed
from logminer.models import go_offline
from logminer.runners import Runner, run_part, where_failed
from logminer.stage import Done, Stage, Task, Transform

__all__ = ["PoolRunner", "SerialRunner", "local_runner"]

ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def local_runner(workers: int) -> Runner:
    """`workers` processes; 0 computes everything in this process, one part after the other."""
    return PoolRunner(workers) if workers else SerialRunner()


class SerialRunner:
    """Computes each task when it is submitted: simple to debug, nothing in parallel."""

    def __init__(self) -> None:
        go_offline()

    def submit(self, stage: Stage, task: Task) -> Future[Done]:
        future: Future[Done] = Future()
        try:
            future.set_result(run_part(stage, _opened(stage), task))
        except Exception as error:
            future.set_exception(error)
        return future

    def capacity(self, lane: str) -> int:
        return 1

    def close(self) -> None:
        _opened.cache_clear()


class PoolRunner:
    """A pool of `workers` processes and one process for each named lane. Each opens a stage once."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._pools: dict[str, ProcessPoolExecutor] = {}

    def submit(self, stage: Stage, task: Task) -> Future[Done]:
        pool = self._pools.get(stage.lane)
        if pool is None:
            pool = self._pools[stage.lane] = ProcessPoolExecutor(
                self._workers if stage.lane == "cpu" else 1,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_start_worker,
            )
        try:
            with _without_main():
                return pool.submit(_work, stage, task)
        except BrokenProcessPool:
            raise lost_worker(stage, task) from None

    def capacity(self, lane: str) -> int:
        # One task more than workers: a worker never waits for this process to hand it the next.
        return self._workers + 1 if lane == "cpu" else 2

    def close(self) -> None:
        for pool in self._pools.values():
            pool.shutdown(wait=True, cancel_futures=True)
        self._pools.clear()


def lost_worker(stage: Stage, task: Task) -> StageFailed:
    """What to say when a worker process was killed from outside."""
    cause = "a worker process was killed (out of memory? try fewer workers)"
    return StageFailed(stage.label, task.part, cause, "worker")


@functools.cache
def _opened(stage: Stage) -> Transform:
    try:
        return stage.open()
    except LogminerError:
        raise
    except Exception as error:  # its message may quote what was read
        cause = f"cannot be opened ({type(error).__name__})"
        raise StageFailed(stage.label, "every part", cause, where_failed(error)) from None


def _work(stage: Stage, task: Task) -> Done:
    return run_part(stage, _opened(stage), task)


def _start_worker() -> None:
    """One thread for each worker; ^C is the parent's to handle; a worker does not outlive its parent."""
    go_offline()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if parent := multiprocessing.parent_process():

        def watch() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Start workers without re-importing the caller's script, so that it needs no `__main__` guard."""
    for variable in ONE_THREAD:
        os.environ.setdefault(variable, "1")
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
