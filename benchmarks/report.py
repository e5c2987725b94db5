"""What a report of 100,000 answers costs: seconds to write (the layout among them), bytes, and in a browser the time to the first
paint, to the map, and of a brush over half of it.

50,000 prompts of 12,500 users, two arms, six behaviours, 60 planted clusters; vectors are generated, texts are as `harness.texts`
has them. Rows of the browser are left out, and that is said, where there is no Chromium (`CHROMIUM` names another) or no
Playwright (`make browser` installs it); WebGL is the processor's. The target is 5 MB a page.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks._planted import planted
from benchmarks._simulated import Design, filled, seeded, study_tables
from benchmarks.harness import Row, report_met, texts
from logminer.clusters.layout import lay_out, neighbour_purity
from logminer.compare.comparing import compare
from logminer.compare.options import CompareOptions
from logminer.report.writing import write_report
from logminer.schemas import (
    ASSIGNMENTS,
    CHECKPOINTS,
    CLUSTERS,
    COMPARISONS,
    EMBEDDINGS,
    PROMPTS,
    RESPONSES,
)
from logminer.store.parts import PartFolder, write
from logminer.store.publication import Loadable, publish

DESIGN = Design(users=12_500, prompts=4, base=0.1, candidate=0.12)
BEHAVIOURS, ARMS = 6, ("a0", "b0")
MOST_BYTES = 5e6
DRAWING = (
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)
BRUSH = """
async () => {
  const began = performance.now();
  document.getElementById("map-stage").lm.lassoSelect([[-1, -1], [0, -1], [0, 1], [-1, 1]], { isGl: true });
  await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return performance.now() - began;
}
"""


def main() -> None:
    """The target is the size."""
    with TemporaryDirectory() as folder:
        study = Path(folder) / "study"
        vectors, clusters = _write(study)
        rows = list(_layouts(vectors, clusters))
        sizes = {}
        for name, with_text in (("plain", False), ("with_text", True)):
            out = Path(folder) / f"{name}.html"
            began, used = time.perf_counter(), time.process_time()
            made = write_report(study, out=out, with_text=with_text)
            rows.append(Row(name, time.perf_counter() - began, "s by the clock to write", 1.0))
            rows.append(Row(name, time.process_time() - used, "CPU s to write", 1.0))
            rows.append(Row(name, made.size / 1e6, "MB", MOST_BYTES / made.size))
            sizes[name] = made.size
            rows += _seen(name, out)
    report_met("report", rows, {f"{name} ≤ 5 MB": n <= MOST_BYTES for name, n in sizes.items()})


def _layouts(vectors: Any, clusters: Any) -> Iterator[Row]:
    """Share of the 15 nearest neighbours that lie in the same cluster; `ratio` is over that among the vectors."""
    full = neighbour_purity(vectors, clusters) or 1.0
    yield Row("vectors", full, "purity", 1.0)
    for method in ("pca", "tsne"):
        began = time.process_time()
        places = lay_out(vectors, method=method)
        used = time.process_time() - began
        purity = neighbour_purity(places, clusters) or 0.0
        yield Row(method, purity, "purity", purity / full)
        yield Row(method, used, f"CPU s, {len(vectors):,} rows", 1.0)


def _write(study: Path) -> tuple[Any, Any]:
    """The study; its vectors and clusters."""
    rng = seeded("report")
    base, candidate = DESIGN.draw(rng, BEHAVIOURS)
    tables = dict(study_tables(DESIGN, base, candidate, 1))
    ids = tables[RESPONSES]["response_id"].to_pylist()
    vectors, clusters = planted(len(ids))
    _, said = texts(2000)
    tables[RESPONSES] = _with(
        tables[RESPONSES], "response", [said[i % len(said)] for i in range(len(ids))]
    )
    asked = [
        [{"role": "user", "content": said[-1 - i % len(said)]}] for i in range(len(tables[PROMPTS]))
    ]
    tables[PROMPTS] = _with(tables[PROMPTS], "messages", asked)
    numbers = np.unique(clusters)
    embedded = Loadable(PartFolder(study / "parts", "embed", "0"), EMBEDDINGS)
    part = filled(EMBEDDINGS, {"response_id": ids, "channel": "response", "vector": list(vectors)})
    os.environ.setdefault("LOGMINER_KEY", "5f" * 32)
    file = embedded.folder.file("all")
    write(file, part, EMBEDDINGS, rows_in=len(ids), rejected=0)
    tables[ASSIGNMENTS] = filled(ASSIGNMENTS, {"response_id": ids, "cluster_id": clusters})
    named = {
        "cluster_id": numbers,
        "map_id": "m",
        "name_source": "none",
        "terms": [[]] * len(numbers),
        "fit_size": 1000,
    }
    tables[CLUSTERS] = filled(CLUSTERS, named | {"name": [f"cluster {n}" for n in numbers]})
    arms = {"checkpoint": list(ARMS), "kind": "scripted", "options": "{}", "identity": "0"}
    tables[CHECKPOINTS] = filled(CHECKPOINTS, arms)
    with publish(study, [embedded]) as publication:
        for table, rows in tables.items():
            publication.replace(table, rows)
        publication.group_prompts()
        found = compare(publication, CompareOptions(), [ARMS])
        publication.replace(COMPARISONS, found.comparisons)
    return vectors, clusters.astype(np.int32)


def _with(table: pa.Table, name: str, values: list[Any]) -> pa.Table:
    place = table.schema.get_field_index(name)
    return table.set_column(
        place, table.schema.field(place), pa.array(values, table.schema.field(place).type)
    )


def _seen(name: str, page: Path) -> Iterator[Row]:
    """What a browser takes to show it."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        program = None
    if program is None:
        sys.stdout.write(
            f"{name}: no Chromium or no Playwright here, so nothing is measured in a browser\n"
        )
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*DRAWING])
        shown = browser.new_page(viewport={"width": 1280, "height": 900})
        shown.goto(page.as_uri())
        shown.wait_for_selector("#map-stage[data-drawn]", timeout=300_000)
        first = shown.evaluate(
            "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
        )
        drawn = shown.evaluate("+document.getElementById('map-stage').dataset.drawn")
        brushed = [shown.evaluate(BRUSH) for _ in range(3)]
        browser.close()
    yield Row(name, first, "ms to first paint", 1.0)
    yield Row(name, drawn, "ms to the map", 1.0)
    yield Row(name, sorted(brushed)[1], "ms of a brush over half", 1.0)


if __name__ == "__main__":
    main()
