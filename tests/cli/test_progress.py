"""What a run says of its progress where nobody watches bars."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TextIO

import pytest

from logminer.cli import render
from logminer.cli.progress import Bars
from logminer.stages.base import Done


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def part(stage: str, rows_out: int, seconds: float = 1.0, *, reused: bool = False) -> Done:
    return Done(stage, "p", Path("p"), rows_out, rows_out, 0, seconds, reused)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bars(clock: Clock) -> Bars:
    made = Bars(clock)
    made.start(["prompts", "replay.sft"], 360)
    return made


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    said = capsys.readouterr()
    assert said.out == ""
    return said.err.splitlines()


def test_rows_time_and_what_is_left(
    bars: Bars, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    clock.now += 130
    bars.done(part("replay.sft", 120, seconds=130), 120)
    assert lines(capsys) == ["replay.sft: 120/360 in 2:10 · ETA 4:20"]
    clock.now += 1
    bars.done(part("replay.sft", 10), 10)
    assert lines(capsys) == []  # not every part
    clock.now += 4000
    bars.done(part("replay.sft", 230), 230)
    assert lines(capsys) == ["replay.sft: 360/360 in 1:08:51 · done"]


def test_answers_count_before_their_part_is_done(
    bars: Bars, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    bars.done(part("prompts", 180), 360)  # every other row was rejected
    bars.heard("replay.sft", 1)
    assert lines(capsys) == ["prompts: 360/360 in 0:01 · done"]
    clock.now += 60
    bars.heard("replay.sft", 89)
    assert lines(capsys) == ["replay.sft: 180/360 in 1:00 · ETA 1:00"]
    bars.done(part("replay.sft", 180), 360)
    assert lines(capsys) == ["replay.sft: 360/360 in 1:00 · done"]


def test_what_was_there_before_takes_no_time(
    bars: Bars, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    bars.done(part("replay.sft", 240, reused=True), 240)
    clock.now += 30
    bars.done(part("replay.sft", 60, seconds=30), 60)
    assert lines(capsys) == ["replay.sft: 300/360 in 0:30 · ETA 0:30"]


def test_lines_become_rarer(bars: Bars, clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3600):
        clock.now += 1
        bars.heard("replay.sft", 1)
    said = lines(capsys)
    assert 55 < len(said) < 75
    assert said[0] == "replay.sft: 6 answers in 0:05"


def test_a_pilot_tells_its_answers(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    bars = Bars(clock)
    for _ in range(3):
        bars.heard("replay.sft", 10)
        clock.now += 5
    assert lines(capsys) == ["replay.sft: 20 answers in 0:05"]


def test_agents_have_episodes_and_a_total(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    bars = Bars(clock)
    bars.start(["prompts", "act.sft"], 24)
    bars.done(part("prompts", 24), 24)
    for _ in range(2):
        bars.heard("act.sft", 3)
        clock.now += 5
    assert lines(capsys)[1:] == ["act.sft: 6/24 in 0:05 · ETA 0:15"]
    unknown = Bars(clock)
    for _ in range(2):
        unknown.heard("act.sft", 3)
        clock.now += 5
    assert lines(capsys) == ["act.sft: 6 episodes in 0:05"]


def unread() -> TextIO:
    """A pipe whose reader has gone, as after `| head`."""
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "w")


def test_nobody_who_reads_ends_nothing() -> None:
    with contextlib.redirect_stderr(unread()), contextlib.redirect_stdout(unread()):
        with Bars() as bars:
            bars.say("a run goes on, and is recorded as done")
            bars.say("as if somebody read it")
        for _ in range(2):
            render.console().print("so does what follows")
            render.print_json({"stages": []})
            render.print_csv(["a"], [[1]] * 100_000)
