"""What grows how with the number of conversations: processor time by stage, memory, publication, comparing.

Real conversations (`_scale/dump.py`: English ones, each message's first 300 characters, a word from elsewhere in every line, so
that none comes twice), said to be in a language without a model, so that patterns alone are looked for; the log's
answers beside recorded ones; scorers `rules` and `string_match`; vectors of every answer by an encoder of one layer
with random weights (`_scale/encoder.py`). Each size and phase is a fresh tree of processes with two workers.

The ratio of a row is against the smallest size: of time by conversation, above 1 is cheaper; of memory, above 1 is
smaller. An exponent is the slope of log value over log rows; of a time that grows as the rows do it is 1. `run_rest` is
what a run takes beside its stages: starting, planning, publishing, finding clusters, comparing.

BENCH_ROWS: sizes, 12500,25000,50000 unless said. BENCH_CHARACTERS: of each message, 0: all.
BENCH_FOLDER: where what is computed stays, and is taken up again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks._scale.dump import write_grown
from benchmarks._scale.encoder import write_encoder
from benchmarks._scale.pipeline import LANGUAGE, grown_pipeline
from benchmarks.harness import Row, report_met

ROWS = [int(n) for n in os.environ.get("BENCH_ROWS", "12500,25000,50000").split(",")]
CHARACTERS = int(os.environ.get("BENCH_CHARACTERS", "300"))
FOLDER = os.environ.get("BENCH_FOLDER")
LEAST_RATE, MOST_MEMORY = 0.9, 1.2  # of the largest size, over the smallest
PHASES = ("run", "publish", "compare", "discover")
OWN = """study: study
project: scale
compare: {pairs: [[logged, candidate]], margins: {refusal: 0.01}}
workers: 2
"""

Measured = dict[str, dict[str, Any]]  # by phase


def main() -> None:
    with TemporaryDirectory() as temporary:
        folder = Path(FOLDER or temporary).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "encoder").exists():
            write_encoder(folder / "encoder")
        sizes = {rows: _measured(folder / str(rows), rows) for rows in ROWS}
    figures = list(_figures(sizes))
    rate, memory = (
        next(row.ratio for row in figures if row.name == f"{name}_{ROWS[-1]}")
        for name in ("run_cpu", "run_peak")
    )
    conditions = {
        f"rows/s at {ROWS[-1]:,} ≥ {LEAST_RATE} × those at {ROWS[0]:,}": rate >= LEAST_RATE,
        f"memory at {ROWS[-1]:,} ≤ {MOST_MEMORY} × that at {ROWS[0]:,}": 1 / memory <= MOST_MEMORY,
    }
    report_met("scale", figures, conditions)


def _measured(folder: Path, rows: int) -> Measured:
    if not folder.exists():
        grown = write_grown(folder, rows, LANGUAGE, CHARACTERS or None)
        said = grown_pipeline(folder.parent / "encoder", OWN)
        (folder / "pipeline.yaml").write_text(said, "utf-8")
        sys.stdout.write(f"{rows:,} of {grown.origin}: {grown.characters:,} characters\n")
    found: Measured = {}
    for phase in PHASES:
        kept = folder / f"{phase}.json"
        if not kept.exists():
            kept.write_text(_child(phase, folder / "pipeline.yaml"), "utf-8")
        found[phase] = json.loads(kept.read_text("utf-8"))
        sys.stdout.write(f"{rows:,} {phase}: {json.dumps(found[phase])}\n")
        sys.stdout.flush()
    return found


def _child(phase: str, pipeline: Path) -> str:
    """What a phase says that is carried out in a process of its own."""
    key = {"LOGMINER_KEY": os.environ.get("LOGMINER_KEY", "5f" * 32)}
    command = [sys.executable, "-m", "benchmarks._scale.measure", phase, str(pipeline)]
    done = subprocess.run(command, env=os.environ | key, stdout=subprocess.PIPE, check=True)
    return done.stdout.decode()


def _figures(sizes: dict[int, Measured]) -> Iterator[Row]:
    stages = dict.fromkeys(stage for found in sizes.values() for stage in found["run"]["stages"])
    times = {f"{stage}_cpu": _of(sizes, "run", "stages", stage) for stage in stages}
    times |= {
        "run_rest_cpu": [
            found["run"]["cpu_s"] - sum(found["run"]["stages"].values()) for found in sizes.values()
        ],
        "run_cpu": _of(sizes, "run", "cpu_s"),
        "publish_cpu": _of(sizes, "publish", "all"),
        "compare_cpu": _of(sizes, "compare", "cpu_s"),
        "discover_cpu": _of(sizes, "discover", "cpu_s"),
    }
    for name, seconds in times.items():
        each = [1000 * s / n for n, s in zip(sizes, seconds, strict=True)]
        for n, value in zip(sizes, each, strict=True):
            yield Row(f"{name}_{n}", value, "ms a conversation", each[0] / value)
        yield _exponent(name, sizes, seconds)
    whole = {
        "publish_more_cpu": ("s for two parts more", _of(sizes, "publish", "more")),
        "publish_size": ("MB", [b / 1e6 for b in _of(sizes, "publish", "bytes")]),
    }
    whole |= {
        f"{phase}_peak": ("MB", [b / 1e6 for b in _of(sizes, phase, "peak")]) for phase in PHASES
    }
    for name, (unit, values) in whole.items():
        for n, value in zip(sizes, values, strict=True):
            yield Row(f"{name}_{n}", value, unit, values[0] / value)
        yield _exponent(name, sizes, values)


def _of(sizes: dict[int, Measured], phase: str, *names: str) -> list[float]:
    found: list[Any] = [measured[phase] for measured in sizes.values()]
    for name in names:
        found = [one[name] for one in found]
    return [max(float(one), 1e-9) for one in found]


def _exponent(name: str, sizes: Sequence[int] | dict[int, Measured], values: list[float]) -> Row:
    slope = float(np.polyfit(np.log(list(sizes)), np.log(values), 1)[0]) if len(values) > 1 else 0.0
    return Row(f"{name}_exponent", slope, "log value over log rows", 1.0)


if __name__ == "__main__":
    main()
