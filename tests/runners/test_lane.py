"""Stages with a process of their own: several parts at once, losses, stops."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from logminer.errors import CheckpointLost, StageFailed, Stopped
from logminer.process import stopping
from logminer.runners.flow import flow
from logminer.runners.local import PoolRunner
from logminer.runners.part import Runner
from logminer.stages.base import Stage, Transform
from logminer.stages.step import Step
from logminer.store.parts import PartFolder
from tests.kit.numbers import Add, Rows


class Serving(Add):
    """Computed in a process of its own, two parts at once; it waits for as many parts before it goes on, and fails alone."""

    meet: str  # a folder where parts tell that they have begun

    @property
    def lane(self) -> str:
        return self.label

    @property
    def parts_at_once(self) -> int:
        return 2

    def open(self) -> Transform:
        def transform(batch: pa.RecordBatch, **sides: pa.Table) -> pa.RecordBatch:
            (Path(self.meet) / str(batch["n"][0])).touch()
            deadline = time.monotonic() + 30
            while len(list(Path(self.meet).iterdir())) < 2 and time.monotonic() < deadline:
                time.sleep(0.01)
            if len(list(Path(self.meet).iterdir())) < 2:
                raise TimeoutError
            if self.fail == "lost":
                raise CheckpointLost("gone")
            if self.fail == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            while self.fail == "stop" and not stopping.requested():
                time.sleep(0.01)
            if self.fail == "stop":
                raise Stopped
            return batch

        return transform


class TestLane:
    def runner(self, *stages: Stage) -> Runner:
        return PoolRunner(1)

    def flow(
        self, tmp_path: Path, fail: str, *others: Stage, say: Any = lambda text: None
    ) -> list[str]:
        meet = tmp_path / "meet"
        meet.mkdir()
        stages = [Serving(by=0, label_="serving", meet=str(meet), fail=fail), *others]
        steps = [Step(s, PartFolder(tmp_path / "parts", s.label, "f"), None) for s in stages]
        runner, slices = self.runner(*stages), [Rows(f"s-{i}", [i]) for i in range(4)]
        found = []
        try:
            for done in flow(steps, slices, runner, say):
                found.append(f"{done.stage} {done.part}")
        finally:
            runner.close()
            self.found = sorted(found)
        return self.found

    def test_one_process_works_on_several_parts_at_once(self, tmp_path: Path) -> None:
        assert self.flow(tmp_path, "") == [f"serving s-{i}" for i in range(4)]

    def test_a_lost_checkpoint_stops_the_flow(self, tmp_path: Path) -> None:
        with pytest.raises(CheckpointLost, match="gone"):
            self.flow(tmp_path, "lost")

    def test_others_go_on_when_one_checkpoint_is_lost(self, tmp_path: Path) -> None:
        (tmp_path / "there").mkdir()
        for name in "ab":
            (tmp_path / "there" / name).touch()
        other = Serving(by=0, label_="other", meet=str(tmp_path / "there"))
        said: list[str] = []
        with pytest.raises(CheckpointLost, match="gone"):
            self.flow(tmp_path, "lost", other, say=said.append)
        assert self.found == [f"other s-{i}" for i in range(4)]
        assert said == ["gone; the other checkpoints go on"]

    def test_a_killed_process_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(StageFailed, match="a worker process was killed"):
            self.flow(tmp_path, "killed")

    def test_the_wish_to_stop_reaches_it(self, tmp_path: Path) -> None:
        timer = threading.Timer(3.0, stopping.request)
        timer.start()
        try:
            with pytest.raises(Stopped):
                self.flow(tmp_path, "stop")
        finally:
            timer.cancel()
            stopping.reset()
        assert self.found == []
