"""Runs: rows in and out, resumed, rebuilt, compared."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from logminer.api import load_pipeline
from logminer.errors import SourceError
from logminer.run.summary import Summary
from logminer.store.session import open_session
from tests.conftest import Demo
from tests.kit.copies import copy

IDS = {
    "conversations": "conversation_id",
    "prompts": "prompt_id",
    "responses": "response_id",
    "judgements": "response_id, category_id, channel, scorer",
    "embeddings": "response_id, channel",
    "assignments": "response_id",
    "comparisons": "base, candidate, kind, category_id, cluster_id, scorer, channel, stratum",
}


def contents(study: Path) -> dict[str, pa.Table]:
    """Every table in a fixed order, without what differs between two equal runs."""
    with open_session(study) as session:
        return {
            name: session.columns(f"SELECT * FROM {name} ORDER BY {key}").drop_columns(
                ["latency_s"] if name == "responses" else []
            )
            for name, key in IDS.items()
        }


class TestRun:
    def test_rows_in_are_rows_out_and_rejected(self, demo: Demo) -> None:
        summary = demo.summary
        assert summary.rows_in == 60 == summary.conversations + sum(summary.rejected.values())
        assert summary.rejected["null_messages"] == 1
        assert summary.rejected["unknown_role"] == 1
        assert summary.rejected["unsupported_language"] == sum(summary.languages.values()) >= 1
        assert set(summary.missing_models.values()) <= {"es_core_news_sm", "de_core_news_sm"}
        with open_session(demo.study) as session:
            assert session.rows("SELECT count(*) FROM rejections") == [
                (60 - summary.conversations,)
            ]

    def test_each_checkpoint_answers_each_prompt_once(self, demo: Demo) -> None:
        with open_session(demo.study) as session:
            n = session.rows("SELECT count(*) FROM prompts")[0][0]
            answers = session.rows(
                "SELECT checkpoint, count(*), count(DISTINCT prompt_id) FROM responses GROUP BY ALL ORDER BY ALL"
            )
        assert answers == [("logged", n, n), ("prod", n, n), ("sft", n, n)]

    def test_every_answer_is_judged_in_every_category_and_channel(self, demo: Demo) -> None:
        with open_session(demo.study) as session:
            answered = session.rows(
                "SELECT count(*) FROM responses WHERE error IS NULL AND checkpoint = 'prod'"
            )[0][0]
            judged = session.rows(
                "SELECT DISTINCT channel, n FROM (SELECT j.category_id, j.channel, j.scorer, count(*) AS n FROM judgements AS j"
                " JOIN responses AS r USING (response_id) WHERE r.checkpoint = 'prod' GROUP BY ALL) ORDER BY ALL"
            )
            unjudged = session.rows(
                "SELECT count(*) FROM judgements JOIN responses USING (response_id) WHERE error IS NOT NULL"
            )
        assert judged == [("response", answered), ("thoughts", answered)]
        assert unjudged == [(0,)]

    def test_comparison_finds_the_planted_difference(self, demo: Demo) -> None:
        with open_session(demo.study) as session:
            (row,) = session.columns(
                "FROM comparisons WHERE category_id = 'refusal' AND scorer = 'rules' AND stratum = 'all' AND channel = 'response'"
            ).to_pylist()
        assert (row["base"], row["candidate"], row["verdict"]) == ("sft", "prod", "different")
        assert row["difference"] == pytest.approx(row["candidate_rate"] - row["base_rate"])
        assert row["low"] <= row["difference"] <= row["high"] < 0
        assert (
            row["both"] + row["base_only"] + row["candidate_only"] + row["neither"]
            == row["n_prompts"]
        )
        assert 0 < row["n_users"] <= row["n_prompts"]
        assert row["margin"] == 0.05

    def test_strata_partition_the_prompts(self, demo: Demo) -> None:
        with open_session(demo.study) as session:
            found = dict(
                session.rows(
                    "SELECT stratum, n_prompts FROM comparisons WHERE category_id = 'refusal' AND scorer = 'rules' AND channel = 'response'"
                )
            )
        assert found["all"] == sum(n for s, n in found.items() if s.startswith("ask="))
        assert found["all"] == sum(n for s, n in found.items() if s.startswith("turn="))

    def test_rerun_computes_nothing_and_changes_nothing(self, demo: Demo, tmp_path: Path) -> None:
        file = copy(demo, tmp_path)
        again = load_pipeline(file).run()
        assert all(tally.reused == tally.parts for tally in again.stages)
        before, after = contents(demo.study), contents(file.parent / "study")
        assert all(before[name].equals(after[name]) for name in IDS)

    def test_rebuilt_from_its_parts_it_is_the_same(self, demo: Demo, tmp_path: Path) -> None:
        file = copy(demo, tmp_path)
        (file.parent / "study" / "study.duckdb").unlink()
        load_pipeline(file).run()
        before, after = contents(demo.study), contents(file.parent / "study")
        assert all(before[name].equals(after[name]) for name in IDS)

    def test_changed_judge_reruns_judging_only(self, demo: Demo, tmp_path: Path) -> None:
        file = copy(demo, tmp_path)
        file.write_text(
            file.read_text().replace(
                "taxonomy: safety, scorers: [rules, hazard_prototypes]",
                "taxonomy: refusal, scorers: [rules]",
            )
        )
        to_do = {s.stage for s in load_pipeline(file).status() if s.to_do}
        assert to_do == {"judge.logged", "judge.sft", "judge.prod", "publish"}
        summary = load_pipeline(file).run()
        computed = {tally.stage for tally in summary.stages if tally.reused < tally.parts}
        assert computed == to_do - {"publish"}
        with open_session(file.parent / "study") as session:
            assert session.rows("SELECT DISTINCT taxonomy FROM categories") == [("refusal",)]
            assert session.rows("SELECT DISTINCT scorer FROM judgements") == [("rules",)]
            assert session.rows("SELECT count(*) FROM runs") == [(2,)]

    def test_added_checkpoint_is_placed_on_the_same_map(self, demo: Demo, tmp_path: Path) -> None:
        file = copy(demo, tmp_path)
        text = file.read_text().replace("judge:", "  - {name: new, kind: scripted}\njudge:")
        file.write_text(text)
        load_pipeline(file).run()
        with open_session(file.parent / "study") as after, open_session(demo.study) as before:
            query = "SELECT DISTINCT map_id FROM clusters"
            assert after.rows(query) == before.rows(query)
            query = "SELECT cluster_id, a.response_id FROM assignments AS a JOIN responses USING (response_id) WHERE checkpoint = 'sft' ORDER BY ALL"
            assert after.rows(query) == before.rows(query)

    def test_workers_change_nothing(self, demo: Demo, tmp_path: Path) -> None:
        file = copy(demo, tmp_path)
        shutil.rmtree(file.parent / "study")
        file.write_text(file.read_text().replace("workers: 0", "workers: 2"))
        load_pipeline(file).run()
        before, after = contents(demo.study), contents(file.parent / "study")
        for name in IDS:
            if name not in ("embeddings", "judgements", "assignments", "comparisons"):
                assert before[name].equals(after[name]), name
        assert (
            before["judgements"]
            .drop_columns("score")
            .equals(after["judgements"].drop_columns("score"))
        )
        assert before["assignments"]["cluster_id"].equals(after["assignments"]["cluster_id"])

    def test_gate_is_declared_and_reported(self, demo: Demo, tmp_path: Path) -> None:
        file = copy(demo, tmp_path)
        file.write_text(file.read_text() + "gates: {max_rejected: 0.01}\n")
        (gate,) = load_pipeline(file).run().gates
        assert gate.startswith("max_rejected")


def test_killed_run_resumes_to_the_same_study(demo: Demo, tmp_path: Path) -> None:
    file = copy(demo, tmp_path)
    study = file.parent / "study"
    shutil.rmtree(study)
    command = [sys.executable, "-m", "logminer.cli", "run", str(file)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 600
    while not list(study.glob("parts/replay.logged-*/*.parquet")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    finished = {p: p.stat().st_mtime_ns for p in study.rglob("parts/*/*.parquet")}
    assert finished
    summary = load_pipeline(file).run()
    assert all(path.stat().st_mtime_ns == before for path, before in finished.items())
    assert summary.rows_in == 60
    before, after = contents(demo.study), contents(study)
    assert all(before[name].num_rows == after[name].num_rows for name in IDS)
    assert before["responses"].equals(after["responses"])
    assert before["prompts"].equals(after["prompts"])  # also who is on which half
    assert not list(study.rglob("*.tmp"))


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    message = pa.struct([("role", pa.string()), ("content", pa.string())])
    schema = pa.schema([("conversation_id", pa.string()), ("messages", pa.list_(message))])
    pq.write_table(pa.Table.from_pylist(rows, schema), path)


def run_rows(folder: Path, rows: list[dict[str, Any]]) -> Summary:
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "dump.parquet", rows)
    (folder / "p.yaml").write_text("study: study\nsource: {path: dump.parquet}\nworkers: 0\n")
    return load_pipeline(folder / "p.yaml").run()


def said(role: str, content: str | None) -> dict[str, Any]:
    return {"role": role, "content": content}


def test_unusable_rows_are_counted_and_the_rest_goes_on(tmp_path: Path) -> None:
    good = [said("user", "How do I boil an egg?"), said("assistant", "For seven minutes.")]
    rows = [
        {"conversation_id": "a", "messages": good},
        {"conversation_id": "b", "messages": None},
        {"conversation_id": "c", "messages": []},
        {"conversation_id": "d", "messages": [said("narrator", "Once upon a time")]},
        {"conversation_id": "a", "messages": good},
        {"conversation_id": "e", "messages": [said("assistant", "Hello?")]},
        {"conversation_id": None, "messages": good},
    ]
    summary = run_rows(tmp_path, rows)
    assert summary.conversations == 2
    assert summary.rejected == {
        "duplicate_conversation_id": 1,
        "empty_conversation": 1,
        "no_user_message": 1,
        "null_messages": 1,
        "unknown_role": 1,
    }


FINNISH = [
    said(
        "user", "Miten keitän kananmunan niin, että keltuainen jää pehmeäksi ja valkuainen kypsyy?"
    ),
    said("assistant", "Keitä sitä kuusi minuuttia ja jäähdytä se sitten kylmässä vedessä."),
]


def test_a_dump_without_a_usable_row_is_no_crash(tmp_path: Path) -> None:
    summary = run_rows(tmp_path, [{"conversation_id": "b", "messages": FINNISH}])
    assert (summary.conversations, summary.clusters, summary.prompts) == (0, 0, 0)
    with pytest.raises(SourceError, match="it has no rows"):
        run_rows(tmp_path / "empty", [])


def test_a_dump_without_a_readable_row_is_an_error_that_says_why(tmp_path: Path) -> None:
    rows = [
        {"conversation_id": "a", "messages": None},
        {"conversation_id": "b", "messages": [{"role": "customer", "content": "Hello."}]},
        {"conversation_id": "c", "messages": [{"role": "Walter", "content": "Hello."}]},
    ]
    with pytest.raises(SourceError) as refused:
        run_rows(tmp_path, rows)
    words = str(refused.value)
    assert "none of its 3 rows" in words
    assert "unknown_role 2 (customer 1, others 1;" in words
    assert "source: {roles: {customer: user}}" in words
    assert "walter" not in words.lower()
    pipeline = load_pipeline(tmp_path / "p.yaml")
    with pytest.raises(SourceError, match="none of its 3 rows"):
        pipeline.check()


class TestComparing:
    def test_noise_floor_draws_the_base_once_more(self, demo: Demo, tmp_path: Path) -> None:
        file = copy(demo, tmp_path)
        text = file.read_text().replace("compare: {", "compare: {noise_floor: true, ")
        file.write_text(text)
        pipeline = load_pipeline(file)
        assert any("sft is replayed once more" in warning for warning in pipeline.check().warnings)
        parts = set((file.parent / "study" / "parts").glob("*/*.parquet"))
        pipeline.run()
        new = {p.parent.name for p in (file.parent / "study" / "parts").glob("*/*.parquet")}
        new -= {p.parent.name for p in parts}
        assert {name.rsplit("-", 1)[0] for name in new} == {
            f"{stage}.sft.again" for stage in ("replay", "embed", "judge", "place")
        }
        with open_session(file.parent / "study") as session:
            assert ("sft.again", "scripted") in session.rows(
                "SELECT checkpoint, kind FROM checkpoints"
            )
            noise = session.rows(
                "SELECT noise_low <= noise_difference AND noise_difference <= noise_high"
                " FROM comparisons WHERE kind = 'category'"
            )
            pairs = session.rows("SELECT DISTINCT base, candidate FROM comparisons")
        assert set(noise) == {(True,)}
        assert pairs == [("sft", "prod")]

    def test_a_margin_that_comes_after_judging_is_said_to(self, demo: Demo, tmp_path: Path) -> None:
        file = copy(demo, tmp_path)
        file.write_text(file.read_text().replace("refusal: 0.05", "refusal: 0.06, ssh: 0.05"))
        load_pipeline(file).run()
        with open_session(file.parent / "study") as session:
            notes = dict(
                session.rows(
                    "SELECT category_id, any_value(note) FROM comparisons"
                    " WHERE category_id IN ('refusal', 'ssh', 'prv') AND scorer = 'rules' GROUP BY ALL"
                )
            )
            declared = session.rows("SELECT margins, judged_parts FROM runs ORDER BY started_at")
        assert "margin declared after judging" in notes["refusal"]
        assert "margin declared after judging" in notes.get("ssh", notes["refusal"])
        assert declared[0][1] == 0 < declared[1][1]
        file.write_text(file.read_text().replace("refusal: 0.06, ssh: 0.05", "refusal: 0.05"))
        load_pipeline(file).run()
        with open_session(file.parent / "study") as session:
            (again,) = session.rows(
                "SELECT count(*) FROM comparisons WHERE note LIKE '%declared after%'"
            )
        assert again == (0,)
