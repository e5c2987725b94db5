"""A run beside an analyst who has the database open to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from logminer.api import load_pipeline
from logminer.errors import StudyHeld
from logminer.pipeline.reporter import Quiet
from logminer.run import execute
from logminer.store.session import open_session
from tests.kit.dumps import conversations, write
from tests.kit.programs import Analyst

PIPELINE = """
study: study
source: {path: dump.parquet}
checkpoints: [{name: sft, kind: scripted, replies: ["Sure: {prompt}"]}]
judge: {scorers: [%s]}
workers: 0
"""


class Heard(Quiet):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def say(self, line: str) -> None:
        self.notes.append(line)


def run(folder: Path, scorers: str, heard: Heard | None = None) -> None:
    (folder / "pipeline.yaml").write_text(PIPELINE % scorers)
    load_pipeline(folder / "pipeline.yaml").run(heard)


def judged(folder: Path) -> list[tuple[str, int]]:
    with open_session(folder / "study") as session:
        found = session.rows("SELECT scorer, count(*) FROM judgements GROUP BY ALL ORDER BY ALL")
    return [(scorer, n) for scorer, n in found]


def test_a_run_goes_on_and_says_at_its_end_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execute, "FIRST_PUBLISHED_S", 0.0)
    write(tmp_path / "dump.parquet", conversations(6, text="How do I bake bread"))
    run(tmp_path, "string_match")
    before, heard = judged(tmp_path), Heard()
    with Analyst(tmp_path / "study" / "study.duckdb", "DELETE FROM judgements") as analyst:
        said = rf"process {analyst.pid}\) has it open for writing; .*; then run again: what was computed is kept"
        with pytest.raises(StudyHeld, match=said):
            run(tmp_path, "string_match, rules", heard)
    assert not [note for note in heard.notes if "published" in note]  # until then it stays as it is
    assert judged(tmp_path) == before
    run(tmp_path, "string_match, rules")
    assert dict(judged(tmp_path)).keys() == {"string_match", "rules"}
    assert judged(tmp_path)[1] == before[0]
    with open_session(tmp_path / "study") as session:
        found = session.rows("SELECT status FROM runs ORDER BY run_id")
    assert found == [("done",), ("failed",), ("done",)]
