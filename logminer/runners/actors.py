"""Parts computed by actors of a Ray cluster.

Descriptions of tasks go out, what became of them comes back; no text passes. Lane `cpu` is as many actors as there are
workers; a lane that wants accelerators has as many as its share of them allows; any other has one, or as many as was
said. An actor that dies is started anew, elsewhere if need be, and its parts are begun again, each twice at most.

One thread takes all events, one after the other, and all but it leave the state alone.
"""

from __future__ import annotations

import functools
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any, NamedTuple

from logminer.errors import ConfigError, LogminerError, StageFailed, where_failed
from logminer.process import egress
from logminer.process.egress import Egress
from logminer.process.permissions import Permissions
from logminer.runners.ray import CONTROL, Cluster
from logminer.runners.remote import Expected, News
from logminer.stages.base import CPU, GPU, Done, Stage, Task

__all__ = ["ActorRunner"]

NEWS_S = 1.0
UNPLACED_S = 30.0  # after so long it is told

Event = Callable[[], None]
Heard = Callable[[str, int], None]
Say = Callable[[str], None]


class ActorRunner:
    """See the module.

    Args:
        cluster: where; it is left when the runner is closed.
        stages: all that will be computed.
        expected: what every worker must find.
        permissions: of what workers write.
        workers: actors of lane `cpu`.
        actors: of each other lane; None: one, or one for each accelerator.
        heard: told, from another thread, the label of a stage and how many of its costly rows were kept.
        say: told what takes long, from another thread.

    Raises:
        ConfigError: the lanes want more accelerators than there are.
    """

    def __init__(
        self,
        cluster: Cluster,
        stages: Iterable[Stage],
        expected: Expected,
        permissions: Permissions,
        *,
        workers: int,
        actors: int | None = None,
        heard: Heard = lambda stage, rows: None,
        say: Say = lambda text: None,
    ) -> None:
        self._cluster, self._expected, self._permissions = cluster, expected, permissions
        self._workers, self._actors = workers, actors
        self._heard, self._say = heard, say
        self._gpu_lanes = _share(stages, cluster.gpus)
        self._pools: dict[str, _Pool] = {}
        self._egress: dict[str, tuple[Egress, ...]] = {}  # by the worker's name
        self._names: dict[Any, str] = {}  # of the worker that an actor is
        self._died = 0
        self._broken: LogminerError | None = None
        self._stopping = self._ending = False
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def where(self) -> str:
        died = f", {self._died} workers died" if self._died else ""
        return f"ray: {self._cluster}{died}"

    def submit(self, stage: Stage, task: Task) -> Future[Done]:
        job = _Job(stage, task, Future())
        self._events.put(lambda: self._take(job))
        return job.future

    def capacity(self, stage: Stage) -> int:
        # Some wait here, so that no actor waits for whoever hands out parts.
        at_once = self._size(stage) * _at_once(stage)
        return at_once + 1 + at_once // 8

    def egress(self) -> tuple[Egress, ...]:
        return egress.total(part for parts in list(self._egress.values()) for part in parts)

    def stop(self) -> None:
        self._events.put(self._stop)

    def rest(self) -> None:
        """Nothing: the memory is not this machine's alone, and an actor takes long to begin."""

    def close(self, *, now: bool = False) -> None:
        self._events.put(lambda: self._end(now=now))
        self._thread.join()
        actors = [actor for pool in self._pools.values() for actor in pool.actors]
        self._cluster.dismiss(actors, now=now)
        self._cluster.leave()

    def _size(self, stage: Stage) -> int:
        """How many actors a stage's lane has."""
        if stage.lane == CPU:
            return self._workers
        if stage.at_home:
            return 1
        if each := stage.resources.get(GPU):
            most = int(self._cluster.gpus / self._gpu_lanes / each)
            return max(1, min(most, self._actors or most))
        return self._actors or 1

    def _serve(self) -> None:
        """Take events until the end is wished and nothing is in flight."""
        next_news = time.monotonic() + NEWS_S
        while not self._ending or any(pool.flying for pool in self._pools.values()):
            try:
                event = self._events.get(timeout=NEWS_S)
            except queue.Empty:
                event = self._ask_for_news
            try:
                event()
                if time.monotonic() > next_news:
                    self._ask_for_news()
                    next_news = time.monotonic() + NEWS_S
            except Exception as error:  # of Ray: its message may quote what was raised
                cause = f"Ray failed ({type(error).__name__})"
                self._break(StageFailed("runner", "every part", cause, where_failed(error)))

    def _take(self, job: _Job) -> None:
        if self._broken:
            _refuse(job, self._broken)
            return
        lane = job.stage.lane
        if lane not in self._pools:
            self._pools[lane] = self._pool(job.stage)
        self._pools[lane].waiting.append(job)
        self._dispatch(self._pools[lane])

    def _pool(self, stage: Stage) -> _Pool:
        pool = _Pool(stage.lane, _at_once(stage))
        for _ in range(self._size(stage)):
            actor = self._cluster.actor(stage, pool.at_once, self._expected, self._permissions)
            pool.actors.append(actor)
            self._when_done(actor.look.remote(), functools.partial(self._looked, pool, actor))
        return pool

    def _looked(self, pool: _Pool, actor: Any, found: Future[News]) -> None:
        """A new actor tells whether it can compute."""
        if error := found.exception():
            cause = f"Ray could not start a worker ({type(error).__name__})"
            self._break(StageFailed(pool.name, "every part", cause, "worker"))
        elif isinstance(unmet := self._hear(pool, actor, found.result()), LogminerError):
            self._break(unmet)
        else:
            pool.ready += 1
            pool.free.extend([actor] * pool.at_once)
            self._dispatch(pool)

    def _dispatch(self, pool: _Pool) -> None:
        while pool.free and pool.waiting:
            job = pool.waiting.popleft()
            if job.future.set_running_or_notify_cancel():
                actor = pool.free.popleft()
                pool.flying += 1
                computing = actor.compute.remote(job.stage, job.task)
                self._when_done(computing, functools.partial(self._computed, pool, actor, job))

    def _computed(self, pool: _Pool, actor: Any, job: _Job, found: Future[News]) -> None:
        pool.flying -= 1
        pool.free.append(actor)
        if error := found.exception():
            job.future.set_exception(self._cluster.fate(error, job.stage, job.task))
        else:
            ended = self._hear(pool, actor, found.result())
            if isinstance(ended, LogminerError):
                job.future.set_exception(ended)
            elif ended:
                job.future.set_result(ended)
        self._dispatch(pool)

    def _when_done(self, ref: Any, event: Callable[[Future[Any]], None]) -> None:
        ref.future().add_done_callback(lambda found: self._events.put(lambda: event(found)))

    def _hear(self, pool: _Pool, actor: Any, news: News) -> Done | LogminerError | None:
        if self._names.setdefault(actor, news.worker) != news.worker:
            self._names[actor] = news.worker
            self._died += 1
            self._say(
                f"note: a worker of {pool.name} died, and another one has begun its parts again (out of memory, or a lost node?)"
            )
        self._egress[news.worker] = news.egress
        for label, rows in news.kept:
            self._heard(label, rows)
        return news.ended

    def _ask_for_news(self) -> None:
        """What lanes whose parts take long have kept; told again of the wish to stop, for one may be started anew."""
        for pool in self._pools.values():
            if not pool.ready and not pool.told and time.monotonic() > pool.begun + UNPLACED_S:
                pool.told = True
                self._say(f"note: Ray has no place yet for a worker of {pool.name}; it waits")
            if pool.name != CPU and pool.flying and not pool.asked:
                for actor in pool.actors:
                    pool.asked += 1
                    asking = actor.news.options(concurrency_group=CONTROL).remote(self._stopping)
                    self._when_done(asking, functools.partial(self._told, pool, actor))

    def _told(self, pool: _Pool, actor: Any, found: Future[News]) -> None:
        pool.asked -= 1
        if not found.exception():
            self._hear(pool, actor, found.result())

    def _stop(self) -> None:
        self._stopping = True
        self._ask_for_news()

    def _end(self, *, now: bool) -> None:
        self._ending = True
        for pool in self._pools.values():
            pool.drop(lambda job: job.future.cancel())
            if now:
                pool.flying = 0

    def _break(self, error: LogminerError) -> None:
        """Nothing more is computed."""
        self._broken = broken = self._broken or error
        for pool in self._pools.values():
            pool.drop(lambda job: _refuse(job, broken))


