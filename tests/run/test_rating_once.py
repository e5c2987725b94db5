"""A judge is asked once for a text, across arms, runs, kills and stops."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from logminer.api import load_pipeline
from tests.conftest import KEY
from tests.kit.openai_server import Server, openai_server
from tests.kit.places import ROOT
from tests.kit.raters import RATED, Judging, by_words, dump, pipeline_file, reply, rows


@pytest.fixture
def server() -> Iterator[Server]:
    with openai_server() as running:
        running.plan = Judging(running, by_words)
        yield running


def test_the_same_texts_are_asked_once_across_arms_and_runs(tmp_path: Path, server: Server) -> None:
    dump(tmp_path, *["harmless put"] * 6, "clearly put")
    arms = "[{name: a, kind: scripted, family: s, replies: [harmless put]},{name: b, kind: scripted, family: s, replies: [harmless put]}]"
    plan = server.plan
    assert isinstance(plan, Judging)

    def run(**options: Any) -> list[tuple[str, str, str]]:
        plan.rated.clear()
        load_pipeline(pipeline_file(tmp_path, server.url, arms, **options)).run()
        return plan.rated

    assert len(run()) == 8  # seven prompts, and to the last one there are two different answers
    assert len(rows(tmp_path, RATED)) == 21
    assert not run()
    assert [file.name for file in tmp_path.rglob("votes.sqlite*")] == ["votes.sqlite"]
    assert Counter(title for _, title, _ in run(categories=["refusal", "full_refusal"])) == {
        "Full refusal": 8
    }
    own = (ROOT / "taxonomies" / "refusal.yaml").read_text()
    (tmp_path / "own.yaml").write_text(own.replace("title: Full refusal", "title: Refused in full"))
    asked = run(taxonomy="own.yaml", categories=["refusal", "full_refusal"])
    assert Counter(title for _, title, _ in asked) == {"Refused in full": 8}
    alone = run(shows_prompt=False)
    assert Counter(text for *_, text in alone) == {"harmless put": 1, "clearly put": 1}
    assert len(rows(tmp_path, RATED)) == 21
    other = {"name": "k", "kind": "endpoint", "url": server.url, "model": "other", "family": "k"}
    assert {model for model, *_ in run(judge=other)} == {"other"}
    assert not run()
    kinds = rows(
        tmp_path,
        "SELECT count(DISTINCT scorer_identity), count(DISTINCT rubric_hash) FROM judgements WHERE scorer = 'autorater'",
    )
    assert kinds == [(1, 1)]


def start(file: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "logminer.cli", "run", str(file), "--workers", "1"],
        env=os.environ | {"LOGMINER_KEY": KEY},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def test_a_run_that_is_killed_or_stopped_asks_hardly_anything_twice(
    tmp_path: Path, server: Server
) -> None:
    def slowly(text: str, asked: list[dict[str, Any]]) -> Any:
        time.sleep(0.03)
        return reply(label="no", evidence=text.split()[-1])

    plan = server.plan = Judging(server, slowly)
    dump(tmp_path, *(f"harmless put of thing{i}" for i in range(300)))
    file = pipeline_file(tmp_path, server.url, concurrency=8)
    for how in (signal.SIGKILL, signal.SIGINT):
        goal, run = len(plan.rated) + 80, start(file)
        deadline = time.monotonic() + 90
        while len(plan.rated) < goal:
            assert time.monotonic() < deadline
            assert run.poll() is None
            time.sleep(0.02)
        os.killpg(run.pid, signal.SIGKILL) if how is signal.SIGKILL else run.send_signal(how)
        said, _ = run.communicate(timeout=60)
        assert run.returncode == (130 if how is signal.SIGINT else -signal.SIGKILL), said
    assert len(plan.rated) < 290
    load_pipeline(file).run()
    texts = Counter(text for *_, text in plan.rated)
    assert len(texts) == 300
    assert texts.total() <= 300 + 3 * 8  # in flight when it was killed, and on the way to the file
    assert len(rows(tmp_path, RATED)) == 300
    assert (
        len(
            rows(
                tmp_path,
                "SELECT 1 FROM judgements WHERE scorer = 'autorater' AND label = 'no' AND evidence_start IS NOT NULL",
            )
        )
        == 300
    )
