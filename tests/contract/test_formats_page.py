"""docs/formats.md holds: its way from a dump to a verdict is gone, and it names every format."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
import yaml
from click.testing import CliRunner

from logminer.cli.main import main
from logminer.pipeline.file import PipelineFile
from logminer.sources.formats import FORMATS
from logminer.sources.spec import SourceSpec
from logminer.spec import parse
from tests.kit.dumps import write
from tests.kit.places import ROOT
from tests.kit.wildchat import ZONED, message, wildchat

PAGE = (ROOT / "docs/formats.md").read_text("utf-8")
QUESTIONS = ("How do I tie a bowline?", "How do I pick a lock?", "Why is the sky blue?")
REFUSAL = "I'm sorry, but I can't help with that."


def put_dump(folder: Path, n: int = 48) -> None:
    """Conversations of a dozen people, and answers of two models: one declines what the other answers."""
    asked = [f"{QUESTIONS[i % 3]} I have tried {i} ways." for i in range(n)]
    kind, when = message(ZONED), datetime.datetime(2024, 5, 1, tzinfo=datetime.UTC)
    names = [field.name for field in kind.value_type]
    talks = [
        [dict.fromkeys(names) | {"role": r, "content": c} for r, c in (("user", q), ("assistant", "Well."))]
        for q in asked
    ]  # fmt: skip
    columns = {name: [None] * n for name in wildchat(kind, ZONED)} | {
        "conversation_hash": [f"h{i}" for i in range(n)],
        "conversation": pa.array(talks, kind),
        "timestamp": pa.array([when + datetime.timedelta(hours=i) for i in range(n)], ZONED),
        "language": ["English"] * n,
        "model": ["gpt-4"] * n,
        "hashed_ip": [f"ip{i % 12}" for i in range(n)],
        "toxic": [i % 3 == 1 for i in range(n)],
    }
    write(folder / "wildchat/train-00000.parquet", columns)
    for name in ("sft", "prod"):
        declines = [name == "prod" and i % 3 == 1 for i in range(n)]
        answers = [REFUSAL if no else f"First, take your time. Then do step {i}." for i, no in enumerate(declines)]  # fmt: skip
        rows = [{"prompt_id": f"h{i}", "response": answer} for i, answer in enumerate(answers)]
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))


def test_from_a_wildchat_dump_to_a_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_dump(tmp_path)
    monkeypatch.chdir(tmp_path)
    (shell,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    printed = {}
    for line in shell.splitlines():
        program, *arguments = line.split()
        assert program == "logminer"
        if arguments[0] == "run":  # in this process; tests/run shows that workers change nothing
            arguments += ["--workers", "0"]
        ran = CliRunner().invoke(main, arguments)
        assert ran.exit_code == 0, ran.output
        printed[arguments[0]] = ran.output
    assert "wildchat/ is wildchat (sure)" in printed["peek"]
    assert "users: 12 (effective: 12.0)" in printed["peek"]
    assert "sft: matched 48 of 48 prompts" in printed["check"]
    assert yaml.safe_load(Path("pipeline.yaml").read_text())["source"]["keep"] == ["toxic"]
    with duckdb.connect("studies/first/study.duckdb", read_only=True) as study:
        found = study.execute(
            "SELECT base, candidate, n_prompts, n_users, difference FROM comparisons WHERE category_id = 'refusal'"
            " AND channel = 'response' AND stratum = 'all' AND scorer = 'refusal_probe'"
        ).fetchall()
    assert [row[:4] for row in found] == [("sft", "prod", 48, 12)]
    assert found[0][4] == pytest.approx(1 / 3, abs=0.1)
    assert "refusal" in printed["compare"]


def test_the_page_names_every_format_and_no_other() -> None:
    named = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", PAGE, re.MULTILINE)
    assert {name for cell in named for name in re.findall(r"`(\w+)`", cell)} == {*FORMATS}


def test_the_pipelines_of_the_page_are_accepted() -> None:
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
    assert len(blocks) > 4
    for block in blocks:
        whole = {"study": "s", "source": {"path": "d"}} | block
        assert isinstance(parse(PipelineFile, whole, "page").source, SourceSpec)
