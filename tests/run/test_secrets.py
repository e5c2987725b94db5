"""Secrets of every kind, said, repeated, called with and echoed, are in no artefact of a study."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from click.testing import CliRunner

from logminer.api import load_pipeline
from logminer.cli.main import main
from tests.kit.planting import files_with
from tests.kit.secrets import Secret, secrets

PIPELINE = """
study: study
project: secrets
source: {path: "dump.parquet", keep: [note]}
checkpoints:
  - {name: echo, kind: scripted, replies: ["You said: {prompt}"], thoughts: "So: {prompt}"}
  - {name: old, kind: recorded, path: answers.parquet, model: old}
judge:
  taxonomy: refusal
  scorers:
    - rules
    - {kind: autorater, categories: [refusal], judge: {name: j, kind: scripted, family: j, replies: ['{"label": "no", "reason": "{prompt}"}']}}
compare: {pairs: [[echo, old]]}
workers: 0
"""
FAR = '  - {name: far, kind: endpoint, url: "http://127.0.0.1:9/v1", model: m}\n'  # asked by batch only


def row(number: int, secret: Secret) -> dict[str, object]:
    calls = [{"id": "call_1", "type": "function", "function": {"name": "keep", "arguments": json.dumps({"text": secret.text, secret.text: 1})}}]  # fmt: skip
    messages = [
        {"role": "system", "content": f"You know this. {secret.text}"},
        {"role": "user", "content": f"Please keep it for me:\n{secret.text}"},
        {
            "role": "assistant",
            "content": f"I keep it. {secret.text}",
            "thoughts": f"They told me: {secret.text}",
            "tool_calls": json.dumps(calls),
        },
        {"role": "user", "content": f"How do I change it safely? {secret.text}"},
    ]
    fields = ("role", "content", "thoughts", "tool_calls")
    return {
        "conversation_id": f"c{number}",
        "user_id": f"u{number}",
        "prompt_id": f"p{number}",
        "language": "en",
        "messages": [{name: message.get(name) for name in fields} for message in messages],
        "note": secret.text if number % 2 else "plain",
    }


def write(folder: Path, planted: list[Secret]) -> Path:
    pq.write_table(
        pa.Table.from_pylist([row(n, s) for n, s in enumerate(planted)]), folder / "dump.parquet"
    )
    answers = [
        {"prompt_id": f"p{n}", "response": f"Sure. {s.text}", "thoughts": f"It is {s.text}", "model": "old"}
        for n, s in enumerate(planted)
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(answers), folder / "answers.parquet")
    file = folder / "p.yaml"
    file.write_text(PIPELINE)
    return file


def test_no_secret_is_left_in_parts_database_batches_and_votes(tmp_path: Path) -> None:
    planted = secrets(11)
    file = write(tmp_path, planted)
    load_pipeline(file).run()
    file.write_text(PIPELINE.replace("judge:", f"{FAR}judge:", 1))
    out = tmp_path / "batch.jsonl"
    exported = CliRunner().invoke(
        main, ["replay", "export", str(file), "--checkpoint", "far", "--out", str(out), "--json"]
    )
    assert exported.exit_code == 0, exported.output
    assert json.loads(exported.stdout)["requests"] > len(planted) * 0.9
    canaries = tmp_path / "canaries.txt"
    canaries.write_text("\n".join(s.value for s in planted if not s.value.isdigit()))
    for place in (tmp_path / "study", out):
        audited = CliRunner().invoke(
            main, ["audit", str(place), "--canaries", str(canaries), "--json"]
        )
        found = json.loads(audited.stdout)
        assert found["hits"] == [], place.name
        if place != out:  # a batch does not say what in it is a surrogate
            assert found["certain_finds"] == []
    needles = [s.value for s in planted if len(s.value) > 6]
    assert not files_with(needles, tmp_path / "study")
    assert not any(needle in out.read_text() for needle in needles)
