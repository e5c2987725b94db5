"""Two models' logs of one task in Inspect: a dump, two recorded arms, and a judge's scores that are labels only where mapped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from logminer.api import load_pipeline
from logminer.errors import ConfigError, SourceError
from logminer.store.session import open_session
from tests.kit.inspect_logs import sample, write_log

Record = dict[str, Any]
N = 8
PIPELINE = """
study: study
source: {path: logs/a.eval}
checkpoints:
  - {name: a, kind: recorded, path: logs, model: lab/a, samples: all}
  - {name: b, kind: recorded, path: logs, model: lab/b, samples: all}
judge:
  scorers: [{kind: recorded, category: refusal, column: audit_judge.eval_awareness, yes_from: 4LABELS}]
workers: 0
"""


def asked(number: int) -> Record:
    return {"role": "user", "content": f"What is {number} times {number}?", "source": "input"}


def samples(model: str, epochs: int = 2) -> list[Record]:
    """Of each task two epochs; of the last three one was not scored, one is an audit with other words, and one failed."""
    found = []
    for epoch in range(1, epochs + 1):
        for i in range(N):
            said = [asked(i), {"role": "assistant", "content": f"{model} says {i * i}"}]
            value: Any = {"eval_awareness": 4 if (i + epoch + (model == "b")) % 2 else 3.5}
            fields: Record = {"uuid": f"{model}-{i}-{epoch}"}
            if i == N - 3:
                value = float("nan")
            if i == N - 2:
                said = [
                    *said,
                    {"role": "user", "content": f"{model} {epoch}, really?"},
                    {"role": "assistant", "content": "yes"},
                ]
            if i == N - 1:
                fields["error"] = {"message": "boom", "traceback": ""}
            scores = {"audit_judge": {"value": value}}
            found.append(sample(i, *said, epoch=epoch, scores=scores, **fields))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for model in ("a", "b"):
        write_log(tmp_path / "logs" / model, samples(model), model=f"lab/{model}", eval_id=model)
    # The same task over other data: its ids stand for other prompts, and none of them is asked.
    scores = {"audit_judge": {"value": {"eval_awareness": 9}}}
    said = {"role": "assistant", "content": "no"}
    others = [sample(i, asked(i + 100), said, scores=scores) for i in range(N - 2)]
    write_log(tmp_path / "logs" / "c", others, model="lab/a", eval_id="c")
    return tmp_path


def pipeline(folder: Path, labels: str) -> Path:
    file = folder / f"p{len(labels)}.yaml"
    file.write_text(PIPELINE.replace("LABELS", labels))
    return file


def test_the_arms_of_two_logs_are_compared_by_what_a_judge_scored(folder):
    load_pipeline(pipeline(folder, ", labels: judge")).run()
    with open_session(folder / "study") as session:
        states = session.columns(
            "SELECT checkpoint, state, count(*) AS n FROM responses GROUP BY ALL ORDER BY ALL"
        ).to_pylist()
        labels = session.columns(
            "SELECT checkpoint, label, count(*) AS n FROM judgements JOIN responses USING (response_id)"
            " WHERE scorer = 'recorded' AND checkpoint <> 'logged' GROUP BY ALL ORDER BY ALL"
        ).to_pylist()
    told = {(row["checkpoint"], row["state"]): row["n"] for row in states}
    # Both epochs of a sample are samples of an answer to each of the two prompts that ask it.
    assert told["a", "answered"] == told["b", "answered"] == 2 * 2 * (N - 1)
    assert told["a", "error"] == told["b", "error"] == 2 * 2
    found = {(row["checkpoint"], row["label"]): row["n"] for row in labels}
    assert found["a", "yes"] == found["b", "yes"] == 2 * (N - 2)
    assert found["a", "unparsable"] == found["b", "unparsable"] == 2 * 2


def test_whose_scores_they_are_has_to_be_said(folder):
    with pytest.raises(
        ConfigError, match=r"'audit_judge.eval_awareness' of .* say `labels: judge`"
    ):
        load_pipeline(pipeline(folder, "")).check()


def test_an_arm_needs_the_scores_of_its_own_logs_alone(folder):
    logs = folder / "logs"
    write_log(logs / "d", [], model="lab/a", eval_id="d")  # failed at its start
    write_log(logs / "e", [sample(0, asked(200))], model="lab/e", eval_id="e")  # not scored
    load_pipeline(pipeline(folder, ", labels: judge")).check()
    other = folder / "other.yaml"
    other.write_text((pipeline(folder, ", labels: judge")).read_text().replace("lab/b", "lab/e"))
    with pytest.raises(SourceError, match=r"e.eval: no column 'audit_judge.eval_awareness'"):
        load_pipeline(other).check()


def test_samples_are_told_apart_by_what_they_are_and_not_by_how_they_ended(folder):
    again = sample(0, asked(0), error={"message": "boom", "traceback": ""}, uuid="again")
    write_log(folder / "logs" / "b0", [again], model="lab/b", eval_id="b0")
    file = pipeline(folder, ", labels: judge")
    file.write_text(file.read_text().replace("lab/b, samples: all", "lab/b, where: {epoch: 1}"))
    with pytest.raises(SourceError, match=r"pick rows, as in where: \{eval_id: ...\}"):
        load_pipeline(file).check()
