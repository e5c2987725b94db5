"""Speaking to a process by lines, with clocks outside of it."""

from __future__ import annotations

import time
from typing import NamedTuple

from logminer.sandbox.base import Ended, Spoke
from logminer.sandbox.watching import LOOK_S, Launched

__all__ = ["Talk"]


class Talk:
    """A dialogue with the command of a launcher; once it was too slow, too long or spoke unasked it is killed."""

    def __init__(self, launched: Launched) -> None:
        self._launched = launched
        self._ended: Ended | None = None
        self._before: _Taken | None = None

    def ask(self, line: bytes, timeout_s: float, *, most_bytes: int = 1 << 20) -> Spoke:
        """Give it a line, and wait for one back."""
        launched, answers = self._launched, self._launched.answers
        if self._ended is not None or answers is None:
            return Spoke(None, 0.0, 0.0)
        patience = (
            time.perf_counter() + timeout_s
        )  # for making the place; the clocks do not count that
        while not (launched.has_begun or launched.is_over) and time.perf_counter() < patience:
            launched.turn(LOOK_S)
        answers.most = most_bytes + 1
        launched.turn(0.0)
        if answers.kept or not answers.open:
            # What was said before the question is no answer to it.
            return self._no_answer(0.0)
        at_start = self._taken()
        idle_s = at_start.own_s - self._before.own_s if at_start and self._before else 0.0
        began = time.perf_counter()
        launched.stdin.add(line + b"\n")
        while b"\n" not in answers.kept and answers.open and len(answers.kept) <= most_bytes:
            left_s = began + timeout_s - time.perf_counter()
            if left_s <= 0:
                break
            launched.turn(left_s)
        wall_s = time.perf_counter() - began
        said, found, rest = bytes(answers.kept).partition(b"\n")
        if not found or rest or len(said) > most_bytes:
            return self._no_answer(wall_s)
        answers.kept.clear()
        self._before = self._taken()
        cpu_s = _cpu_s(at_start, self._before, wall_s)
        return Spoke(said, wall_s, cpu_s, max(0.0, idle_s))

    def end(self) -> Ended:
        """Kill it where it still runs, with all that it started; `output` is what came on descriptor 2."""
        if self._ended is None:
            self._launched.stop()
            self._ended = self._launched.finish()[0]
        return self._ended

    def _no_answer(self, wall_s: float) -> Spoke:
        self.end()
        return Spoke(None, wall_s, wall_s)

    def _taken(self) -> _Taken | None:
        own_s = self._launched.own_s()  # first, while little time has passed
        used = self._launched.command_usage()
        if used is None or not used.pids or not own_s:
            return None
        return _Taken(own_s, tuple(used.pids), used.ended_s, used.ended_faults)


class _Taken(NamedTuple):
    """What the command took so far, and whether others did."""

    own_s: float
    pids: tuple[int, ...]
    ended_s: float
    ended_faults: int


def _cpu_s(before: _Taken | None, after: _Taken | None, wall_s: float) -> float:
    """CPU seconds of an answer; the wall clock's where they are not known to be the command's alone."""
    if before is None or after is None:
        return wall_s
    alone = (
        before.pids == after.pids
        and len(after.pids) == 1
        and before.ended_faults == after.ended_faults
    )
    taken_s = max(0.0, after.own_s - before.own_s)
    return taken_s if alone else max(wall_s, taken_s + after.ended_s - before.ended_s)
