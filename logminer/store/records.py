"""What was done with a study: a file for each run and each export in `runs/`, and the table made of them."""

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
from logminer.files.sealing import read_bytes
from logminer.schemas import RUNS
from logminer.spec import content_hash
from logminer.store.layout import StudyFolder

__all__ = ["FORGET", "HYPOTHESISE", "RUN", "StudyRecord", "earlier", "earlier_runs", "runs_table"]

RUN = "run"
HYPOTHESISE = "hypothesise"
FORGET = "forget"

Row = dict[str, Any]


class StudyRecord:
    """One row of `runs`: written before anything is done, completed at the end, never changed by another.

    It is made under the study's lock: what began later has a greater number.

    Args:
        folder: of the study.
        kind: `run`, or what else is done.
        named: the id ends in a hash of it.
        row: columns of `schemas.RUNS`; those that are left out are null.
    """

    def __init__(self, folder: StudyFolder, kind: str, named: Any, row: Row) -> None:
        now = datetime.datetime.now(datetime.UTC)
        name = f"{now:%Y%m%dT%H%M%S%f}-{content_hash(named, 6)}"
        earlier = _rows(folder)
        sequence = 1 + max((row.get("sequence") or 0 for row in earlier), default=0)
        if name in (row["run_id"] for row in earlier):  # the clock stood still
            name += f"-{sequence}"
        self.run_id = name
        self._path = folder.runs / f"{name}.json"
        self._row: Row = {
            "run_id": name,
            "kind": kind,
            "sequence": sequence,
            "started_at": now.isoformat(),
            "finished_at": None,
            "status": "running",
            "version": importlib.metadata.version("logminer"),
            "summary": None,
        } | row
        self._write()

    def end(self, status: str, summary: Row | None = None) -> None:
        """It is done, failed or stopped."""
        self._row["status"] = status
        self._row["finished_at"] = datetime.datetime.now(datetime.UTC).isoformat()
        self._row["summary"] = json.dumps(summary) if summary else None
        self._write()

    def _write(self) -> None:
        write_text(json.dumps(self._row), self._path)


def runs_table(study: Path) -> pa.Table:
    """Every run and export of a study, in order.

    Raises:
        StoreError: a record is damaged.
    """
    rows = sorted(_rows(StudyFolder(study)), key=_place)
    for row in rows:
        row.setdefault("kind", RUN)
        for name in ("started_at", "finished_at"):
            row[name] = datetime.datetime.fromisoformat(row[name]) if row[name] else None
    return pa.Table.from_pylist(rows, schema=RUNS.schema)


def earlier_runs(folder: StudyFolder) -> list[Row]:
    """The records of runs alone, in order.

    Raises:
        StoreError: a record is damaged.
    """
    return earlier(folder, RUN)


def earlier(folder: StudyFolder, kind: str) -> list[Row]:
    """The records of one kind, in order.

    Raises:
        StoreError: a record is damaged.
    """
    return sorted((row for row in _rows(folder) if row.get("kind", RUN) == kind), key=_place)


def _place(row: Row) -> tuple[int, str]:
    return row.get("sequence") or 0, row["run_id"]


def _rows(folder: StudyFolder) -> list[Row]:
    found = []
    for path in folder.runs.glob("[!.]*.json"):
        try:
            found.append(read_json(read_bytes(path)))
            _place(found[-1])
        except (OSError, ValueError, KeyError, AttributeError):
            raise StoreError(
                f"{path}: damaged record of a run; take it out of the folder and run again"
            ) from None
    return found
