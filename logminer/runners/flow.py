"""Parts flow: as soon as a part of one stage is done, the stages after it may take it.

The flow holds descriptions only. Earlier parts go before later ones and each lane is kept full, so a part is carried
through to the end while the next is being read, and memory is bounded by the workers, not by the dump. A lane holds as
much text as full parts would have; what alone is more, a dialogue that cannot be cut, goes alone.

When a checkpoint is lost (its server died), what other checkpoints still have to answer goes on, and the loss is raised
at the end. Where nothing else is being asked, it is raised at once. When the wish to stop is heard, nothing more is
handed out, and what is in flight is awaited.
"""

from __future__ import annotations

import contextlib
import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import NamedTuple

from logminer.errors import CheckpointLost, PartOutdated, Stopped, StoreError
from logminer.process import stopping
from logminer.runners.ahead import Ahead
from logminer.runners.local import lost_worker
from logminer.runners.part import Runner, reuse
from logminer.sources.cutting import MAX_BYTES
from logminer.stages.base import CPU, GPU, Done, Stage, Task
from logminer.stages.step import Slice, Step

__all__ = ["flow"]

STOP_CHECK_S = 0.5


def flow(
    steps: Sequence[Step],
    slices: Iterable[Slice],
    runner: Runner,
    say: Callable[[str], None] = lambda text: None,
) -> Iterator[Done]:
    """Carry every slice through `steps` (in topological order), yielding each part as it is done or found done.

    Args:
        steps: what to do; inputs that are not among them must exist already.
        slices: of the dump.
        runner: where it is done.
        say: told of a lost checkpoint while others go on.

    Raises:
        Stopped: it was wished (`stopping`), and everything in flight has ended.
        LogminerError: what a part raised.
    """
    return _Flow(steps, slices, runner, say).run()


class _Underway(NamedTuple):
    """A slice on its way, and numbers of steps."""

    slice_: Slice
    done: set[int]
    begun: set[int]  # ready to be computed, or more


class _Flow:
    def __init__(
        self,
        steps: Sequence[Step],
        slices: Iterable[Slice],
        runner: Runner,
        say: Callable[[str], None],
    ) -> None:
        self._steps = steps
        self._slices = enumerate(slices)
        self._runner = runner
        self._say = say
        self._stages = {step.stage.lane: step.stage for step in steps}  # one of each lane
        self._lost: dict[str, CheckpointLost] = {}  # by lane
        index = {step.folder: i for i, step in enumerate(steps)}
        self._needs = [{index[i.folder] for i in s.inputs if i.folder in index} for s in steps]
        self._open: dict[int, _Underway] = {}
        self._ready: dict[str, list[tuple[int, int]]] = defaultdict(
            list
        )  # lane → heap of (slice, step)
        self._flying: dict[Future[Done], tuple[int, int, str]] = {}
        self._ahead = Ahead(step.folder for step in steps)
        self._exhausted = False
        self._told = set[str]()  # stages of which some part was outdated

    def run(self) -> Iterator[Done]:
        with contextlib.closing(self._ahead):
            yield from self._run()

    def _run(self) -> Iterator[Done]:
        while True:
            if stopping.requested():
                yield from self._wind_down()
            yield from self._fill()
            if not self._flying:
                break
            finished, _ = wait(self._flying, STOP_CHECK_S, FIRST_COMPLETED)
            for future in finished:
                yield from self._end(future)
        for error in self._lost.values():
            raise error

    def _wind_down(self) -> Iterator[Done]:
        self._runner.stop()
        for future in list(self._flying):
            if future.cancel():
                del self._flying[future]
        while self._flying:
            finished, _ = wait(self._flying, None, FIRST_COMPLETED)
            for future in finished:
                yield from self._end(future)
        raise Stopped

    def _fill(self) -> Iterator[Done]:
        """Admit slices until the lanes are full, and hand out what is ready."""
        while True:
            self._hand_out()
            if self._exhausted or not self._has_room():
                return
            admitted = next(self._slices, None)
            if admitted is None:
                self._exhausted = True
                return
            number, slice_ = admitted
            self._open[number] = _Underway(slice_, set(), set())
            yield from self._make_ready(number)

    def _has_room(self) -> bool:
        """Whether lanes that take new slices could do with one; a backlog elsewhere is no reason to wait."""
        steps = zip(self._steps, self._needs, strict=True)
        lanes = {step.stage.lane for step, needs in steps if not needs} - self._lost.keys()
        idle = any(self._in_flight(lane) < self._capacity(lane) for lane in lanes)
        return idle and not any(self._ready[lane] for lane in lanes)

    def _in_flight(self, lane: str) -> int:
        return sum(flying == lane for _, _, flying in self._flying.values())

    def _takes(self, lane: str, slice_: Slice) -> bool:
        """Whether a lane has room for one more part, and for its text."""
        flying = [
            self._open[n].slice_.text_bytes for n, _, on in self._flying.values() if on == lane
        ]
        capacity = self._capacity(lane)
        full = sum(flying) + slice_.text_bytes > capacity * MAX_BYTES
        return len(flying) < capacity and not (flying and full)

    def _capacity(self, lane: str) -> int:
        return 0 if lane in self._lost else self._runner.capacity(self._stages[lane])

    def _hand_out(self) -> None:
        for lane, heap in self._ready.items():
            while heap and self._takes(lane, self._open[heap[0][0]].slice_):
                number, step = heapq.heappop(heap)
                place = self._steps[step]
                future = self._runner.submit(place.stage, place.task(self._open[number].slice_))
                self._flying[future] = (number, step, lane)

    def _make_ready(self, number: int) -> Iterator[Done]:
        """Queue each step whose inputs are done; parts that exist are passed on at once."""
        slice_, done, begun = self._open[number]
        for step, place in enumerate(self._steps):
            if step in begun or not self._needs[step] <= done:
                continue
            begun.add(step)
            if found := self._reused(place.stage, place.task(slice_)):
                done.add(step)
                yield found
            else:
                heapq.heappush(self._ready[place.stage.lane], (number, step))
        if len(done) == len(self._steps):
            del self._open[number]

    def _reused(self, stage: Stage, task: Task) -> Done | None:
        """A part that is not as it was written, or whose sources became others, is told, and computed anew.

        Of the latter one of each stage is told: where recorded answers changed, there are many.
        """
        try:
            return reuse(stage, task, self._ahead)
        except PartOutdated as error:
            if stage.label not in self._told:
                self._told.add(stage.label)
                self._say(
                    f"note: {error}; it is computed anew, and others of {stage.label} like it"
                )
            task.output.unlink()
            return None
        except StoreError as error:
            self._say(f"note: {error}; it is computed anew")
            task.output.unlink()
            return None

    def _end(self, future: Future[Done]) -> Iterator[Done]:
        number, step, lane = self._flying.pop(future)
        try:
            result = future.result()
        except BrokenProcessPool:
            place = self._steps[step]
            raise lost_worker(place.stage, place.task(self._open[number].slice_)) from None
        except Stopped:
            if not stopping.requested():
                raise
        except CheckpointLost as error:
            self._lose(lane, error)
        else:
            self._open[number].done.add(step)
            yield result
            yield from self._make_ready(number)

    def _lose(self, lane: str, error: CheckpointLost) -> None:
        if lane in self._lost:
            return
        self._lost[lane] = error
        if not any(other not in (CPU, GPU, *self._lost) for other in self._stages):
            raise error
        self._say(f"{error}; the other checkpoints go on")
