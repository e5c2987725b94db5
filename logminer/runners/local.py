"""Parts computed on this machine: in this process, or in a pool of processes.

Stages name a lane. Lane `cpu` is the shared pool; any other lane (a checkpoint that waits for a server or holds a
model) gets one process of its own, so that replaying one part overlaps anonymising the next.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from logminer.errors import StageFailed
from logminer.models.packaged import go_offline
from logminer.process import egress, stopping
from logminer.process.egress import Egress
from logminer.runners.lane import Lane
from logminer.runners.part import Runner
from logminer.runners.worker import compute, forget, start_worker, without_main
from logminer.stages.base import CPU, Done, Stage, Task

__all__ = ["PoolRunner", "SerialRunner", "local_runner", "lost_worker"]

Heard = Callable[[str, int], None]


def local_runner(workers: int, heard: Heard = lambda stage, rows: None) -> Runner:
    """`workers` processes; 0 computes everything in this process, one part after the other.

    Args:
        workers: processes of the pool.
        heard: told, perhaps from another thread, the label of a stage and how many of its costly rows were kept.
    """
    return PoolRunner(workers, heard) if workers else SerialRunner(heard)


class SerialRunner:
    """Computes each task when it is submitted: simple to debug, nothing in parallel."""

    def __init__(self, heard: Heard = lambda stage, rows: None) -> None:
        go_offline()
        self._heard = heard

    @property
    def where(self) -> str:
        return "local: this process"

    def submit(self, stage: Stage, task: Task) -> Future[Done]:
        future: Future[Done] = Future()
        try:
            future.set_result(compute(stage, task, lambda rows: self._heard(stage.label, rows)))
        except Exception as error:
            future.set_exception(error)
        return future

    def capacity(self, stage: Stage) -> int:
        return 1

    def egress(self) -> tuple[Egress, ...]:
        return ()

    def stop(self) -> None:
        stopping.request()

    def rest(self) -> None:
        """Nothing: it is in this process, and what comes next may need it."""

    def close(self, *, now: bool = False) -> None:
        forget()


class PoolRunner:
    """A pool of `workers` processes and one process for each named lane. Each opens a stage once."""

    def __init__(self, workers: int, heard: Heard = lambda stage, rows: None) -> None:
        self._workers = workers
        self._heard = heard
        self._pool: ProcessPoolExecutor | None = None
        self._lanes: dict[str, Lane] = {}

    @property
    def where(self) -> str:
        return f"local: {self._workers} workers"

    def submit(self, stage: Stage, task: Task) -> Future[Done]:
        try:
            if stage.lane != CPU:
                return self._lane(stage).submit(stage, task)
            if self._pool is None:
                spawn = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(self._workers, spawn, start_worker)
            with without_main():
                return self._pool.submit(compute, stage, task)
        except BrokenProcessPool:
            raise lost_worker(stage, task) from None

    def _lane(self, stage: Stage) -> Lane:
        if stage.lane not in self._lanes:
            self._lanes[stage.lane] = Lane(stage.parts_at_once, self._heard)
        return self._lanes[stage.lane]

    def capacity(self, stage: Stage) -> int:
        # One task more than workers: a worker never waits for this process to hand it the next.
        return 1 + (self._workers if stage.lane == CPU else stage.parts_at_once)

    def egress(self) -> tuple[Egress, ...]:
        return egress.total(part for lane in self._lanes.values() for part in lane.egress)

    def stop(self) -> None:
        for lane in self._lanes.values():
            lane.stop()

    def rest(self) -> None:
        if self._pool:
            self._pool.shutdown()
        self._pool = None

    def close(self, *, now: bool = False) -> None:
        if self._pool:
            if now:
                for process in list((self._pool._processes or {}).values()):
                    process.kill()
            self._pool.shutdown(wait=True, cancel_futures=True)
        for lane in self._lanes.values():
            lane.close(now=now)
        self._pool, self._lanes = None, {}


def lost_worker(stage: Stage, task: Task) -> StageFailed:
    """What to say when a worker process was killed from outside."""
    cause = "a worker process was killed (out of memory? try fewer workers)"
    return StageFailed(stage.label, task.part, cause, "worker")
