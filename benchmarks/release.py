"""Which counts of a release are told, and how long it takes to find out.

`logminer` protects every cell from a solver; `primary_only` (the baseline) leaves out what is small and nothing else, as `acro`
does, and is asked how many of these somebody can derive.
"""

from __future__ import annotations

import time

import numpy as np

from benchmarks._drawn import LEAST, planted_drawn
from benchmarks.harness import Row, report_met
from logminer.ids import Pseudonyms
from logminer.release.cube import count
from logminer.release.protecting import derived, protect

PEOPLE = 3000
SMALL, LARGE = 10, 110  # behaviours: about 1,000 and 10,000 cells
SECONDS = {SMALL: 5.0, LARGE: 60.0}


def main() -> None:
    rows, met = list[Row](), dict[str, bool]()
    for measures, limit in SECONDS.items():
        counted = count([planted_drawn(PEOPLE, measures)], LEAST, Pseudonyms(b"k" * 32, "bench"))
        cube, shown = counted.cube, counted.shown
        may = shown & ~counted.fixed & (cube.counts >= LEAST)
        began = time.process_time()
        found = protect(cube, LEAST, shown=shown, fixed=counted.fixed, leasts=counted.least)
        seconds = time.process_time() - began
        size = f"of {len(cube.cells):,} cells"
        rows += [
            Row(f"logminer {size}", seconds, "CPU s", limit / seconds),
            Row(f"logminer {size}", float(found.told.sum()), "told", found.told.sum() / may.sum()),
            Row(f"primary_only {size}", float(may.sum()), "told", 1.0),
        ]
        met[f"CPU s {size} ≤ {limit:g}"] = seconds <= limit
        if measures == SMALL:
            away = len(derived(cube, may, LEAST, shown=shown))
            left = len(derived(cube, found.told, LEAST, shown=shown))
            hidden = float(np.count_nonzero(~may))
            rows.append(Row(f"primary_only {size}", float(away), "derived", away / hidden))
            rows.append(Row(f"logminer {size}", float(left), "derived", left / hidden))
            met["nothing derived"] = left == 0 < away
    report_met("release", rows, met)


if __name__ == "__main__":
    main()
