"""A bar for each stage, with rows per second and the time that is left; without a terminal, lines that say the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
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

# Seconds from a stage's first news to its first line, and from line to line, twice as many each time.
FIRST_LINE_S, MOST_S = 5.0, 60.0


class _RowsPerSecond(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.finished_speed or task.speed or 0:,.0f} rows/s", style="dim")


class _Stage:
    """How far one stage is, in rows of the dump; answers of parts under way count by the rows that they stand for."""

    def __init__(self, name: str, rows: int) -> None:
        self.rows = rows
        self._unit = "episodes" if name.startswith("act.") else "answers"
        self.done = 0.0  # rows whose parts are done
        self.answers = 0  # heard
        self._settled = 0  # of these, those of parts that are done
        self._given = 0  # rows of all parts done
        self._before = 0.0  # done already when it began
        self._began: float | None = None
        self._pause = FIRST_LINE_S
        self._next = 0.0

    def add(self, done: Done, rows: int, now: float) -> None:
        """A part is done."""
        if done.reused:
            self._before += rows
        else:
            self._begin(now - done.seconds)
            self._settled += done.rows_out if self.answers else 0
        self.done += rows
        self._given += done.rows_out

    def hear(self, answers: int, now: float) -> None:
        """So many answers more of a part under way."""
        self._begin(now)
        self.answers += answers

    def _begin(self, now: float) -> None:
        if self._began is None:
            self._began, self._next = now, now + self._pause

    @property
    def answers_per_row(self) -> float | None:
        """Of the parts done; None before the first one."""
        return self._given / self.done if self.done else None

    def line(self, now: float, answers_per_row: float | None) -> str | None:
        """`120/360 in 2:10 · ETA 4:20` when it is time for it: rows, time since the stage began, time that is left.

        Args:
            now: seconds of a clock.
            answers_per_row: how many a row of the dump is likely to have, where no part of the stage is done.
        """
        if self._began is None or now < self._next:
            return None
        self._pause = min(2 * self._pause, MOST_S)
        self._next = now + self._pause
        ratio = self.answers_per_row or answers_per_row
        if self.answers and not ratio:
            return f"{self.answers:,} {self._unit} in {_clock(now - self._began)}"
        open_ = max(0, self.answers - self._settled) / ratio if ratio else 0.0
        there = min(self.done + open_, self.rows)
        new, spent = there - self._before, now - self._began
        left = f" · ETA {_clock(spent * (self.rows - there) / new)}" if new > 0 else ""
        return f"{int(there):,}/{self.rows:,} in {_clock(spent)}{left}"

    def heard(self, answers_per_row: float | None) -> str:
        """`5 of about 250 answers`."""
        ratio = self.answers_per_row or answers_per_row
        of = f" of about {round(ratio * self.rows):,}" if ratio else ""
        return f"{self.answers:,}{of} {self._unit}"

    def last_line(self, now: float) -> str:
        """When all rows are done."""
        spent = "" if self._began is None else f" in {_clock(now - self._began)}"
        return f"{self.rows:,}/{self.rows:,}{spent} · done"


def _clock(seconds: float) -> str:
    """2:10, or 1:02:10."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


class Bars:
    """Draws progress on standard error while a run goes on; without a terminal, a line now and then.

    Args:
        clock: gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console(stderr=True)
        self._clock = clock
        self._bars: dict[str, TaskID] = {}
        self._stages: dict[str, _Stage] = {}
        self._lock = threading.Lock()  # answers are told from other threads
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
            if stage not in self._stages:
                self._bars[stage] = self._progress.add_task(stage, total=rows)
                self._stages[stage] = _Stage(stage, rows)

    def done(self, done: Done, rows: int) -> None:
        """Advance the bar of the part's stage by the rows of the dump that it stands for."""
        self._progress.advance(self._bars[done.stage], rows)
        with self._lock:
            stage = self._stages[done.stage]
            stage.add(done, rows, self._clock())
            if stage.done >= stage.rows:
                self._line(done.stage, stage.last_line(self._clock()))
            else:
                self._tell(done.stage)

    def heard(self, stage: str, rows: int) -> None:
        """Tell how many answers a stage has, beside its bar."""
        with self._lock:
            if stage not in self._stages:  # a pilot's
                self._stages[stage] = _Stage(stage, 0)
            self._stages[stage].hear(rows, self._clock())
            if stage in self._bars:
                said = self._stages[stage].heard(self._answers_per_row(stage))
                self._progress.update(self._bars[stage], description=f"{stage} · {said}")
            self._tell(stage)

    def _tell(self, stage: str) -> None:
        if said := self._stages[stage].line(self._clock(), self._answers_per_row(stage)):
            self._line(stage, said)

    def _answers_per_row(self, stage: str) -> float | None:
        """How many a row of the dump is likely to have, as far as the prompts are known."""
        prompts = self._stages.get("prompts")
        asks = stage.startswith(("replay.", "act."))
        return prompts.answers_per_row if prompts and asks else None

    def _line(self, stage: str, said: str) -> None:
        if not self._console.is_terminal:
            self._console.print(f"{stage}: {said}", markup=False, soft_wrap=True)

    def say(self, text: str) -> None:
        """A line above the bars."""
        self._progress.console.print(text, markup=False, soft_wrap=True)
