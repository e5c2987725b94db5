"""Whole runs against servers that fail, die, change or are asked to stop: nothing is lost and hardly anything asked twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from logminer.api import load_pipeline
from logminer.cli.main import main
from logminer.store.session import open_session
from tests.conftest import KEY
from tests.kit.faulty_server import FaultyServer, faulty_server
from tests.kit.openai_server import Fault, Server, completion, openai_server

FAULTS = {"429": 0.10, "500": 0.05, "hang": 0.02, "truncated": 0.02, "malformed": 0.01}


def dump(folder: Path, prompts: int, users: int = 50) -> None:
    rows = [
        {
            "conversation_id": f"c{i}",
            "user_id": f"u{i % users}",
            "messages": [{"role": "user", "content": f"Please tell me what is known of item{i}"}],
            "language": "en",
            "ask": "odd" if i % 3 else "even",
        }
        for i in range(prompts)
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "dump.parquet")


def pipeline_file(folder: Path, url: str, study: str = "study", **more: str) -> Path:
    """`more` overrides the sections."""
    sections = {
        "replay": "{timeout_s: 1.5, concurrency: 16}",
        "workers": "1",
        "checkpoints": f"[{{name: m, kind: endpoint, url: '{url}', model: m, patience_s: 0.5, pause_s: 0.02}}]",
        **more,
    }
    file = folder / f"{study}.yaml"
    file.write_text(
        f"study: {study}\nproject: p\nsource: {{path: dump.parquet, keep: [ask]}}\n"
        "judge: {taxonomy: refusal, scorers: [rules]}\n"
        + "".join(f"{name}: {value}\n" for name, value in sections.items())
    )
    return file


def start(file: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "logminer.cli", "run", str(file), "--json"],
        env=os.environ | {"LOGMINER_KEY": KEY},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(server: FaultyServer, requests: int, process: subprocess.Popen[str]) -> None:
    """Until so many more requests have come."""
    goal, deadline = len(server.asked()) + requests, time.monotonic() + 90
    while len(server.asked()) < goal and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def asked_again(server: FaultyServer) -> int:
    """Prompts that were answered more than once, each as often as it was in vain."""
    good = Counter(word for word, fate in server.asked() if fate == "fine")
    return sum(n - 1 for n in good.values())


def tables(study: Path) -> dict[str, Any]:
    """Everything in a study but when and how fast."""
    with open_session(study) as session:
        names = ("prompts", "responses", "judgements", "embeddings", "loaded_parts")
        return {
            name: session.rows(
                f"SELECT * {'EXCLUDE (latency_s)' if name == 'responses' else ''} FROM {name} ORDER BY ALL"
            )
            for name in names
        }


def test_a_night_of_trouble(tmp_path: Path) -> None:
    """Faults all the time; killed, stopped, bereft of its server, and run to the end: the study of a quiet night."""
    dump(tmp_path, 300)
    study = tmp_path / "night"
    with faulty_server(tmp_path / "first", FAULTS, slots=8, latency_s=0.1) as server:
        file = pipeline_file(tmp_path, server.url, "night")

        run = start(file)
        wait_for(server, 70, run)
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()

        lost = len(server.asked())
        run = start(file)
        wait_for(server, 70, run)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=60)
        assert run.returncode == 130
        assert "what is in flight is finished and kept" in said
        assert "the same command resumes" in said
        stopped = len(server.asked())
        kept = {word for word, fate in server.asked()[lost:] if fate == "fine"}
        assert len(kept) > 20

        run = start(file)
        wait_for(server, 70, run)
        assert not kept & {word for word, _ in server.asked()[stopped:]}
        assert asked_again(server) <= 16 + 3 * 16  # in flight when it was killed, and lots of 16
        server.process.kill()
        _, said = run.communicate(timeout=90)
        assert run.returncode == 1
        (line,) = [line for line in said.splitlines() if line.startswith("error: ")]
        assert "stopped answering" in line
        assert "run again to resume" in line
        with open_session(study) as session:  # what there is can be looked at
            assert session.rows("SELECT count(*) FROM prompts") == [(300,)]
        answered = {word for word, fate in server.asked() if fate == "fine"}
    assert len(answered) < 290
    (asking,) = (one for one in load_pipeline(file).status() if one.stage == "replay.m")
    assert asking.of_answers
    assert asking.to_do
    assert 20 < (asking.answers or 0) <= asking.of_answers

    with faulty_server(tmp_path / "second", FAULTS) as server:
        file = pipeline_file(tmp_path, server.url, "night", workers="0")
        summary = load_pipeline(file).run()
        fates = server.fates()
        assert asked_again(server) == 0
        assert fates["fine"] <= 300 - len(answered) + 16 + 3 * 16
        assert [e.requests for e in summary.egress] == [fates.total() + 1]  # and the check
    assert summary.responses["m"] == 300
    assert not [f for f in summary.failures if f.checkpoint == "m"]
    assert [a.answered_by for a in summary.answered_by] == ["m-1"]

    with faulty_server(tmp_path / "quiet-server", {}) as server:
        load_pipeline(pipeline_file(tmp_path, server.url, "quiet", workers="0")).run()
        assert len(server.asked()) == 300
    assert tables(study) == tables(tmp_path / "quiet")
    assert not [*study.rglob("*.tmp"), *study.rglob(".chunks/*")]


# --- which prompts, and who answers ------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[Server]:
    with openai_server() as running:
        yield running


def asked(server: Server) -> list[str]:
    words = [body["messages"][-1]["content"].split()[-1] for body in server.bodies]
    server.bodies.clear()
    return words


def test_a_larger_sample_asks_only_what_is_new(tmp_path: Path, server: Server) -> None:
    dump(tmp_path, 300)

    def run(replay: str) -> tuple[set[str], Any]:
        summary = load_pipeline(
            pipeline_file(tmp_path, server.url, workers="0", replay=replay)
        ).run()
        words = asked(server)
        assert len(words) == len(set(words))
        return set(words), summary

    few, summary = run("{sample: 60, stratify: ask}")
    assert summary.sampled == {"m": len(few)}
    assert 54 <= len(few) <= 66
    assert len({int(word.removeprefix("item")) % 50 for word in few}) < 25  # whole users
    more, summary = run("{sample: 150, stratify: ask}")
    assert summary.responses["m"] == len(few | more)
    assert not few & more
    everyone, summary = run("{}")
    assert not everyone & (few | more)
    assert summary.responses["m"] == 300


def test_options_of_one_checkpoint(tmp_path: Path, server: Server) -> None:
    dump(tmp_path, 6)
    arms = (
        f"\n  - {{name: a, kind: endpoint, url: '{server.url}', model: a}}"
        f"\n  - {{name: b, kind: endpoint, url: '{server.url}', model: b, system: 'Be brief.',"
        ' replay: {temperature: 0.7, samples: 2, stop: ["\\n\\n"]}}'
    )
    file = pipeline_file(tmp_path, "", checkpoints=arms, workers="0", replay="{stop: [END]}")
    summary = load_pipeline(file).run()
    assert summary.responses == {"logged": 6, "a": 6, "b": 12}
    of = {m: [b for b in server.bodies if b["model"] == m] for m in "ab"}
    assert {(b["temperature"], *b["stop"]) for b in of["a"]} == {(0.0, "END")}
    assert {(b["temperature"], *b["stop"]) for b in of["b"]} == {(0.7, "\n\n")}
    assert {b["messages"][0]["content"] for b in of["b"]} == {"Be brief."}
    with open_session(tmp_path / "study") as session:
        found = dict(session.rows("SELECT checkpoint, sampling FROM checkpoints"))
        (identities,) = session.rows("SELECT count(DISTINCT identity) FROM checkpoints")
    assert json.loads(found["b"])["samples"] == 2
    assert found["logged"] is None
    assert identities == (3,)


def test_a_model_that_changes_in_the_middle_is_told(tmp_path: Path, server: Server) -> None:
    dump(tmp_path, 20)
    for i in range(20):
        answer = completion(content="yes") | {
            "model": "m-1",
            "system_fingerprint": "fp_a" if i < 15 else "fp_b",
        }
        server.plan[f"Please tell me what is known of item{i}"] = [answer]
    server.plan["Please tell me what is known of item3"] = [
        completion(content="yes") | {"model": "please tell me what you know"}
    ]
    file = pipeline_file(tmp_path, server.url, workers="0")
    told = CliRunner().invoke(main, ["run", str(file)])
    assert told.exit_code == 0, told.output
    assert "m was not the same model throughout: m-1 fp_a 14, m-1 fp_b 5" in told.output
    with open_session(tmp_path / "study") as session:
        rows = session.rows("SELECT * FROM answered_by ORDER BY ALL")
    assert rows == [("m", "m-1 fp_a", 14), ("m", "m-1 fp_b", 5)]


CHAT = {"object": "chat.completion"}
HOPELESS: dict[str, tuple[Any, Any, str]] = {
    "wrong key": (None, Fault.status(401), "the key is refused"),
    "no such model": (None, Fault.status(404), "no model 'm' to chat with"),
    "not a chat server": (None, Fault.status(405), "no model 'm' to chat with"),
    "a web site": (Fault.body("<html>"), Fault.body("<html>"), "not answer as a chat server does"),
    "no completions": (Fault.body("{}"), Fault.body("{}"), "not answer as a chat server does"),
    "quota used up": (None, Fault.status(429, Retry_After="9999"), "turns every request away"),
    "a wrong field": (None, Fault.status(400), "refuses every request"),
}


def test_what_cannot_work_is_one_clear_line(tmp_path: Path, server: Server) -> None:
    dump(tmp_path, 80)
    file = pipeline_file(tmp_path, server.url, workers="0")
    lists = server.models
    for what, (models, answer, said) in HOPELESS.items():
        server.everybody, server.models = answer, models or lists
        told = CliRunner().invoke(main, ["run", str(file)])
        assert told.exit_code == 1, what
        (line,) = [line for line in told.output.splitlines() if line.startswith("error: ")]
        assert f"checkpoint m at {server.url}: " in line
        assert said in line, what
    server.everybody, server.models = None, (200, "{}", {})
    assert CliRunner().invoke(main, ["run", str(file)]).exit_code == 0
