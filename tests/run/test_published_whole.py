"""What readers find while a run goes on, and after one that was stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from logminer.api import load_pipeline
from logminer.cli.main import main
from logminer.errors import Stopped
from logminer.pipeline.reporter import Quiet
from logminer.run import execute
from logminer.runners.part import Done
from logminer.store.session import open_session
from tests.kit.dumps import conversations, write

PIPELINE = """
study: study
source: {path: dump}
anonymise: {languages: [en], unsupported_language: patterns_only}
checkpoints: [{name: old, kind: scripted, replies: [No]}, {name: new, kind: scripted, replies: [Yes]}]
judge: {taxonomy: refusal, scorers: [string_match]}
workers: 0
"""


class StopsAfterJudging(Quiet):
    def done(self, done: Done, rows: int) -> None:
        if done.stage.startswith("judge"):
            raise Stopped


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(execute, "FIRST_PUBLISHED_S", 0.0)
    (tmp_path / "dump").mkdir()
    write(tmp_path / "dump" / "one.parquet", conversations(20))
    (tmp_path / "pipeline.yaml").write_text(PIPELINE)
    return tmp_path


def counted(folder: Path) -> tuple[int, int, list[str]]:
    with open_session(folder / "study") as session:
        ((conversations_, compared),) = session.rows(
            "SELECT (SELECT count(*) FROM conversations), (SELECT count(*) FROM comparisons)"
        )
        ended = [status for (status,) in session.rows("SELECT status FROM runs ORDER BY sequence")]
    return conversations_, compared, ended


def test_a_study_stays_as_it_was_until_the_next_run_has_ended(folder: Path) -> None:
    load_pipeline(folder / "pipeline.yaml").run()
    before = counted(folder)
    assert before[1]
    write(folder / "dump" / "two.parquet", conversations(20, prefix="d"))
    with pytest.raises(KeyboardInterrupt):
        load_pipeline(folder / "pipeline.yaml").run(StopsAfterJudging())
    assert counted(folder) == before
    load_pipeline(folder / "pipeline.yaml").run()
    assert counted(folder)[0] == 40
    assert counted(folder)[2] == ["done", "stopped", "done"]
    found = load_pipeline(folder / "pipeline.yaml").status()
    assert not any(stage.to_do for stage in found)
    assert [stage.stage for stage in found[-3:]] == ["place.old", "place.new", "publish"]
    (folder / "dump" / "two.parquet").unlink()
    (behind,) = (s for s in load_pipeline(folder / "pipeline.yaml").status() if s.to_do)
    assert behind.stage == "publish"
    assert behind.published_at
    said = CliRunner().invoke(main, ["status", str(folder / "pipeline.yaml")]).output
    assert "published: dump and options as they were at" in said


def test_what_a_first_run_had_is_not_taken_for_a_result(folder: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        load_pipeline(folder / "pipeline.yaml").run(StopsAfterJudging())
    found, compared, ended = counted(folder)
    assert (found, compared, ended) == (20, 0, ["stopped"])
    result = CliRunner().invoke(main, ["compare", str(folder / "study"), "--fail-on", "worse"])
    assert result.exit_code == 1
    assert "no run of it has ended yet" in result.output
