"""A bar for each stage, with rows per second and the time that is left."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from logminer.cli.render import console
from logminer.stages.base import Done

__all__ = ["Bars"]

TELL_S = 60.0


class _RowsPerSecond(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.finished_speed or task.speed or 0:,.0f} rows/s", style="dim")


class Bars:
    """Draws progress on standard error while a run goes on; without a terminal, a line a stage when it is complete."""

    def __init__(self) -> None:
        self._console = console(stderr=True)
        self._tasks: dict[str, tuple[TaskID, int]] = {}  # stage → (bar, rows of the dump)
        self._seen: dict[str, int] = {}
        self._answers: dict[str, int] = {}
        self._lock = threading.Lock()  # answers are told from other threads
        self._began = time.monotonic()
        self._told: dict[str, float] = {}  # stage → when its answers were told last
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            _RowsPerSecond(),
            TimeRemainingColumn(compact=True),
            console=self._console,
            disable=not self._console.is_terminal,
        )

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def start(self, stages: list[str], rows: int) -> None:
        """Add a bar for each stage."""
        for stage in stages:
            if stage not in self._tasks:
                self._tasks[stage] = (self._progress.add_task(stage, total=rows), rows)
                self._seen[stage] = 0

    def done(self, done: Done, rows: int) -> None:
        """Advance the bar of the part's stage by the rows of the dump that it stands for."""
        bar, total = self._tasks[done.stage]
        self._progress.advance(bar, rows)
        self._seen[done.stage] += rows
        if not self._console.is_terminal and self._seen[done.stage] >= total:
            self._console.print(f"{done.stage}: {total:,} rows done")

    def heard(self, stage: str, rows: int) -> None:
        """Tell how many answers a stage has, beside its bar; without a terminal, a line a minute."""
        with self._lock:
            self._answers[stage] = self._answers.get(stage, 0) + rows
            bar = self._tasks.get(stage)
            if bar:
                self._progress.update(
                    bar[0], description=f"{stage} · {self._answers[stage]:,} answers"
                )
            now = time.monotonic()
            if not self._console.is_terminal and now > self._told.get(stage, self._began) + TELL_S:
                self._told[stage] = now
                self._console.print(f"{stage}: {self._answers[stage]:,} answers so far")

    def say(self, text: str) -> None:
        """A line above the bars."""
        self._progress.console.print(text, markup=False, soft_wrap=True)
