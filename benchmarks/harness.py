"""What every benchmark shares: texts to work on, repeated timing, a table and a JSON file."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

import pyarrow.parquet as pq

from logminer.cli.render import console, table
from logminer.demo.dump import write_demo_dump

OUT = Path(__file__).parent / "out"
DUMP = Path(__file__).parent.parent.parent / "shared" / "data" / "convlog_50k.parquet"


class Row(NamedTuple):
    """One figure; `ratio` is against the baseline of the same run, above 1 is faster."""

    name: str
    value: float
    unit: str
    ratio: float


class Checked(NamedTuple):
    """One figure of a simulation against its limit; `ratio` is value over limit. Null where it is only shown.

    `se` is the simulation's own standard error, from `repetitions` independent ones.
    """

    name: str
    value: float
    unit: str
    se: float
    repetitions: int
    limit: float | None
    side: Literal["at_most", "at_least"] | None
    ratio: float | None
    met: bool | None


def texts(count: int) -> tuple[str, list[str]]:
    """Where from, and `count` English messages: real ones where there is a dump beside the checkout, else the demo's."""
    if DUMP.exists():
        rows = pq.read_table(DUMP, columns=["messages", "language"]).to_pylist()
        found = [m["content"] for r in rows if r["language"] == "en" for m in r["messages"]]
        step = max(1, len(found) // count)
        return "real conversations", [text for text in found[::step] if text][:count]
    with TemporaryDirectory() as folder:
        dump = write_demo_dump(Path(folder) / "dump.parquet", conversations=max(20, count // 2))
        rows = pq.read_table(dump.path, columns=["messages"]).to_pylist()
    return "generated conversations", [m["content"] for r in rows for m in r["messages"] or ()][
        :count
    ]


def rate(work: Callable[[], object], amount: float, repeats: int = 3) -> float:
    """Median of `amount` per second over `repeats` runs after a warm-up."""
    work()
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return amount / statistics.median(seconds)


def report(name: str, rows: list[Row], target: float, measured: str) -> None:
    """Print the table, write `out/<name>.json`; `target` is the ratio that row `measured` has to reach."""
    met = next(row.ratio for row in rows if row.name == measured) >= target
    cells = [(r.name, f"{r.value:,.1f}", r.unit, f"{r.ratio:.2f}") for r in rows]
    console().print(table(name, ["row", ">value", "unit", ">ratio"], cells))
    sys.stdout.write(f"target: {measured} ≥ {target:g} × baseline: {'met' if met else 'not met'}\n")
    _write(name, rows, target, met)


def report_limits(name: str, rows: list[Checked]) -> None:
    """Print the table, write `out/<name>.json`; the target is the number of rows with a limit, all to be met."""
    limited = [row for row in rows if row.limit is not None]
    missed = [row.name for row in limited if not row.met]
    columns = ["row", ">value", ">± s.e.", "unit", "limit", "met"]
    console().print(table(name, columns, [_cells(row) for row in rows]))
    kept = len(limited) - len(missed)
    sys.stdout.write(f"target: all {len(limited)} limits: {kept} met")
    sys.stdout.write(f", not met: {', '.join(missed)}\n" if missed else "\n")
    _write(name, rows, len(limited), not missed)


def report_met(name: str, rows: list[Row], conditions: dict[str, bool]) -> None:
    """Print the table, write `out/<name>.json`; the target is the number of conditions, all to be met."""
    cells = [(r.name, f"{r.value:,.3f}", r.unit, f"{r.ratio:.2f}") for r in rows]
    console().print(table(name, ["row", ">value", "unit", ">ratio"], cells))
    for condition, met in conditions.items():
        sys.stdout.write(f"target: {condition}: {'met' if met else 'not met'}\n")
    _write(name, rows, len(conditions), all(conditions.values()))


def _cells(row: Checked) -> tuple[str, ...]:
    limit = "" if row.limit is None else f"{'≤' if row.side == 'at_most' else '≥'} {row.limit:.4f}"
    met = {None: "", True: "yes", False: "no"}[row.met]
    return row.name, f"{row.value:.4f}", f"{row.se:.4f}", row.unit, limit, met


def _write(name: str, rows: Sequence[Row | Checked], target: float, met: bool) -> None:
    OUT.mkdir(exist_ok=True)
    document = {"rows": [row._asdict() for row in rows], "target": target, "met": met}
    (OUT / f"{name}.json").write_text(json.dumps(document, indent=2), "utf-8")
