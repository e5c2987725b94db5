"""A judge for which another model answers in the middle of a study."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from logminer.cli.main import main
from logminer.scorers.autorater.cache import VoteCache
from logminer.scorers.autorater.votes import Vote
from tests.kit.openai_server import openai_server
from tests.kit.raters import Judging, dump, pipeline_file, reply, rows

BY = "SELECT scorer, judge, checkpoint, answered_by, n_judgements FROM judged_by ORDER BY ALL"


def judge(text: str, _: list[dict[str, Any]]) -> Any:
    said = {"model": "m-1", "system_fingerprint": "fp_a" if "early" in text else "fp_b"}
    return reply(label="no") | said


def invoke(*arguments: str) -> Result:
    told = CliRunner().invoke(main, list(arguments))
    assert told.exit_code == 0, told.output
    return told


def test_a_judge_that_changes_is_told_like_a_checkpoint_that_does(tmp_path: Path) -> None:
    dump(tmp_path, *["early answer"] * 3, *[f"late answer {n}" for n in range(5)])
    with openai_server() as server:
        server.plan = Judging(server, judge)
        file = pipeline_file(tmp_path, server.url)
        told = invoke("run", str(file)).output
        changed = "judge j of autorater was not the same model throughout: m-1 fp_b 5, m-1 fp_a 3"
        assert changed in told
        assert "judge j of autorater changed: m-1 fp_b and m-1 fp_a answered for it" in told
        by = [
            ("autorater", "j", "logged", "m-1 fp_a", 3),
            ("autorater", "j", "logged", "m-1 fp_b", 5),
        ]
        assert rows(tmp_path, BY) == by
        found = json.loads(invoke("show", str(tmp_path / "study"), "--json").stdout)["changed"]
        assert [(row["kind"], row["name"], row["n"]) for row in found] == [
            ("judge", "j of autorater", 5),
            ("judge", "j of autorater", 3),
        ]
        asked = len(server.bodies)
        for folder in (tmp_path / "study" / "parts").glob("rate.*"):
            shutil.rmtree(folder)
        summary = json.loads(invoke("run", str(file), "--json").stdout)
        assert summary["changed_judges"] == [["autorater", "j"]]
        assert rows(tmp_path, BY) == by  # who it was is kept with the vote
        assert len(server.bodies) == asked
    (others,) = rows(tmp_path, "SELECT count(judged_by) FROM judgements WHERE scorer = 'rules'")
    assert others == (0,)


def test_votes_from_before_it_was_kept_who_gave_them_are_of_use(tmp_path: Path) -> None:
    file = tmp_path / "votes.sqlite"
    with sqlite3.connect(file) as old:
        old.execute(
            "CREATE TABLE votes (judge TEXT NOT NULL, question BLOB NOT NULL, number INTEGER NOT NULL, said INTEGER,"
            " error TEXT, evidence_start INTEGER, evidence_end INTEGER, PRIMARY KEY (judge, question, number)) WITHOUT ROWID"
        )
        old.execute("INSERT INTO votes VALUES ('j', x'ab', 0, 1, NULL, 2, 3)")
    VoteCache(file, "j").keep("cd", 0, Vote(0, answered_by="m"))
    found = VoteCache(file, "j").find(["ab", "cd"])
    assert found == {("ab", 0): Vote(1, None, (2, 3)), ("cd", 0): Vote(0, answered_by="m")}
