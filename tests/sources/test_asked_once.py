"""`answers: recorded`: a dump whose answers are several models', read for what was asked."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from logminer.errors import SourceError
from logminer.sources.spec import SourceSpec
from tests.kit.dumps import MESSAGES, dialogue, raw, said, write
from tests.kit.inspect_logs import sample, write_log


def table(path: Path, *rows: tuple[str | None, str, str]) -> Path:
    """(id of the prompt, model, question) → a dialogue that the model answered."""
    ids, models, asked = zip(*rows, strict=True)
    columns = {
        "conversation_id": [f"c{i}" for i in range(len(rows))],
        "prompt_id": pa.array(ids, pa.string()),
        "model": list(models),
        "messages": pa.array([dialogue(q, f"{m} on {q}") for _, m, q in rows], MESSAGES),
        "topic": [q[0] for q in asked],
    }
    return write(path, columns)


def test_each_prompt_is_read_once_without_anybody_s_answer(tmp_path: Path) -> None:
    rows = [(f"p{i}", model, f"question {i}") for model in ("a", "b") for i in range(3)]
    path = table(tmp_path / "x.parquet", *rows, ("p0", "c", "another question"))
    spec = SourceSpec(path=str(path), answers="recorded", keep=("topic",))
    assert (spec.check().rows, spec.has_answers()) == (4, False)
    found = raw(path, answers="recorded", keep=("topic",))
    asked = [("p0", "question 0"), ("p1", "question 1"), ("p2", "question 2")]
    asked.append(("p0", "another question"))
    assert [(row["prompt_id"], said(row)) for row in found] == [
        (key, [("user", text)]) for key, text in asked
    ]
    assert {(row["model"], row["problem"]) for row in found} == {(None, None)}
    assert len(raw(path)) == 7
    with pytest.raises(SourceError, match=r"source.keep: column 'model' differs"):
        SourceSpec(path=str(path), answers="recorded", keep=("model",)).check()


def test_without_ids_words_tell_prompts_apart_over_all_files(tmp_path: Path) -> None:
    for model in ("a", "b"):
        table(tmp_path / f"{model}.parquet", *((None, model, f"question {i}") for i in range(3)))
    assert len(raw(tmp_path, answers="recorded")) == 3


def test_a_sample_of_inspect_is_one_prompt_whatever_an_auditor_said_to_whom(tmp_path: Path) -> None:
    for model in ("a", "b"):
        given = {"role": "user", "content": "solve it", "source": "input"}
        led = {"role": "user", "content": f"go on, {model}"}
        answer = {"role": "assistant", "content": model}
        samples = [sample("x", given, answer), sample("y", led, answer)]
        write_log(tmp_path / model, samples, eval_id=model, model=f"lab/{model}")
    found = raw(tmp_path, answers="recorded")
    assert [row["prompt_id"] for row in found] == ["probe/x", "probe/y"]


def test_studies_of_before_keep_their_name() -> None:
    assert "answers" not in SourceSpec(path="x").options()
    assert SourceSpec(path="x", answers="recorded").options()["answers"] == "recorded"
