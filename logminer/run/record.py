"""The record of runs: one file each in `runs/`, written before the first part, and the table made of them."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from logminer.errors import StoreError
from logminer.files.atomic import write_text
from logminer.files.jsonread import read_json
from logminer.pipeline.journey import Journey
from logminer.run.summary import Summary
from logminer.schemas import RUNS
from logminer.scorers.primary import in_order
from logminer.spec import content_hash
from logminer.store.layout import StudyFolder
from logminer.taxonomy.tree import rubrics

__all__ = ["Record", "runs_table"]


class Record:
    """One run: written before the first part, completed at the end, never changed by another run.

    It is made under the study's lock: a run that began later has a greater number.
    """

    def __init__(self, journey: Journey) -> None:
        now = datetime.datetime.now(datetime.UTC)
        options = journey.file.options()
        name = f"{now:%Y%m%dT%H%M%S%f}-{content_hash(options, 6)}"
        judged = sum(
            1
            for stage in ("judge", "rate")
            for _ in journey.folder.parts.glob(f"{stage}.*/[!.]*.parquet")
        )
        earlier = _records(journey.folder)
        sequence = 1 + max((row.get("sequence") or 0 for row in earlier), default=0)
        if name in (row["run_id"] for row in earlier):  # the clock stood still
            name += f"-{sequence}"
        self._path = journey.folder.runs / f"{name}.json"
        self._row: dict[str, Any] = {
            "run_id": name,
            "sequence": sequence,
            "started_at": now.isoformat(),
            "finished_at": None,
            "status": "running",
            "version": importlib.metadata.version("logminer"),
            "pipeline": json.dumps(options, sort_keys=True, default=str),
            "taxonomy_hash": content_hash(journey.taxonomy.options()),
            "margins": json.dumps(
                {k: v.options() for k, v in journey.file.compare.margins.items()}
            ),
            "rubrics": json.dumps(rubrics(journey.taxonomy)),
            "scorers": json.dumps(_scorers(journey, sorted(earlier, key=_place))),
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
        write_text(json.dumps(self._row), self._path)


def _scorers(journey: Journey, earlier: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Of each category its scorers, the primary one first: as declared, else as it was, else by their kinds."""
    before = json.loads((earlier[-1].get("scorers") if earlier else None) or "{}")
    declared = journey.file.judge.primary
    return {
        category: names if category in declared else in_order(before.get(category, ()), names)
        for category, names in journey.primary.items()
    }


def runs_table(study: Path) -> pa.Table:
    """Every run of a study, in order.

    Raises:
        StoreError: a record is damaged.
    """
    rows = sorted(_records(StudyFolder(study)), key=_place)
    for row in rows:
        for name in ("started_at", "finished_at"):
            row[name] = datetime.datetime.fromisoformat(row[name]) if row[name] else None
    return pa.Table.from_pylist(rows, schema=RUNS.schema)


def _place(row: dict[str, Any]) -> tuple[int, str]:
    return row.get("sequence") or 0, row["run_id"]


def _records(folder: StudyFolder) -> list[dict[str, Any]]:
    found = []
    for path in folder.runs.glob("[!.]*.json"):
        try:
            found.append(read_json(path.read_bytes()))
            _place(found[-1])
        except (OSError, ValueError, KeyError, AttributeError):
            raise StoreError(
                f"{path}: damaged record of a run; take it out of the folder and run again"
            ) from None
    return found
