"""The record of runs: one file each in `runs/`, written before the first part, and the table made of them."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from logminer.pipeline import Pipeline
from logminer.schemas import RUNS
from logminer.spec import content_hash
from logminer.summary import Summary

__all__ = ["Record", "runs_table"]


class Record:
    """One run: written before the first part, completed at the end, never changed by another run."""

    def __init__(self, pipeline: Pipeline) -> None:
        now = datetime.datetime.now(datetime.UTC)
        options = pipeline.options()
        name = f"{now:%Y%m%dT%H%M%S%f}-{content_hash(options, 6)}"
        judged = sum(
            1
            for stage in ("judge", "rate")
            for _ in (pipeline.study / "parts").glob(f"{stage}.*/[!.]*.parquet")
        )
        self._path = pipeline.study / "runs" / f"{name}.json"
        self._row: dict[str, Any] = {
            "run_id": name,
            "started_at": now.isoformat(),
            "finished_at": None,
            "status": "running",
            "version": importlib.metadata.version("logminer"),
            "pipeline": json.dumps(options, sort_keys=True, default=str),
            "taxonomy_hash": content_hash(pipeline.taxonomy().options()),
            "margins": json.dumps({k: v.options() for k, v in pipeline.compare.margins.items()}),
            "judged_parts": judged,
            "summary": None,
        }
        self._write()

    def end(self, status: str, summary: Summary | None = None) -> None:
        """The run is done, failed or stopped."""
        self._row["status"] = status
        self._row["finished_at"] = datetime.datetime.now(datetime.UTC).isoformat()
        self._row["summary"] = json.dumps(summary.as_json()) if summary else None
        self._write()

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_suffix(".tmp")
        temporary.write_text(json.dumps(self._row), "utf-8")
        temporary.replace(self._path)


def runs_table(study: Path) -> pa.Table:
    """Every run of a study, in order."""
    rows = [json.loads(path.read_text("utf-8")) for path in sorted((study / "runs").glob("*.json"))]
    for row in rows:
        for name in ("started_at", "finished_at"):
            row[name] = datetime.datetime.fromisoformat(row[name]) if row[name] else None
    return pa.Table.from_pylist(rows, schema=RUNS.schema)
