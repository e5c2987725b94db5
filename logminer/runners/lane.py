"""A process of its own that works on several parts at once: while the last answers of one part are awaited, those of
the next are asked for, and what came back is anonymised meanwhile.

Descriptions of tasks go in, what became of them comes out; no text passes between the processes.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from logminer.process import egress, stopping
from logminer.process.egress import Egress
from logminer.process.leaving import leave
from logminer.runners.worker import SWITCH_S, compute, start_worker, without_main
from logminer.stages.base import Done, Stage, Task

__all__ = ["Lane"]

STOP = "stop"


class _News(NamedTuple):
    """What the process says: a task ended, or some of its rows are kept."""

    number: int
    result: Done | Exception | None
    rows: int
    egress: tuple[Egress, ...]


class Lane:
    """The parent's end.

    Args:
        parts_at_once: threads in the process.
        heard: told, from another thread, the label of a stage and how many of its rows were kept.
    """

    def __init__(self, parts_at_once: int, heard: Callable[[str, int], None]) -> None:
        self._heard = heard
        self._tasks: dict[int, tuple[Stage, Future[Done]]] = {}
        self._sent = 0
        self.egress: tuple[Egress, ...] = ()
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, parts_at_once))
        with without_main():
            self._process.start()
        theirs.close()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def submit(self, stage: Stage, task: Task) -> Future[Done]:
        """Hand a task over.

        Raises:
            BrokenProcessPool: the process is gone.
        """
        future: Future[Done] = Future()
        future.set_running_or_notify_cancel()  # what is handed over is not taken back
        number, self._sent = self._sent, self._sent + 1
        self._tasks[number] = (stage, future)
        try:
            self._pipe.send((number, stage, task))
        except OSError:
            self._tasks.pop(number, None)
            raise BrokenProcessPool from None
        return future

    def stop(self) -> None:
        """See `Runner.stop`."""
        with contextlib.suppress(OSError):
            self._pipe.send(STOP)

    def close(self, *, now: bool) -> None:
        """See `Runner.close`."""
        if now:
            self._process.kill()
        with contextlib.suppress(OSError):
            self._pipe.send(None)
        self._process.join()
        self._reader.join()
        self._pipe.close()

    def _read(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                news: _News = self._pipe.recv()
                self.egress = news.egress
                if news.result is None:
                    self._heard(self._tasks[news.number][0].label, news.rows)
                else:
                    _settle(self._tasks.pop(news.number)[1], news.result)
        for _, future in list(self._tasks.values()):
            _settle(future, BrokenProcessPool())
        self._tasks.clear()


def _settle(future: Future[Done], result: Done | Exception) -> None:
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)


def _serve(pipe: Connection, parts_at_once: int) -> None:
    """The process: until it is told that nothing more comes."""
    start_worker()
    sys.setswitchinterval(SWITCH_S)
    lock = threading.Lock()

    def tell(number: int, result: Done | Exception | None, rows: int = 0) -> None:
        with lock, contextlib.suppress(OSError):  # a parent that is gone hears nothing
            pipe.send(_News(number, result, rows, egress.totals()))

    def work(number: int, stage: Stage, task: Task) -> None:
        try:
            result: Done | Exception = compute(stage, task, lambda rows: tell(number, None, rows))
        except Exception as error:
            result = error
        tell(number, result)

    with ThreadPoolExecutor(parts_at_once) as pool:
        while (message := _next(pipe)) is not None:
            if message == STOP:
                stopping.request()
            else:
                pool.submit(work, *message)
    pipe.close()
    leave()


def _next(pipe: Connection) -> Any:
    try:
        return pipe.recv()
    except (EOFError, OSError):
        return None
