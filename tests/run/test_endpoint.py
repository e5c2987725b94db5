"""A whole run against a real HTTP server: what leaves the building is anonymised, what fails is a row."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from logminer.api import Pipeline, load_pipeline
from logminer.cli.main import main
from logminer.demo.dump import write_demo_dump
from logminer.errors import CheckpointError
from logminer.store.session import open_session
from tests.kit.openai_server import KEY, SECRET_WORDS, Fault, openai_server


class Down(dict[str, list[Any]]):
    """A plan by which every request, or every third of all prompts, gets a 500 that quotes words."""

    def __init__(self, every: int) -> None:
        super().__init__()
        self.every = every

    def get(self, text: str, default: Any = None) -> Any:
        fails = zlib.crc32(text.encode()) % self.every == 0
        return [Fault.status(500)] if fails else default


def test_only_anonymised_prompts_are_sent_and_every_prompt_has_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVER_KEY", KEY)
    dump = write_demo_dump(tmp_path / "dump.parquet", conversations=30)
    with openai_server() as server:
        (tmp_path / "p.yaml").write_text(
            "study: study\n"
            "source: {path: dump.parquet}\n"
            "checkpoints:\n"
            f"  - {{name: m, kind: endpoint, url: '{server.url}', model: m, api_key_env: SERVER_KEY, attempts: 2, pause_s: 0.01}}\n"
            "workers: 0\n"
        )
        summary = load_pipeline(tmp_path / "p.yaml").run()
        sent = json.dumps(server.bodies, ensure_ascii=False)
    assert len(server.bodies) == summary.prompts
    for kind in ("email", "card", "iban", "ip"):
        assert not [value for value in dump.planted[kind] if value in sent]
    with open_session(tmp_path / "study") as session:
        rows = session.rows("SELECT response, error FROM responses WHERE checkpoint = 'm'")
        stored = json.dumps(session.rows("SELECT * FROM runs"), default=str)
    assert len(rows) == summary.prompts
    assert all(response and error is None for response, error in rows)
    assert KEY not in stored
    assert KEY.encode() not in b"".join(
        p.read_bytes() for p in (tmp_path / "study").rglob("*") if p.is_file()
    )


def pipeline_file(folder: Path, url: str) -> Path:
    file = folder / "p.yaml"
    file.write_text(
        "study: study\nsource: {path: dump.parquet}\n"
        f"checkpoints: [{{name: m, kind: endpoint, url: '{url}', model: m, attempts: 3, pause_s: 0.01}}]\n"
        "workers: 0\n"
    )
    return file


def test_what_a_server_fails_at_is_a_row_with_a_code_and_none_of_its_words(tmp_path: Path) -> None:
    write_demo_dump(tmp_path / "dump.parquet", conversations=40)
    with openai_server() as server:
        server.plan = Down(every=3)
        pipeline = load_pipeline(pipeline_file(tmp_path, server.url))
        summary = pipeline.run()
        study = tmp_path / "study"
        raw = b"".join(p.read_bytes() for p in study.rglob("*") if p.is_file())
        assert SECRET_WORDS.encode() not in raw
        assert summary.responses["m"] == summary.prompts
        [failed] = [f for f in summary.failures if f.checkpoint == "m"]
        assert failed.error == "server_error:500"
        assert 0 < failed.n < summary.prompts / 2
        [sent] = summary.egress
        assert sent.host == server.url.removeprefix("http://").removesuffix("/v1")
        assert sent.requests == len(server.bodies) + 1  # the check
        assert sent.sent_bytes > 200 * summary.prompts

        with open_session(study) as session:
            states = session.rows(
                "SELECT state, count(*) FROM response_states WHERE checkpoint = 'm' GROUP BY ALL ORDER BY ALL"
            )
        assert states == [("answered", summary.prompts - failed.n), ("error", failed.n)]

        # Once the server is well, only the failed are asked again, and what is made of them is made anew.
        server.plan, server.bodies = {}, []
        again = pipeline.run(retry_failed=True)
    assert len(server.bodies) == failed.n
    assert not [f for f in again.failures if f.checkpoint == "m"]
    assert again.responses == summary.responses
    with open_session(study) as session:
        for table in ("embeddings", "assignments"):
            [(n, distinct)] = session.rows(
                f"SELECT count(*), count(DISTINCT x.response_id) FROM {table} AS x"
                " JOIN responses USING (response_id) WHERE checkpoint = 'm'"
            )
            assert n == distinct == summary.prompts
    # The server is gone: a new study of the same pipeline stops with one line; the finished one needs it no more.
    other = Pipeline(pipeline.file.model_copy(update={"study": tmp_path / "other"}), tmp_path)
    with pytest.raises(CheckpointError, match="checkpoint m at http"):
        other.run()
    assert pipeline.run().prompts == summary.prompts
    rejudged = CliRunner().invoke(main, ["run", str(tmp_path / "p.yaml"), "--workers", "0"])
    assert rejudged.exit_code == 0, rejudged.output
    # Asked outright, `check` still says that the server is gone.
    assert CliRunner().invoke(main, ["check", str(tmp_path / "p.yaml")]).exit_code == 1


def test_a_server_that_fails_at_everything_stops_the_run(tmp_path: Path) -> None:
    write_demo_dump(tmp_path / "dump.parquet", conversations=20)
    with openai_server() as server:
        server.plan = Down(every=1)
        file = pipeline_file(tmp_path, server.url)
        told = CliRunner().invoke(main, ["run", str(file)])
        assert told.exit_code == 1
        assert "error: checkpoint m at http" in told.output
        assert "not ready (HTTP 500)" in told.output
        assert SECRET_WORDS not in told.output
        server.plan = {}
        assert load_pipeline(file).run().failures == ()
