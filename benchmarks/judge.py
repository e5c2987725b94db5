"""What judging costs beside embedding: responses a second of embedding them (baseline), and of the shipped scorers on the
same responses and vectors. One process, one thread each.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.harness import Row, rate, report, texts
from logminer.models.encoder import Encoder
from logminer.scorers.base import Items, ScorerSpec
from logminer.scorers.prototypes import HazardPrototypes
from logminer.scorers.refusal_probe import RefusalProbe
from logminer.scorers.rules import Rules
from logminer.scorers.unsafe_probe import UnsafeProbe
from logminer.taxonomy.tree import load_taxonomy

EMBEDDED, JUDGED = 200, 4_000
MODEL = "all-MiniLM-L6-v2"
TARGET = 10.0  # the probes together cost less than a tenth of embedding


def main() -> None:
    origin, found = texts(JUDGED)
    found = [found[i % len(found)] + " " * (i // len(found)) for i in range(JUDGED)]
    encoder = Encoder(MODEL, threads=1)
    some = found[:: JUDGED // EMBEDDED]
    baseline = rate(lambda: encoder.encode(some), len(some), 2)
    vectors = np.random.default_rng(0).normal(size=(JUDGED, encoder.dimensions)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    items = Items("response", found, pa.nulls(JUDGED), vectors, {})
    unit = f"responses/s, {origin}"
    rows = [Row("embed", round(baseline, 1), unit, 1.0)]
    groups: dict[str, tuple[ScorerSpec, ...]] = {
        "logminer": (RefusalProbe(), UnsafeProbe()),
        "rules": (Rules(),),
        "hazard_prototypes": (HazardPrototypes(),),
    }
    taxonomy = load_taxonomy("safety", Path())
    for name, specs in groups.items():
        scorers = [spec.open(taxonomy, MODEL) for spec in specs]
        speed = rate(lambda scorers=scorers: [s.score(items) for s in scorers], JUDGED)  # type: ignore[misc]
        rows.append(Row(name, round(speed, 1), unit, speed / baseline))
    report("judge", rows, TARGET, "logminer")
