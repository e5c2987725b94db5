"""Processor time of whole conversations, from the dump to judgements: on a pool of two processes (baseline), and on two
actors of a Ray cluster of this machine. Everything counts that both start, Ray's own processes too, from when the models
are open; what starting takes is a row of its own.

Ray's processes take some of every second, also of one in which they wait: a machine that is busy with other things makes
them look dear, so what they take while nothing is computed is a row, too.

BENCH_ROWS: conversations, 20000 unless said.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import psutil

from benchmarks._scale.dump import write_grown
from benchmarks._scale.encoder import write_encoder
from benchmarks._scale.pipeline import LANGUAGE, grown_pipeline
from benchmarks.harness import Row, report
from logminer.api import load_pipeline
from logminer.pipeline.reporter import Quiet
from logminer.pipeline.runner import RunnerKind, RunnerSpec
from logminer.run.opening import open_runner
from logminer.runners.flow import flow

ROWS = int(os.environ.get("BENCH_ROWS", "20000"))
WARM_PARTS, WORKERS, IDLE_S = 4, 2, 30.0


class Taken(NamedTuple):
    """By one runner; processor seconds, and MB without what processes share."""

    starting: float
    computing: float
    idle: float  # in each second
    wall_s: float
    memory_mb: float


def main() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_encoder(folder / "encoder")
        write_grown(folder, ROWS, LANGUAGE, 300)
        kinds: tuple[RunnerKind, ...] = ("local", "ray")
        found = {kind: _taken(folder, kind) for kind in kinds}
    report("ray", list(_rows(found)), 1 / 1.15, "ray")


def _rows(found: dict[RunnerKind, Taken]) -> Iterator[Row]:
    pool = found["local"]
    for kind, taken in found.items():
        name = "pool" if kind == "local" else kind
        yield Row(name, taken.computing, "s of processor", pool.computing / taken.computing)
        yield Row(f"{name}_rate", ROWS / taken.wall_s, "conversations/s", pool.wall_s / taken.wall_s)  # fmt: skip
        yield Row(f"{name}_start", taken.starting, "s of processor", pool.starting / taken.starting)
        yield Row(f"{name}_memory", taken.memory_mb, "MB", pool.memory_mb / taken.memory_mb)
        yield Row(f"{name}_idle", 1000 * taken.idle, "ms of processor a second", 1.0)


def _taken(folder: Path, kind: RunnerKind) -> Taken:
    file = folder / f"{kind}.yaml"
    said = grown_pipeline(folder / "encoder", f"study: {kind}\nproject: ray\n")
    file.write_text(said, "utf-8")
    pipeline = load_pipeline(file)
    pipeline.file = pipeline.file.model_copy(
        update={"workers": WORKERS, "runner": RunnerSpec(kind=kind)}
    )
    journey = pipeline.journey()
    journey.folder.parts.mkdir(parents=True)
    slices = list(journey.file.source.slices())
    before = _used()
    runner = open_runner(journey, Quiet())
    try:
        list(flow(journey.steps, slices[:WARM_PARTS], runner))
        opened, begun = _used(), time.perf_counter()
        list(flow(journey.steps, slices[WARM_PARTS:], runner))
        done, wall_s = _used(), time.perf_counter() - begun
        time.sleep(IDLE_S)
        idle = (_used() - done) / IDLE_S
        memory = sum(process.memory_full_info().pss for process in _processes()) / 1e6
    finally:
        runner.close()
    return Taken(opened - before, done - opened, idle, wall_s, memory)


def _processes() -> list[psutil.Process]:
    me = psutil.Process()
    return [me, *me.children(recursive=True)]


def _used() -> float:
    """Seconds of processor that this process and those below it have taken."""
    times = [process.cpu_times() for process in _processes()]
    return float(sum(one.user + one.system for one in times))
