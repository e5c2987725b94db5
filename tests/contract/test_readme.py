"""The README: short, it names every verb, and its ten lines lead from a dump to a report."""

from __future__ import annotations

import datetime
import json
import re
import shlex
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
import yaml
from click.testing import CliRunner

from logminer.cli.main import VERBS, main
from tests.kit.dumps import write
from tests.kit.places import ROOT
from tests.kit.wildchat import ZONED, message, wildchat

README = (ROOT / "README.md").read_text("utf-8")
LONGEST = 150  # lines
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


def ten_lines() -> list[list[str]]:
    """The calls of logminer in the section of the ten lines."""
    section = README.partition("## Your WildChat dump")[2].partition("\n## ")[0]
    (shell,) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    lines = [shlex.split(line, comments=True) for line in shell.splitlines()]
    assert len(lines) == 10
    return [words[1:] for words in lines if words[0] == "logminer"]


def test_from_a_wildchat_dump_to_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_dump(tmp_path)
    monkeypatch.chdir(tmp_path)
    printed = {}
    for arguments in ten_lines():
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
    assert "refusal" in printed["compare"].lower()
    assert "refusal_probe: gained" in printed["show"]
    report = Path("report.html").read_text("utf-8")
    assert "not released" in report.lower()
    assert "different" in report


def test_the_quickstart_goes_the_same_way() -> None:
    page = (ROOT / "docs/quickstart.md").read_text("utf-8")
    section = page.partition("## 2.")[2].partition("\n## ")[0]
    (shell,) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    assert all(shlex.split(line)[1:] in ten_lines() for line in shell.splitlines())


def test_it_is_short_and_names_every_verb() -> None:
    assert len(README.splitlines()) <= LONGEST
    table = README.partition("## Verbs")[2].partition("\n## ")[0]
    first = " ".join(line.split("|")[1] for line in table.splitlines() if line.startswith("|"))
    assert {name.split()[0] for name in re.findall(r"`([^`]+)`", first)} == {*VERBS}


def test_what_has_to_pass_calls_the_tests_of_the_readme() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text()