class _Job(NamedTuple):
    stage: Stage
    task: Task
    future: Future[Done]


class _Pool:
    """The actors of one lane, and the tasks that wait for one."""

    def __init__(self, name: str, at_once: int) -> None:
        self.name, self.at_once = name, at_once
        self.actors: list[Any] = []
        self.free: deque[Any] = deque()  # an actor stands in it once for each part that it takes
        self.waiting: deque[_Job] = deque()
        self.ready = self.flying = self.asked = 0
        self.begun, self.told = time.monotonic(), False

    def drop(self, what_of: Callable[[_Job], object]) -> None:
        """Nothing that waits is computed."""
        while self.waiting:
            what_of(self.waiting.popleft())


def _refuse(job: _Job, error: LogminerError) -> None:
    if job.future.set_running_or_notify_cancel():
        job.future.set_exception(error)


def _at_once(stage: Stage) -> int:
    return 1 if stage.lane == CPU else stage.parts_at_once


def _share(stages: Iterable[Stage], there: float) -> int:
    """Among how many lanes the accelerators are shared.

    Raises:
        ConfigError: there are too few of them.
    """
    lanes = {stage.lane: stage.resources[GPU] for stage in stages if stage.resources.get(GPU)}
    if (wanted := max(lanes.values(), default=0.0) * len(lanes)) > there:
        raise ConfigError(
            f"runner: {', '.join(sorted(lanes))} want {wanted:g} accelerators at once, and Ray has {there:g}: run where there"
            " are more, or ask one checkpoint after the other"
        )
    return max(1, len(lanes))
