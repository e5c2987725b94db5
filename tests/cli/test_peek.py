"""`logminer peek`: what a dump is, told without a word of it, and a pipeline file that works."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from logminer.api import load_pipeline
from logminer.cli.main import main
from tests.kit.inspect_logs import sample, write_log

SECRET = "my name is Jocasta Quux"


def told(*arguments: str | Path, exit_code: int = 0) -> str:
    result = CliRunner().invoke(main, ["peek", *map(str, arguments)])
    assert result.exit_code == exit_code, result.output
    return result.output


def looked(*arguments: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(told(*arguments, "--json"))
    return found


def row(number: int, model: str, **more: Any) -> dict[str, Any]:
    said = [("user", f"{SECRET} {number}"), ("assistant", f"<think>hm</think>{model} {number}")]
    return {
        "conversation_id": f"{model}-{number}",
        "prompt_id": f"p{number}",
        "user_id": f"u{number % 3}",
        "model": model,
        "created_at": f"2026-03-0{1 + number % 9}T10:00:00Z",
        "language": ["English", "Jocasta"][number % 2],
        "messages": [{"role": role, "content": content} for role, content in said],
        "tier": ["free", "paid"][number % 2],
        "about": {"source": "web", "words": SECRET},
        **more,
    }


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    rows = [row(n, model) for n in range(60) for model in ("sft", "prod")]
    rows[7]["messages"] = [{"role": "customer", "content": SECRET}]
    return write(tmp_path / "talks.jsonl", rows)


def test_it_says_what_is_there_and_nothing_of_what_is_said(dump: Path) -> None:
    found = looked(dump)
    assert (found["format"], found["rows"], found["looked_at"], found["whole"]) == (
        "conversations",
        120,
        120,
        True,
    )
    assert (found["turns"], found["answers"], found["thoughts"]) == (119, 119, 119)
    assert found["unreadable"] == {"unknown_role": 1}
    assert (found["users"], found["users_effective"]) == (3, pytest.approx(3))
    assert found["models"] == {"sft": 60, "prod": 60}
    assert found["languages"] == {"en": 60, "other": 60}
    assert found["first"].startswith("2026-03-01")
    assert found["repeated_prompts"] == 120
    kept = {one["name"]: one["values"] for one in found["attributes"]}
    assert kept == {"model": 2, "language": 2, "tier": 2, "about.source": 1, "about.words": 1}
    for output in (told(dump), json.dumps(found)):
        assert "Jocasta" not in output


def test_the_pipeline_that_it_writes_works(dump: Path, tmp_path: Path) -> None:
    out = tmp_path / "pipeline.yaml"
    assert "next: logminer check" in told(dump, "--write", out)
    pipeline = load_pipeline(out)
    assert pipeline.file.source.where == {"model": "sft"}
    assert [(c.name, c.model_name) for c in pipeline.file.checkpoints] == [
        ("sft", "sft"),
        ("prod", "prod"),
    ]
    checked = pipeline.check()
    assert (checked.rows, [m.matched for m in checked.matched]) == (60, [60, 59])
    assert "is there already" in told(dump, "--write", out, exit_code=1)
    answers = write(tmp_path / "a.jsonl", [{"prompt_id": "p1", "response": "yes"}])
    told(dump, "--arm", f"old={answers}", "--write", tmp_path / "other.yaml")
    (arm,) = load_pipeline(tmp_path / "other.yaml").file.checkpoints
    assert arm.name == "old"


def test_what_is_missing_is_told_with_what_it_costs(tmp_path: Path) -> None:
    path = write(tmp_path / "bare.jsonl", [{"messages": row(n, "m")["messages"]} for n in range(5)])
    missing = " ".join(looked(path)["missing"])
    for word in ("no user: standard errors count each", "no time", "no language", "no model"):
        assert word in missing
    one = write(tmp_path / "one.jsonl", [row(n, "m", user_id="me") for n in range(5)])
    assert "one user for all conversations" in " ".join(looked(one)["missing"])


def test_what_cannot_be_known_is_named(tmp_path: Path) -> None:
    odd = write(tmp_path / "odd.jsonl", [{"a": SECRET}])
    output = told(odd, exit_code=1)
    assert "no known format: it has a." in output
    assert SECRET not in output
    write(tmp_path / "paired.jsonl", [{"prompt_id": "p", "prompt_messages": [], "response": "x"}])
    write(tmp_path / "a.jsonl", [row(1, "m")])
    output = told(tmp_path / "[ap]*.jsonl", exit_code=1)
    assert "paired.jsonl: it is of format paired, and the first file of" in output
    assert "takes NAME=VALUE, not 'role'" in told(odd, "--column", "role", exit_code=2)


def test_logs_of_several_epochs_become_samples_of_prompts_that_are_read_once(
    tmp_path: Path,
) -> None:
    """And what scorers say, or how a sample ended, is proposed as no stratum."""
    for model in "ab":
        found = [
            sample(
                i,
                {"role": "user", "content": f"what is {i}", "source": "input"},
                {"role": "assistant", "content": f"{model} {i} {epoch}"},
                epoch=epoch,
                uuid=f"{model}{i}{epoch}",
                stop=("stop", "max_tokens")[i % 2],
                metadata={"kind": "xy"[i % 2]},
                scores={"judge": {"value": i % 3}},
            )
            for epoch in (1, 2)
            for i in range(6)
        ]
        write_log(tmp_path / "logs" / model, found, model=f"lab/{model}", eval_id=model)
    out = tmp_path / "pipeline.yaml"
    assert "50% of conversations answer a prompt that the same model" in told(
        tmp_path / "logs", "--write", out
    )
    pipeline = load_pipeline(out)
    assert pipeline.file.source.where == {"model": "lab/a", "epoch": 1}
    assert pipeline.file.compare.strata == ("metadata.kind",)
    checked = pipeline.check()
    assert (checked.rows, [m.matched for m in checked.matched]) == (6, [6, 6])


def test_names_that_may_be_texts_are_not_told(tmp_path: Path) -> None:
    bare = tmp_path / "a.csv"
    bare.write_text("c1,user,I am Jocasta Quillfeather\nc1,assistant,hello\n")
    keyed = tmp_path / "b.json"
    keyed.write_text(json.dumps({"I am Jocasta": {"answer": "x"}, "n": 1}))
    for path, options in ((bare, ()), (bare, ("--group-by", "chat")), (keyed, ())):
        output = told(path, *options, exit_code=1)
        assert "1 more, whose names may be texts" in " ".join(output.split())
        assert "Jocasta" not in output
    beside = {"I am Jocasta": "x", "about": {"Jocasta said": "y", "tier": "gold"}}
    path = write(tmp_path / "c.jsonl", [row(n, "m") | beside for n in range(3)])
    for output in (told(path), json.dumps(looked(path))):
        assert "about.tier" in output
        assert "Jocasta" not in output


def test_both_sides_of_pairs_are_arms(tmp_path: Path) -> None:
    pairs = [
        {"prompt": f"question {n}", "chosen": f"a {n}", "rejected": f"b {n}", "language": code}
        for n, code in enumerate(["en", "en", "de"])
    ]
    path = write(tmp_path / "a.jsonl", pairs)
    told(path, "--write", tmp_path / "p.yaml")
    pipeline = load_pipeline(tmp_path / "p.yaml")
    assert [c.name for c in pipeline.file.checkpoints] == ["rejected", "chosen"]
    assert pipeline.file.compare.strata == ("language",)
    assert [m.matched for m in pipeline.check().matched] == [3, 3]
    assert "no model" not in " ".join(looked(path)["missing"])


def test_a_field_with_a_point_in_its_name_cannot_be_kept(tmp_path: Path) -> None:
    about = [{"llm.name": "m", "tier": "gold"}, {"llm.name": "m", "tier": None}]
    talks = [row(n, "m")["messages"] for n in range(2)]
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"messages": talks, "about": about}), path)
    assert [one["name"] for one in looked(path)["attributes"]] == ["about.tier"]
