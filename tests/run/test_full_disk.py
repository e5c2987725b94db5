"""A full disk is said to be, whatever is being written, and the same command goes on when there is space again."""

from __future__ import annotations

from pathlib import Path

import pytest

from logminer.api import load_pipeline
from logminer.store.session import open_session
from tests.kit.disks import on_a_full_disk
from tests.kit.dumps import conversations, write
from tests.kit.labelled import Small
from tests.run.test_other_programs import PIPELINE, judged, run


@pytest.mark.parametrize(
    ("limit", "full", "workers"),
    [
        (0, ".lock", 0),
        (900, "runs/", 0),
        (4000, "parts/", 0),
        (4000, "parts/", 1),  # where a worker writes
        (300_000, "study.duckdb", 0),
    ],
)
def test_a_run(limit: int, full: str, workers: int, tmp_path: Path) -> None:
    write(tmp_path / "dump.parquet", conversations(6, text="How do I bake bread"))
    file = tmp_path / "pipeline.yaml"
    file.write_text((PIPELINE % "string_match").replace("workers: 0", f"workers: {workers}"))
    code, said = on_a_full_disk(limit, "run", file)
    errors = [line for line in said.splitlines() if line.startswith("error")]
    assert code == 1, said
    assert len(errors) == 1
    assert full in errors[0]
    assert "disk is full: free some space on " in errors[0]
    assert not list((tmp_path / "study").rglob("*.tmp"))
    run(tmp_path, "string_match")
    assert judged(tmp_path) == [("string_match", 12)]


def test_the_study_that_there_was_stays(tmp_path: Path) -> None:
    write(tmp_path / "dump.parquet", conversations(6, text="How do I bake bread"))
    run(tmp_path, "string_match")
    before = sorted(path.name for path in (tmp_path / "study").iterdir())
    (tmp_path / "pipeline.yaml").write_text(PIPELINE % "string_match, rules")
    code, said = on_a_full_disk(300_000, "run", tmp_path / "pipeline.yaml")
    assert (code, "disk is full" in said) == (1, True)
    assert judged(tmp_path) == [("string_match", 12)]
    assert sorted(path.name for path in (tmp_path / "study").iterdir()) == before
    assert load_pipeline(tmp_path / "pipeline.yaml").run().conversations == 6


def test_what_people_say(tmp_path: Path) -> None:
    small = Small(tmp_path).add(2, "yes", "yes")
    small.calibrate()
    code, said = on_a_full_disk(100_000, "calibrate", small.folder, small.file)
    assert (code, "disk is full: free some space on" in said) == (1, True)
    assert small.calibrate().labels == 4
    with open_session(small.folder) as session:
        assert session.rows("SELECT count(*) FROM responses") == [(4,)]
