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
    beside = [
        {"I am Jocasta": "x", "about": {"Jocasta said": "y", "tier": tier}}
        for tier in ("gold", "tin")
    ]
    path = write(tmp_path / "c.jsonl", [row(n, "m") | one for n, one in enumerate(beside)])
    for output in (told(path), json.dumps(looked(path))):
        assert "about.tier" in output
        assert "Jocasta" not in output


def test_a_field_with_a_point_in_its_name_cannot_be_kept(tmp_path: Path) -> None:
    about = [{"llm.name": "m", "tier": "gold"}, {"llm.name": "m", "tier": None}]
    talks = [row(n, "m")["messages"] for n in range(2)]
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"messages": talks, "about": about}), path)
    assert [one["name"] for one in looked(path)["attributes"]] == ["about.tier"]


def test_pairs_come_with_their_two_arms(tmp_path: Path) -> None:
    pairs = [{"prompt": f"{SECRET} {n}?", "chosen": "yes", "rejected": "no"} for n in range(4)]
    path = write(tmp_path / "pairs.jsonl", pairs)
    output = told(path, "--write", tmp_path / "below" / "p.yaml")
    assert "answers recorded in each row: rejected, chosen" in output
    pipeline = load_pipeline(tmp_path / "below" / "p.yaml")
    checked = pipeline.check()
    assert checked.pairs == [("rejected", "chosen")]
    assert [one.matched for one in checked.matched] == [4, 4]


def test_a_table_of_messages_is_opened_by_what_the_error_says(tmp_path: Path) -> None:
    path = tmp_path / "my chats.csv"
    lines = [f"c{n},{who},{SECRET} {n}" for n in range(3) for who in ("customer", "agent")]
    path.write_text("\n".join(("chat_id,speaker,text", *lines)))
    options = "--group-by chat_id --column role=speaker --column content=text"
    assert options in told(path, exit_code=1)
    output = told(path, *options.split())
    assert "agent 3, customer 3; say which role each is" in output
    assert "roles: {customer: user}" in output
    assert "# roles: {agent: …, customer: …}" in output
    assert "no answers" not in output
    roles = ("--role", "customer=user", "--role", "agent=assistant")
    out = tmp_path / "p.yaml"
    told(path, *options.split(), *roles, "--write", out)
    pipeline = load_pipeline(out)
    assert pipeline.file.source.roles == {"customer": "user", "agent": "assistant"}
    assert (pipeline.check().rows, pipeline.check().unreadable) == (3, {})


def test_languages_without_a_model_are_told_of_and_those_that_have_none_left_out(
    tmp_path: Path,
) -> None:
    spoken = ["English", "Japanese", "Turkish"]
    path = write(tmp_path / "d.jsonl", [row(n, "m", language=spoken[n % 3]) for n in range(30)])
    output = told(path)
    assert "no spaCy model for ja, tr: 20 conversations (66.7%) are rejected" in output
    assert "anonymise: {languages: [en, ja]}" in output
    assert "python -m spacy download ja_core_news_sm" in output
    assert "tr_core" not in output


def test_what_is_proposed_can_be_used_as_it_is(tmp_path: Path) -> None:
    """No key that has to be deleted first, no stratum by who gave the logged answer."""
    path = write(tmp_path / "talks.jsonl", [row(n, ["a", "b"][n // 2 % 2]) for n in range(8)])
    out = tmp_path / "a b.yaml"
    assert f"logminer check '{out}'" in told(path, "--write", out)
    assert load_pipeline(out).file.compare.strata == ("language", "tier")
    arm = '  - {name: sft,  kind: recorded, path: "talks.jsonl", model: a}'
    lines = out.read_text().replace("# checkpoints:", "checkpoints:").splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("#   - {name: sft"))
    out.write_text("\n".join([*lines[:at], arm, *lines[at + 1 :]]))
    assert [one.name for one in load_pipeline(out).file.checkpoints] == ["sft"]


def test_what_is_no_dump_is_told_as_what_it_is(tmp_path: Path) -> None:
    study = tmp_path / "study"
    (study / "parts").mkdir(parents=True)
    for name in ("study.duckdb", "contents.json"):
        (study / name).write_text("{}")
    assert "part of the study in this folder" in told(study, exit_code=1)
    file = tmp_path / "p.yaml"
    file.write_text("study: s")
    assert "a pipeline file, and no dump; logminer check takes it" in told(file, exit_code=1)
    path = write(tmp_path / "a.jsonl", [row(1, "m")])
    output = told(path, "--arm", f"old={tmp_path / 'nope.jsonl'}", exit_code=1)
    assert "nope.jsonl: no such file or folder" in output
    output = told(path, "--role", "customer=boss", exit_code=1)
    assert "source: roles.customer: " in output
    output = told(path, "--write", path / "p.yaml", exit_code=1)
    assert "p.yaml: cannot be written (" in output


def test_what_can_be_kept_is_counted_over_all_files(tmp_path: Path) -> None:
    """A value may be the same in each file and another in the next."""
    for name, n, more in (("a", 6, {"part": "x"}), ("b", 4, {"part": "y"}), ("c", 2, {})):
        write(tmp_path / f"{name}.jsonl", [row(i, "m", conversation_id=f"{name}{i}", **more) for i in range(n)])  # fmt: skip
    kept = {one["name"]: one for one in looked(tmp_path)["attributes"]}
    assert (kept["part"]["values"], kept["part"]["null"]) == (2, pytest.approx(1 / 6))
