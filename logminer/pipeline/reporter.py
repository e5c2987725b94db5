"""Who is told of a run's progress."""

from __future__ import annotations

from typing import Protocol

from logminer.stages.base import Done

__all__ = ["Quiet", "Reporter"]


class Reporter(Protocol):
    """Told of the progress; counts only."""

    def start(self, stages: list[str], rows: int) -> None:
        """`rows` of the dump are about to go through `stages`."""

    def done(self, done: Done, rows: int) -> None:
        """A part that stands for `rows` rows of the dump is done."""

    def heard(self, stage: str, rows: int) -> None:
        """So many answers more are kept of a stage whose parts take long; perhaps from another thread."""

    def say(self, text: str) -> None:
        """A line worth showing."""


class Quiet:
    """Reports nothing."""

    def start(self, stages: list[str], rows: int) -> None:
        return

    def done(self, done: Done, rows: int) -> None:
        return

    def heard(self, stage: str, rows: int) -> None:
        return

    def say(self, text: str) -> None:
        return
