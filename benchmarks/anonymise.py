"""Words per second of detection: Presidio one by one, Presidio's batches (baseline), ours with one and two processes.

All use the same spaCy model. Ours looks with everything it has: Presidio's recognisers, its own patterns and finders, and
at the insides of JSON; profile `strict`. Before anything is timed, the spans of its engine are compared with those of
Presidio's own engine in the same configuration, text by text.
"""

from __future__ import annotations

import functools
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from threadpoolctl import threadpool_limits

from benchmarks.harness import Row, rate, report, texts
from logminer.privacy.detect import Detector
from logminer.privacy.languages.language import locate
from logminer.runners.worker import ONE_THREAD

COUNT = 600
MODEL = "en_core_web_sm"


@functools.cache
def detector() -> Detector:
    """Ours; opened once a process. It remembers nothing, for the same texts come again."""
    return Detector("strict", ("en",), {}, remember=0)


def detect(some: list[str]) -> int:
    """Spans found by ours."""
    return sum(map(len, detector().detect([(text, "en") for text in some])))


def differing(some: list[str]) -> int:
    """In how many texts our engine finds other spans than Presidio's own engine in the same configuration."""
    from logminer.privacy.engine.engine import Engine, plain
    from logminer.privacy.engine.recognisers import Recognition

    model = locate(MODEL)
    reference = plain("en", model, Recognition())
    found = Engine("en", model, Recognition()).analyse(some)
    return sum(
        spans is None or _rounded(spans) != _rounded(reference.analyze(text, "en"))
        for text, spans in zip(some, found, strict=True)
    )


def _rounded(spans: list[Any]) -> set[tuple[int, int, str, float]]:
    return {(s.start, s.end, s.entity_type, round(s.score, 6)) for s in spans}


def main() -> None:
    from presidio_analyzer import BatchAnalyzerEngine

    from logminer.privacy.engine.engine import as_shipped

    origin, found = texts(COUNT)
    words = sum(len(text.split()) for text in found)
    if other := differing(found):
        sys.exit(
            f"{other} of {len(found)} texts: not the spans that Presidio finds in the same configuration"
        )
    sys.stdout.write(f"identical spans in all of {len(found)} texts\n")
    model = locate(MODEL)
    if model is None:
        sys.exit(f"no model {MODEL}")
    one_by_one = as_shipped("en", model)
    batches = BatchAnalyzerEngine(one_by_one)
    few = found[: COUNT // 8]
    with threadpool_limits(1):
        speeds = {
            "presidio": rate(
                lambda: [one_by_one.analyze(text, "en") for text in few],
                sum(len(text.split()) for text in few),
            ),
            "presidio_batch": rate(
                lambda: list(batches.analyze_iterator(found, "en", batch_size=64)), words
            ),
            "logminer_1": rate(lambda: detect(found), words),
        }
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        parts = [
            found[i::8] for i in range(8)
        ]  # as a run hands them out: the next one to who is free
        speeds["logminer_2"] = rate(lambda: list(pool.map(detect, parts)), words)
    baseline = speeds["presidio_batch"]
    unit = f"words/s, {origin}"
    rows = [Row(name, speed, unit, speed / baseline) for name, speed in speeds.items()]
    report("anonymise", rows, 2.3, "logminer_2")
