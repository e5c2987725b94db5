"""One phase of a pipeline in a process of its own: `python -m benchmarks._scale.measure PHASE PIPELINE` prints JSON.

`run` is the whole way; `publish` builds the database from the parts, then the same without the last two parts and once
more with them; `compare` and `discover` read what is published. Processor time is of the process and all its children.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from logminer.api.pipelines import load_pipeline
from logminer.compare.comparing import compare
from logminer.discovery.discovering import discover
from logminer.pipeline.journey import Journey
from logminer.process.memory import peak_memory
from logminer.store.publication import Loadable, publish
from logminer.store.session import open_session

MORE = 2  # parts of at most 512 conversations


def used() -> float:
    """Seconds of processor time so far."""
    each = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(found.ru_utime + found.ru_stime for found in each)


def run(pipeline: str) -> dict[str, Any]:
    """CPU seconds, peak bytes, and what each stage took."""
    summary = load_pipeline(pipeline).run()
    stages = {tally.stage: tally.cpu_s for tally in summary.stages}
    return {"stages": stages, "peak": summary.peak_bytes, "seconds": summary.seconds}


def publication(pipeline: str) -> dict[str, Any]:
    """CPU seconds of a publication of everything, and of one of MORE parts beside what is there; sizes in bytes."""
    journey = load_pipeline(pipeline).journey()
    parts = [slice_.part for slice_ in journey.file.source.slices()]
    with TemporaryDirectory(dir=journey.file.study.parent) as folder:
        begun = used()
        _publish(Path(folder), journey, parts[:-MORE])
        whole = used()
        _publish(Path(folder), journey, parts)
        sizes = {f.name: f.stat().st_size for f in Path(folder).rglob("*") if f.is_file()}
        return {"all": whole - begun, "more": used() - whole, "bytes": sum(sizes.values())}


def _publish(study: Path, journey: Journey, parts: list[str]) -> None:
    loadables = [Loadable(step.folder, step.stage.output) for step in journey.loadables()]
    with publish(study, loadables, parts=parts):
        pass


def compared(pipeline: str) -> dict[str, Any]:
    """Of the published study."""
    journey = load_pipeline(pipeline).journey()
    with open_session(journey.file.study) as session:
        rows = compare(session, journey.file.compare, journey.pairs).comparisons.num_rows
    return {"rows": rows}


def discovered(pipeline: str) -> dict[str, Any]:
    """Of the published study."""
    journey = load_pipeline(pipeline).journey()
    with open_session(journey.file.study) as session:
        found = discover(session, journey.file.compare, journey.file.discover, journey.pairs)
    return {"rows": found.phrases.num_rows + found.features.num_rows}


PHASES: dict[str, Callable[[str], dict[str, Any]]] = {
    "run": run,
    "publish": publication,
    "compare": compared,
    "discover": discovered,
}


def main() -> None:
    phase, pipeline = sys.argv[1:]
    started, begun = time.perf_counter(), used()
    with peak_memory(0.2) as peak:
        found = PHASES[phase](pipeline)
    measured = {"cpu_s": used() - begun, "wall_s": time.perf_counter() - started, "peak": max(peak)}
    json.dump(measured | found, sys.stdout)


if __name__ == "__main__":
    main()
