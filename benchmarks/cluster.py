"""Clusters beside their peers, on vectors whose clusters are known; each contender in a process of its own.

Peers that this interpreter lacks are left out and said to be (`pip install -r benchmarks/requirements.txt`).
BENCH_PEERS_PYTHON names another interpreter for them, where they want other versions than logminer does. The peak is
that of the whole process, with the vectors. BENCH_SLOW=1 adds hdbscan on 20,000 rows, for which it is quadratic.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.harness import Row, report_met

ROOT = Path(__file__).parent.parent
PEERS = os.environ.get("BENCH_PEERS_PYTHON", sys.executable)
PAIRS = 10
SEEDS = 6  # calls: two with one seed, four with others
# Name, rows, calls, close pairs.
RUNS = [
    ("logminer", 10_000, 2, PAIRS),
    ("hdbscan_raw", 10_000, 1, PAIRS),
    ("logminer", 20_000, SEEDS, PAIRS),
    ("logminer", 20_000, 2, 0),
    ("bertopic", 20_000, 2, PAIRS),
    *((name, 20_000, SEEDS, PAIRS) for name in ("fast_hdbscan", "fast_hdbscan_pca", "evoc")),
    ("logminer", 100_000, 2, PAIRS),
    *((name, 100_000, 2, PAIRS) for name in ("fast_hdbscan", "fast_hdbscan_pca", "evoc")),
    *(("logminer", n, 1, PAIRS) for n in (50_000, 200_000, 400_000)),
]
BASELINES = ("hdbscan_raw", "bertopic")
SLOW = [("hdbscan_raw", 20_000, 1, PAIRS)]
COLD_S, WARM_S, PEAK_MB, ARI_BELOW = 60.0, 15.0, 1536.0, 0.01

Outcome = dict[str, float | None]


def main() -> None:
    found: dict[tuple[str, int, int], Outcome] = {}
    for name, n, calls, pairs in RUNS + (SLOW if os.environ.get("BENCH_SLOW") else []):
        outcome = _measured(name, n, calls, pairs)
        if outcome is not None:
            found[name, n, pairs] = outcome
    reference = found.get(("hdbscan_raw", 10_000, PAIRS), {})
    rows = [
        Row(
            name,
            value,
            f"{what}, {n:,} rows{'' if pairs else ', no pairs'}",
            _ratio(found, what, value, n, pairs),
        )
        for (name, n, pairs), outcome in found.items()
        for what, value in outcome.items()
        if value is not None
    ]
    rows += _growth(found)
    large, small = (found.get(("logminer", n, PAIRS), {}) for n in (100_000, 10_000))
    met = {
        f"s cold ≤ {COLD_S:g}": (large.get("s cold") or math.inf) <= COLD_S,
        f"s warm ≤ {WARM_S:g}": (large.get("s warm") or math.inf) <= WARM_S,
        f"MB ≤ {PEAK_MB:g}": (large.get("MB") or math.inf) <= PEAK_MB,
        f"ARI at 10,000 ≥ hdbscan_raw − {ARI_BELOW:g}": (small.get("ARI") or -1.0)
        >= (reference.get("ARI") or 1.0) - ARI_BELOW,
    }
    report_met("cluster", rows, met)


def _ratio(
    found: dict[tuple[str, int, int], Outcome], what: str, value: float, n: int, pairs: int
) -> float:
    """How many times as fast as hdbscan_raw on the same rows, or, where that was not run, as bertopic; else 1."""
    if not what.startswith("s "):
        return 1.0
    for name in BASELINES:
        outcome = found.get((name, n, pairs), {})
        if seconds := outcome.get(what) or outcome.get("s cold"):
            return seconds / value
    return 1.0


def _growth(found: dict[tuple[str, int, int], Outcome]) -> list[Row]:
    """Cold seconds of logminer; `ratio` is how they grew from 10,000 rows, over how n log n does."""
    first = found.get(("logminer", 10_000, PAIRS), {}).get("s cold")
    sizes = sorted(n for name, n, pairs in found if name == "logminer" and pairs == PAIRS)
    grown = []
    for n in sizes:
        seconds = found["logminer", n, PAIRS]["s cold"]
        if first and seconds:
            expected = n * math.log(n) / (10_000 * math.log(10_000))
            grown.append(
                Row("logminer_growth", seconds, f"s cold, {n:,} rows", seconds / first / expected)
            )
    return grown


def _measured(name: str, n: int, calls: int, pairs: int) -> Outcome | None:
    python = sys.executable if name in ("logminer", "hdbscan_raw") else PEERS
    command = [python, "-m", "benchmarks._contender", name, str(n), str(calls), str(pairs)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        sys.stdout.write(f"{name}, {n:,} rows, left out: {last}\n")
        return None
    outcome: Outcome = json.loads(done.stdout.splitlines()[-1])
    return outcome
