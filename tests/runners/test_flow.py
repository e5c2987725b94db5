"""Slices go through the stages one after the other, and only what is missing is computed."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Lock

from logminer.runners.flow import flow
from logminer.runners.local import SerialRunner
from logminer.runners.worker import compute
from logminer.sources.cutting import MAX_BYTES
from logminer.stages.base import Done, Stage, Task
from logminer.stages.step import Step
from logminer.store.parts import PartFile, PartFolder
from tests.kit.numbers import Add, Rows


class Counting(SerialRunner):
    """Three parts at once, each in a thread; notes which there were beside each."""

    def __init__(self) -> None:
        super().__init__()
        self._threads, self._lock = ThreadPoolExecutor(3), Lock()
        self._now: set[str] = set()
        self.together: list[set[str]] = []

    def capacity(self, stage: Stage) -> int:
        return 3

    def submit(self, stage: Stage, task: Task) -> Future[Done]:
        with self._lock:
            self._now.add(task.part)
            self.together.append(set(self._now))
        return self._threads.submit(self._compute, stage, task)

    def _compute(self, stage: Stage, task: Task) -> Done:
        done = compute(stage, task)
        with self._lock:
            self._now.remove(task.part)
        return done


class TestFlow:
    def steps(self, root: Path) -> list[Step]:
        def step(stage: Stage, primary: Step | None, *more: Step) -> Step:
            upstream = [s.folder.fingerprint for s in (primary, *more) if s]
            folder = PartFolder(root, stage.label, stage.fingerprint(*upstream))
            return Step(stage, folder, primary, (("more", more),) if more else ())

        first = step(Add(by=1, label_="first"), None)
        second = step(Add(by=10, label_="second"), first)
        third = step(Add(by=100, label_="third"), second, first)
        return [first, second, third]

    def test_carries_every_slice_to_the_end_and_resumes(self, tmp_path: Path) -> None:
        steps, slices = self.steps(tmp_path), [Rows(f"s-{i}", [i]) for i in range(5)]
        done = list(flow(steps, slices, SerialRunner()))
        assert len(done) == 15
        for i in range(5):
            out = PartFile(steps[2].folder.file(f"s-{i}")).read()["n"].to_pylist()
            assert out == [(i + 1) + 10 + 100 + (i + 1)]
        steps[1].folder.file("s-2").unlink()
        again = list(flow(steps, slices, SerialRunner()))
        assert [(d.stage, d.part) for d in again if not d.reused] == [("second", "s-2")]

    def test_earlier_parts_go_to_the_end_first(self, tmp_path: Path) -> None:
        taken: list[str] = []

        def slices() -> list[Rows]:
            for i in range(4):
                taken.append(f"taken {i}")
                yield Rows(f"s-{i}", [i])

        for done in flow(self.steps(tmp_path), slices(), SerialRunner()):
            taken.append(f"{done.stage} {done.part}")
        assert taken.index("third s-0") < taken.index("taken 3")

    def test_what_holds_more_text_than_parts_do_goes_alone(self, tmp_path: Path) -> None:
        sizes = [1000, 1000, 100 * MAX_BYTES, 1000, 1000]
        slices = [Rows(f"s-{i}", [i], size) for i, size in enumerate(sizes)]
        runner = Counting()
        assert len(list(flow(self.steps(tmp_path)[:1], slices, runner))) == 5
        assert {"s-2"} in runner.together
        assert all(len(parts) == 1 for parts in runner.together if "s-2" in parts)

    def test_changed_option_reruns_that_stage_and_those_after(self, tmp_path: Path) -> None:
        one = self.steps(tmp_path)
        changed = Add(by=11, label_="second").fingerprint(one[0].folder.fingerprint)
        assert changed != one[1].folder.fingerprint
        relabelled = Add(by=10, label_="other").fingerprint(one[0].folder.fingerprint)
        assert relabelled == one[1].folder.fingerprint
