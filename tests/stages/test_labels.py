"""Labels recorded beside answers."""

from __future__ import annotations

import pickle
from pathlib import Path

import pyarrow as pa
import pytest

from logminer.checkpoints.base import Prompt, Sampling
from logminer.errors import SourceError
from logminer.ids import response_id
from logminer.schemas import LABELS, PROMPTS
from logminer.stages.labels import Labels
from tests.kit.recordings import answers_of, keys, prompt, recorded, sampled, table, write


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGMINER_KEY", "ab" * 32)


def labels(path: Path, columns: tuple[str, ...], **options: object) -> Labels:
    checkpoint = recorded(path, **options)
    known = dict.fromkeys(columns, ("greedy", "nucleus", "number", "true", "yes"))
    return Labels(checkpoint=checkpoint, columns=known, project="p", key_id=keys().key_id)


def prompts(*asked: Prompt) -> pa.RecordBatch:
    rows = [
        {
            "prompt_id": one.prompt_id,
            "conversation_id": "c",
            "user_id": None,
            "split": "inference",
            "turn_index": 0,
            "n_redacted": 0,
            "messages": [],
            "language": "en",
            "attributes": [],
            "redactions": [],
            "source_key": one.source_key,
            "content_key": one.content_key,
        }
        for one in asked
    ]
    return pa.RecordBatch.from_pylist(rows, schema=PROMPTS.schema)


def test_labels_belong_to_the_answers_that_replay_gives(tmp_path):
    path = write(tmp_path / "a.parquet", table())
    asked = [prompt("p3", ""), prompt("unknown", "unknown"), prompt(None, "text 2")]
    made = labels(path, ("grade", "safe"), model="a").open()(prompts(*asked))
    made.validate(full=True)
    ids = [response_id(asked[i].prompt_id, "arm", 0) for i in (0, 2)]
    assert [tuple(row.values()) for row in made.to_pylist()] == [
        (ids[0], "grade", "1.5"),
        (ids[0], "safe", "true"),
        (ids[1], "grade", "1"),
        (ids[1], "safe", "true"),
    ]


def test_each_sample_has_its_own_labels(tmp_path):
    path = write(tmp_path / "a.parquet", sampled())
    stage = labels(path, ("sampling_config", "sample_idx", "when"), samples="all")
    asked = prompt("p1", "")
    rows = stage.open()(prompts(asked)).to_pylist()
    found = {(row["response_id"], row["column"]): row["value"] for row in rows}
    [samples] = answers_of(stage.checkpoint.open(Sampling(), keys()), [asked])
    for index, answer in enumerate(samples):
        here = response_id(asked.prompt_id, "arm", index)
        told = f"{found[here, 'sampling_config']} {found[here, 'sample_idx']} says 1"
        assert told == answer.response


def test_labels_obey_the_laws_of_a_stage(tmp_path):
    path = write(tmp_path / "a.parquet", table(n=20))
    stage = labels(path, ("grade",), model="b")
    assert pickle.loads(pickle.dumps(stage)) == stage
    assert stage.label == "labels.arm"
    opened = stage.open()
    empty = opened(prompts())
    assert (empty.num_rows, empty.schema.equals(LABELS.schema)) == (0, True)
    batch = prompts(*(prompt(f"p{i}", "") for i in range(20)))
    whole = opened(batch).to_pylist()
    assert whole == opened(batch.slice(0, 7)).to_pylist() + opened(batch.slice(7)).to_pylist()
    assert whole == stage.open()(batch).to_pylist()


def test_a_label_column_that_is_not_there(tmp_path):
    path = write(tmp_path / "a.parquet", table())
    with pytest.raises(SourceError, match=r"no column 'harm'; it has grade, model"):
        labels(path, ("harm",), model="a").open()


def test_null_labels_are_null_and_text_is_lower_case(tmp_path):
    rows = [{"prompt_id": i, "response": "r", "label": v} for i, v in (("x", "YES"), ("y", None))]
    path = write(tmp_path / "a.parquet", rows)
    made = labels(path, ("label",)).open()(prompts(prompt("x", ""), prompt("y", "")))
    assert made["value"].to_pylist() == ["yes", None]


def test_only_values_that_a_scorer_knows_are_kept(tmp_path):
    values = [
        "YES ",
        "3.0",
        "Anna Kowalska called +48 601 234 567",
        "4111111111111111",
        "no idea",
        "2",
    ]
    rows = [{"prompt_id": f"p{i}", "response": "r", "label": v} for i, v in enumerate(values)]
    path = write(tmp_path / "a.parquet", rows)
    asked = prompts(*(prompt(f"p{i}", "") for i in range(len(values))))

    def kept(*known: str) -> list[str | None]:
        stage = labels(path, ("label",)).model_copy(update={"columns": {"label": known}})
        return list(stage.open()(asked)["value"].to_pylist())

    assert kept("yes", "3.0") == ["yes ", "3.0", None, None, None, None]
    assert kept("number") == [None, "3.0", None, None, None, "2"]


def test_a_model_column_of_words_is_not_quoted(tmp_path):
    rows = [{"prompt_id": "p", "response": "r", "model": "Call me, says Anna: 601 234 567"}]
    rows.append({"prompt_id": "q", "response": "r", "model": "old-7b"})
    with pytest.raises(SourceError, match="it has old-7b, and 1 values that look like") as error:
        recorded(write(tmp_path / "a.parquet", rows), model="new").check()
    assert "Anna" not in str(error.value)
