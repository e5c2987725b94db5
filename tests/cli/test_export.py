"""`logminer export` on a study that went the whole way."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from logminer.api import load_pipeline
from logminer.cli.main import main
from logminer.store.session import open_session
from logminer.study.last_run import last_run
from tests.conftest import Demo
from tests.kit.copies import copy


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_nothing_of_a_person_is_in_it_and_the_next_run_goes_on(demo: Demo, tmp_path: Path) -> None:
    file = copy(demo, tmp_path)
    study, out = file.parent / "study", tmp_path / "out"
    made = json.loads(call("export", study, "--to", "csv", "--out", out, "--json").stdout)
    text = (out / "responses.not-released.csv").read_text("utf-8")
    assert [value for values in demo.planted.values() for value in values if value in text] == []
    with open_session(study) as session:
        ((n,),) = session.rows("SELECT count(*) FROM responses")
        before = last_run(session)
    assert made["files"]["responses.not-released.csv"] == n
    assert before
    load_pipeline(file).run()
    with open_session(study) as session:
        runs = session.rows("SELECT kind, sequence, status FROM runs ORDER BY sequence")
        late = session.rows("SELECT 1 FROM comparisons WHERE note LIKE '%declared after judging%'")
    assert runs == [("run", 1, "done"), ("export", 2, "done"), ("run", 3, "done")]
    assert not late


def test_it_says_what_was_written_and_that_it_is_not_released(demo: Demo, tmp_path: Path) -> None:
    study, out = copy(demo, tmp_path).parent / "study", tmp_path / "out"
    done = call("export", study, "--to", "hf", "--out", out, "--checkpoint", "sft")
    assert done.exit_code == 0, done.output
    assert "data/sft.not-released.parquet" in done.output
    assert "not released" in done.output
    again = call("export", study, "--to", "hf", "--out", out)
    assert again.exit_code == 1
    assert "overwrites nothing" in again.output
    unlabelled = call("export", study, "--to", "scout-validation", "--out", tmp_path / "v")
    assert unlabelled.exit_code == 1
    assert "logminer calibrate" in unlabelled.output
