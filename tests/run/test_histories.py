"""Whatever became of a dump, and however runs ended, the study equals one that is made from nothing."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from logminer.api import load_pipeline
from logminer.schemas import PUBLISHED
from logminer.store import parts
from logminer.store.layout import StudyFolder
from logminer.store.session import open_session

HISTORIES = int(os.environ.get("LOGMINER_HISTORIES", "2"))  # more of them by hand
STEPS = 4
IDS = [f"c{i}" for i in range(30)]

PIPELINE = """
study: study
project: histories
source: {path: dump, keep: [kind]}
checkpoints: [{name: m, kind: recorded, path: answers.parquet}]
judge:
  taxonomy: refusal
  scorers:
    - rules
    - {kind: recorded, name: people, category: refusal, column: label, yes: ["yes"], no: ["no"]}
cluster: {min_cluster_size: 5}
workers: 0
"""
# A map is found once and kept, so that its clusters keep their meaning; the record of runs is a history itself.
KEPT = {"runs", "clusters", "cluster_maps", "cluster_parents", "cluster_lineage", "emerging"}
OF_THE_MAP = {
    "comparisons": " WHERE kind = 'category'",
    "loaded_parts": " WHERE stage NOT LIKE 'place.%'",
}

Row = dict[str, Any]


class Dump:
    """A dump with a history: rows by file, and recorded answers with labels."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.random = folder, random.Random(seed)
        self.files: dict[str, list[Row]] = {}
        self.labels: dict[str, str] = dict.fromkeys(IDS, "no")
        (folder / "dump").mkdir()
        (folder / "p.yaml").write_text(PIPELINE)
        for _ in range(3):
            self.add_file()

    def row(self) -> Row:
        name, version = self.random.choice(IDS), self.random.randrange(4)
        said = [
            {"role": "user", "content": f"What is to be said of the number {name}?"},
            {"role": "assistant", "content": f"Version {version} has this to say of it."},
        ]
        user = self.random.choice([None, "u1", "u2", f"u{name}"])
        kind = self.random.choice("xyz")
        return {"conversation_id": name, "user_id": user, "kind": kind, "messages": said}

    def add_file(self) -> None:
        name = f"{self.random.choice('abcdefgh')}{self.random.randrange(99)}.parquet"
        self.files[name] = [self.row() for _ in range(self.random.randrange(1, 12))]

    def remove_file(self) -> None:
        if len(self.files) > 1:
            del self.files[self.random.choice(sorted(self.files))]

    def rename_file(self) -> None:
        rows = self.files.pop(self.random.choice(sorted(self.files)))
        self.files[f"{self.random.choice('abcdefgh')}{self.random.randrange(99)}.parquet"] = rows

    def sort_file(self) -> None:
        self.some_file().sort(key=lambda row: str(row["conversation_id"]))

    def add_rows(self) -> None:
        self.some_file().extend(self.row() for _ in range(3))

    def remove_rows(self) -> None:
        rows = self.some_file()
        del rows[: max(0, min(3, len(rows) - 1))]

    def change_rows(self) -> None:
        rows = self.some_file()
        rows[self.random.randrange(len(rows))] = self.row()

    def flip_labels(self) -> None:
        for name in self.random.sample(IDS, 8):
            self.labels[name] = {"no": "yes", "yes": "no"}[self.labels[name]]

    def some_file(self) -> list[Row]:
        return self.files[self.random.choice(sorted(self.files))]

    def move(self) -> None:
        """One of all these."""
        self.random.choice(
            [
                self.add_file,
                self.remove_file,
                self.rename_file,
                self.sort_file,
                self.add_rows,
                self.remove_rows,
                self.change_rows,
                self.flip_labels,
            ]
        )()

    def write(self) -> None:
        shutil.rmtree(self.folder / "dump")
        (self.folder / "dump").mkdir()
        for name, rows in self.files.items():
            size = self.random.choice([2, 5, 100])
            pq.write_table(pa.Table.from_pylist(rows, SCHEMA), self.folder / "dump" / name, size)
        answers = [
            {"prompt_id": name, "response": f"This is recorded of {name}.", "label": label}
            for name, label in self.labels.items()
        ]
        pq.write_table(pa.Table.from_pylist(answers), self.folder / "answers.parquet")


SCHEMA = pa.schema(
    [
        ("conversation_id", pa.string()),
        ("user_id", pa.string()),
        ("kind", pa.string()),
        ("messages", pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))),
    ]
)


class Killed(BaseException):
    """Nothing that anybody catches."""


def run(folder: Path) -> None:
    summary = load_pipeline(folder / "p.yaml").run()
    assert summary.rows_in == summary.conversations + sum(summary.rejected.values())


def run_until_killed(folder: Path, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that ends in the middle of a part, with nobody there to tidy up."""
    write, done = parts.write_parquet, [0]

    def dies(table: pa.Table, path: Path, *, over: bool = False) -> None:
        done[0] += 1
        if done[0] > after:
            path.parent.mkdir(exist_ok=True)
            path.with_name(f".{path.stem}.0.tmp").write_bytes(b"PAR1 and so on")
            raise Killed
        write(table, path, over=over)

    with monkeypatch.context() as patch:
        patch.setattr(parts, "write_parquet", dies)
        with contextlib.suppress(Killed):
            run(folder)


def tables(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    with open_session(folder / "study") as session:
        found = {}
        for table in PUBLISHED:
            where = OF_THE_MAP.get(table.name, "")
            if table.name == "assignments":
                found[table.name] = session.rows("SELECT count(*) FROM assignments")
            elif table.name not in KEPT:
                query = f"SELECT COLUMNS(*) FROM {table.name}{where} ORDER BY ALL"
                found[table.name] = session.rows(query)
        return found


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_a_study_with_a_history_equals_one_made_from_nothing(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    dump = Dump(tmp_path, seed)
    dump.write()
    run(tmp_path)
    for step in range(STEPS):
        for _ in range(dump.random.randrange(1, 4)):
            dump.move()
        dump.write()
        if dump.random.random() < 0.5:
            run_until_killed(tmp_path, dump.random.randrange(12), monkeypatch)
        if dump.random.random() < 0.2:
            load_pipeline(tmp_path / "p.yaml").prune(remove=True)
        if step < STEPS - 1 and dump.random.random() < 0.3:
            continue
        run(tmp_path)
    held = tables(tmp_path)
    halves = StudyFolder(tmp_path / "study").halves.read_bytes()
    shutil.rmtree(tmp_path / "study")
    (tmp_path / "study").mkdir()
    StudyFolder(tmp_path / "study").halves.write_bytes(
        halves
    )  # handed over: they were given as users came
    run(tmp_path)
    fresh = tables(tmp_path)
    assert held.keys() == fresh.keys()
    for name, rows in fresh.items():
        assert held[name] == rows, name
