"""Parts flow: as soon as a part of one stage is done, the stages after it may take it.

The flow holds descriptions only. Earlier parts go before later ones and each lane is kept full, so a part is carried
through to the end while the next is being read, and memory is bounded by the workers, not by the dump.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import NamedTuple, Protocol

from logminer.parts import PartFile, PartFolder
from logminer.runners import Runner, reuse
from logminer.runners.local import lost_worker
from logminer.stage import Done, Readable, Stage, Task

__all__ = ["Step", "flow"]


class Slice(Readable, Protocol):
    """A range of rows of the dump that becomes one part of every stage."""

    @property
    def part(self) -> str: ...


class Step(NamedTuple):
    """A stage in its place: where its parts go, and the steps whose parts it reads (None: the dump itself)."""

    stage: Stage
    folder: PartFolder
    primary: Step | None
    sides: tuple[tuple[str, tuple[Step, ...]], ...] = ()

    @property
    def inputs(self) -> list[Step]:
        sides = [step for _, steps in self.sides for step in steps]
        return [self.primary, *sides] if self.primary else sides

    def task(self, slice_: Slice) -> Task:
        """The description of one part of this step."""

        def part_of(step: Step) -> PartFile:
            return PartFile(step.folder.file(slice_.part))

        return Task(
            slice_.part,
            self.folder.file(slice_.part),
            part_of(self.primary) if self.primary else slice_,
            tuple((name, tuple(map(part_of, steps))) for name, steps in self.sides),
        )


def flow(steps: Sequence[Step], slices: Iterable[Slice], runner: Runner) -> Iterator[Done]:
    """Carry every slice through `steps` (in topological order), yielding each part as it is done or found done.

    Inputs that are not among `steps` must exist already.
    """
    return _Flow(steps, slices, runner).run()


class _Flow:
    def __init__(self, steps: Sequence[Step], slices: Iterable[Slice], runner: Runner) -> None:
        self._steps = steps
        self._slices = enumerate(slices)
        self._runner = runner
        index = {step.folder: i for i, step in enumerate(steps)}
        self._needs = [{index[i.folder] for i in s.inputs if i.folder in index} for s in steps]
        self._open: dict[int, tuple[Slice, set[int]]] = {}  # slices under way: (slice, done steps)
        self._ready: dict[str, list[tuple[int, int]]] = defaultdict(
            list
        )  # lane → heap of (slice, step)
        self._flying: dict[Future[Done], tuple[int, int, str]] = {}
        self._exhausted = False

    def run(self) -> Iterator[Done]:
        while True:
            yield from self._fill()
            if not self._flying:
                return
            finished, _ = wait(self._flying, return_when=FIRST_COMPLETED)
            for future in finished:
                number, step, _ = self._flying.pop(future)
                yield from self._finish(number, step, self._result(future, number, step))

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
            self._open[number] = (slice_, set())
            yield from self._make_ready(number)

    def _has_room(self) -> bool:
        """Whether lanes that take new slices could do with one; a backlog elsewhere is no reason to wait."""
        steps = zip(self._steps, self._needs, strict=True)
        lanes = {step.stage.lane for step, needs in steps if not needs}
        idle = any(self._in_flight(lane) < self._runner.capacity(lane) for lane in lanes)
        return idle and not any(self._ready[lane] for lane in lanes)

    def _in_flight(self, lane: str) -> int:
        return sum(flying == lane for _, _, flying in self._flying.values())

    def _hand_out(self) -> None:
        for lane, heap in self._ready.items():
            while heap and self._in_flight(lane) < self._runner.capacity(lane):
                number, step = heapq.heappop(heap)
                place = self._steps[step]
                future = self._runner.submit(place.stage, place.task(self._open[number][0]))
                self._flying[future] = (number, step, lane)

    def _make_ready(self, number: int) -> Iterator[Done]:
        """Queue each step whose inputs are done; parts that exist are passed on at once."""
        slice_, done = self._open[number]
        queued = {step for heap in self._ready.values() for n, step in heap if n == number}
        queued |= {step for n, step, _ in self._flying.values() if n == number}
        for step, place in enumerate(self._steps):
            if step in done or step in queued or not self._needs[step] <= done:
                continue
            if found := reuse(place.stage, place.task(slice_)):
                done.add(step)
                yield found
            else:
                heapq.heappush(self._ready[place.stage.lane], (number, step))
        if len(done) == len(self._steps):
            del self._open[number]

    def _finish(self, number: int, step: int, result: Done) -> Iterator[Done]:
        self._open[number][1].add(step)
        yield result
        yield from self._make_ready(number)

    def _result(self, future: Future[Done], number: int, step: int) -> Done:
        try:
            return future.result()
        except BrokenProcessPool:
            place = self._steps[step]
            raise lost_worker(place.stage, place.task(self._open[number][0])) from None
