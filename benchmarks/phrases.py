"""Phrases of 50,000 pairs of real answers: how long, and in how much memory; each run in a process of its own.

`logminer` finds and tests them in a study that is there already: both arms' answers are those of a dump, the candidate's
moved on by half of it. `count_vectorizer` (the baseline) only counts the same n-grams of the same texts, with scikit-learn; it
holds every n-gram of all texts and is run where that fits. The peak is what the process holds more than before it began.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow.parquet as pq

from benchmarks._behaviours.studies import found, written
from benchmarks._behaviours.texts import Pairs
from benchmarks.harness import DUMP, Row, report_met, texts
from logminer.discovery.options import DiscoverOptions
from logminer.store.publication import publish

ROOT = Path(__file__).parent.parent
SMALL, LARGE = 2_000, 50_000
RUNS = (("count_vectorizer", SMALL), ("logminer", SMALL), ("logminer", LARGE))
SECONDS, PEAK_MB = 60.0, 1536.0

Measured = tuple[float, float]  # s, MB


def main() -> None:
    if len(sys.argv) == 3 and sys.argv[1].isidentifier() and sys.argv[2].isdigit():
        sys.stdout.write(json.dumps(CONTENDERS[sys.argv[1]](_pairs(int(sys.argv[2])))))
        return
    measured = {(name, n): _measured(name, n) for name, n in RUNS}
    slow, much = measured["count_vectorizer", SMALL]
    rows = list[Row]()
    for (name, n), (seconds, peak) in measured.items():
        rows.append(Row(name, seconds, f"s, {n:,} pairs", slow * n / SMALL / seconds))
        rows.append(Row(name, peak, f"MB, {n:,} pairs", much / peak))
    seconds, peak = measured["logminer", LARGE]
    report_met(
        "phrases",
        rows,
        {
            f"s of {LARGE:,} pairs ≤ {SECONDS:g}": seconds <= SECONDS,
            f"MB of {LARGE:,} pairs ≤ {PEAK_MB:g}": peak <= PEAK_MB,
        },
    )


def _measured(name: str, n: int) -> Measured:
    command = [sys.executable, "-m", "benchmarks.phrases", name, str(n)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, peak = json.loads(done.stdout.splitlines()[-1])
    return seconds, peak


def _pairs(n: int) -> Pairs:
    said = _answers()
    base = list(islice(cycle(said), n))
    candidate = base[n // 2 :] + base[: n // 2]
    unknown: list[str | None] = [None] * n
    return Pairs([f"g{i}" for i in range(n)], unknown, unknown, base, candidate)


def _answers() -> list[str]:
    if not DUMP.exists():
        return texts(LARGE)[1]
    return [
        message["content"]
        for batch in pq.ParquetFile(DUMP).iter_batches(1000, columns=["messages"])
        for row in batch.column(0).to_pylist()
        for message in row[-1:]
        if message["content"]
    ]


def _logminer(pairs: Pairs) -> Measured:
    with TemporaryDirectory() as folder, publish(Path(folder), []) as publication:
        written(publication, pairs, np.random.default_rng(0).random(pairs.n) < 0.5)
        return _timed(lambda: found(publication, DiscoverOptions(features=False)))


def _count_vectorizer(pairs: Pairs) -> Measured:
    from sklearn.feature_extraction.text import CountVectorizer

    counter = CountVectorizer(ngram_range=(1, 5), binary=True, token_pattern=r"\w+")
    return _timed(lambda: counter.fit_transform([*pairs.base, *pairs.candidate]))


def _timed(work: Callable[[], object]) -> Measured:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    return seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


CONTENDERS = {"logminer": _logminer, "count_vectorizer": _count_vectorizer}


if __name__ == "__main__":
    main()
