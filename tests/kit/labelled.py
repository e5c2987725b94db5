"""A small study, and people's labels written beside it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from logminer.errors import LogminerError
from logminer.ids import response_id
from logminer.labels.calibrating import Calibrated, calibrate
from logminer.schemas import CATEGORIES, CHECKPOINTS, JUDGEMENTS, PROMPTS, RESPONSES, Table
from logminer.store.publication import publish
from logminer.store.session import open_session
from tests.kit.responses import stated

__all__ = ["SECRET", "Row", "Small", "of", "rows", "write"]


Row = dict[str, Any]
SECRET = "what the user said"


def write(path: Path, rows: list[Row]) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif path.suffix.lower() == ".csv":
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(rows)
    else:
        pq.write_table(pa.table({n: [row.get(n) for row in rows] for n in names}), path)
    return path


class Small:
    """A study of arms a and b (models m-a and m-b) made of one scorer's labels; people's labels are written beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "study"
        self.file = folder / "labels.parquet"
        self.judged: list[tuple[str, str, str, str]] = []  # prompt, arm, category, label
        self.said: list[Row] = []

    def add(
        self,
        n: int,
        human: str | None,
        judge: str,
        arms: str = "ab",
        category: str = "bad",
        **more: object,
    ) -> Small:
        """`n` more prompts, of which the scorer says `judge` and people say `human` in each of `arms`."""
        for _ in range(n):
            prompt = f"p{len(self.judged):05d}"
            for arm in arms:
                self.judged.append((prompt, arm, category, judge))
                if human is not None:
                    row = {"prompt_id": prompt, "checkpoint": arm, "category": category}
                    self.said.append(row | {"label": human} | more)
        return self

    def publish(self) -> Path:
        prompts = [
            {
                "prompt_id": prompt,
                "conversation_id": f"c{prompt}",
                "split": "inference",
                "turn_index": 0,
                "n_redacted": 0,
                "messages": [],
                "language": "en",
                "attributes": [],
            }
            for prompt in dict.fromkeys(prompt for prompt, *_ in self.judged)
        ]
        responses = [
            {
                "response_id": response_id(prompt, arm, 0),
                "prompt_id": prompt,
                "checkpoint": arm,
                "sample_index": 0,
                "response": "x",
                "channel": "response",
                "category_id": category,
                "scorer": "judge",
                "scorer_identity": "i",
                "rubric_hash": "h",
                "label": label,
            }
            for prompt, arm, category, label in self.judged
        ]
        categories = [
            {c.name: "response" if c.name == "channel" else "worse" for c in CATEGORIES.columns}
            | {"category_id": name, "found": False, "top_degree": None}
            for name in sorted({"bad", "good", *(category for _, _, category, _ in self.judged)})
        ]
        checkpoints = [
            {
                "checkpoint": arm,
                "kind": "scripted",
                "model": f"m-{arm}",
                "options": "{}",
                "identity": arm,
            }
            for arm in "ab"
        ]
        tables: list[tuple[Table, list[Row]]] = [
            (PROMPTS, prompts),
            (RESPONSES, [stated(row) for row in responses]),
            (JUDGEMENTS, responses),
            (CATEGORIES, categories),
            (CHECKPOINTS, checkpoints),
        ]
        with publish(self.folder, []) as publication:
            for table, rows in tables:
                schema = pa.schema([f.with_nullable(True) for f in table.schema])
                data = [{n: row.get(n) for n in schema.names} for row in rows]
                publication.replace(table, pa.Table.from_pylist(data, schema=schema))
        return self.folder

    def calibrate(self, rows: list[Row] | None = None, **options: Any) -> Calibrated:
        if not self.folder.exists():
            self.publish()
        found = calibrate(
            self.folder, write(self.file, self.said if rows is None else rows), **options
        )
        left_out = (found.repeated, found.contradictory, found.unmatched)
        left_out += (found.unusable, found.unlabelled)
        assert found.rows == found.matched + sum(left_out)
        return found

    def refusal(self, rows: list[Row], **options: Any) -> str:
        with pytest.raises(LogminerError) as caught:
            self.calibrate(rows, **options)
        assert "\n" not in str(caught.value)
        assert SECRET not in str(caught.value)
        return str(caught.value)


def rows(study: Path, query: str) -> list[tuple[Any, ...]]:
    with open_session(study) as session:
        return session.rows(query)


def of(found: Calibrated, arm: str | None = None, category: str = "bad") -> Row:
    named = {"category_id": category, "checkpoint": arm}
    (row,) = [row for row in found.calibrations if named.items() <= row.items()]
    return row
