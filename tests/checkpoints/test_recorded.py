"""Recorded checkpoints and the labels that come with them."""

from __future__ import annotations

import json
import pickle
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from logminer.checkpoints.base import Answer, Answerer, Prompt, Sampling
from logminer.checkpoints.recorded import Recorded
from logminer.errors import ConfigError, SourceError
from logminer.ids import Pseudonyms, load_key, response_id
from logminer.schemas import LABELS, PROMPTS
from logminer.stages.labels import Labels

MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
NOTHING = Answer(None, error="no_recorded_answer")


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGMINER_KEY", "ab" * 32)


def keys() -> Pseudonyms:
    return Pseudonyms(load_key(), "p")


def ask(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def prompt(source: str | None, text: str) -> Prompt:
    key = keys().source_key(source) if source is not None else None
    return Prompt(f"{source}/{text}", [], key, keys().content_key([("user", text)]))


def write(path: Path, rows: list[dict[str, object]], **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".jsonl":
        path.write_text("\n\n".join(json.dumps(row) for row in rows) + "\n")
    else:
        names = dict.fromkeys(name for row in rows for name in row)
        columns = {name: [row.get(name) for row in rows] for name in names}
        if "prompt_messages" in columns:
            columns["prompt_messages"] = pa.array(columns["prompt_messages"], MESSAGES)
        pq.write_table(pa.table(columns), path, **options)
    return path


def recorded(path: Path, **options: object) -> Recorded:
    return Recorded(name="arm", path=str(path), **options)


def answers(path: Path, *prompts: Prompt, **options: object) -> list[list[Answer]]:
    checkpoint = recorded(path, **options)
    checkpoint.check()
    return answers_of(checkpoint.open(Sampling(), keys()), prompts)


def answers_of(opened: Answerer, prompts: Sequence[Prompt]) -> list[list[Answer]]:
    found: list[list[Answer]] = [[] for _ in prompts]
    for place, sample, answer in opened.answer(prompts):
        assert sample == len(found[place])
        found[place].append(answer)
    return found


def refusal(path: Path, **options: object) -> str:
    with pytest.raises((SourceError, ConfigError)) as caught:
        recorded(path, **options).check()
    with pytest.raises((SourceError, ConfigError)):
        recorded(path, **options).open(Sampling(), keys())
    assert "\n" not in str(caught.value)
    return str(caught.value)


def table(models: tuple[str, ...] = ("a", "b"), n: int = 4) -> list[dict[str, object]]:
    return [
        {
            "prompt_id": f"p{i}",
            "prompt_messages": ask(f"text {i}"),
            "model": model,
            "response": f"{model} says {i}",
            "grade": i / 2,
            "safe": model == "a",
        }
        for i in range(n)
        for model in models
    ]


@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl"])
def test_answers_are_matched_by_id_and_else_by_the_prompt(tmp_path, name):
    path = write(tmp_path / name, table())
    asked = [
        prompt("p2", "other words"),
        prompt("unknown", "text 1"),
        prompt(None, " text 0\n"),
        prompt("unknown", "unknown"),
        prompt("p2", "text 2"),
    ]
    assert answers(path, *asked, model="b") == [
        [Answer("b says 2")],
        [Answer("b says 1")],
        [Answer("b says 0")],
        [NOTHING],
        [Answer("b says 2")],
    ]


def test_answers_come_from_any_row_group_in_any_order(tmp_path):
    path = write(tmp_path / "a.parquet", table(n=3000), row_group_size=700)
    opened = recorded(path, model="a").open(Sampling(), keys())
    for numbers in ([5, 2999, 0], range(100, 200), [1], range(2000, 2500), [3, 3]):
        found = answers_of(opened, [prompt(f"p{i}", "") for i in numbers])
        assert found == [[Answer(f"a says {i}")] for i in numbers]
    assert answers_of(opened, []) == []


def test_a_prompt_may_be_a_plain_column_and_columns_may_be_renamed(tmp_path):
    rows = [{"q": "one", "a": "1", "who": "m"}, {"q": "two", "a": "2", "who": "m"}]
    columns = {"prompt": "q", "response": "a", "model": "who"}
    path = write(tmp_path / "a.parquet", rows)
    assert answers(path, prompt(None, "two"), model="m", columns=columns) == [[Answer("2")]]
    assert "'answer' is none of" in refusal(path, columns={"answer": "a"})
    assert "no column 'b'" in refusal(path, columns={"prompt": "q", "response": "b"})


def test_folders_of_files(tmp_path):
    write(tmp_path / "d/1.parquet", table(("a",), 2))
    write(tmp_path / "d/2.jsonl", [{"prompt_id": "p9", "model": "a", "response": "nine"}])
    found = answers(tmp_path / "d", prompt("p9", ""), prompt("p1", ""), model="a")
    assert found == [[Answer("nine")], [Answer("a says 1")]]


def test_thoughts_from_a_column_or_inline_and_empty_answers(tmp_path):
    rows = [
        {"prompt_id": "a", "response": "<think>hm</think>said", "reasoning": None},
        {"prompt_id": "b", "response": "said", "reasoning": "hm"},
        {"prompt_id": "c", "response": None, "reasoning": "hm"},
        {"prompt_id": "d", "response": " ", "reasoning": None},
        {"prompt_id": "e", "response": "<think>never ends", "reasoning": None},
    ]
    path = write(tmp_path / "a.parquet", rows)
    assert answers(path, *(prompt(i, "") for i in "abcde")) == [
        [Answer("said", "hm")],
        [Answer("said", "hm")],
        [Answer(None, "hm", error="empty_answer")],
        [Answer(None, error="empty_answer")],
        [Answer(None, "never ends", error="empty_answer")],
    ]


def test_models_and_columns_that_are_not_there(tmp_path):
    path = write(tmp_path / "a.parquet", table())
    assert "no rows of model 'c'; it has a, b" in refusal(path, model="c")
    assert "no rows have where: {grade: 7}" in refusal(path, model="a", where={"grade": 7})
    assert "no column 'sample'" in refusal(path, where={"sample": 0})
    assert "grade, model, prompt_id, prompt_messages, response, safe" in refusal(
        path, where={"x": 0}
    )
    assert "no column 'model'" in refusal(
        write(tmp_path / "b.parquet", [{"prompt_id": "p", "response": "r"}]), model="a"
    )
    assert "'response'" in refusal(
        write(tmp_path / "c.parquet", [{"prompt_id": "p", "answer": "r"}])
    )
    assert "'prompt_id' or" in refusal(
        write(tmp_path / "d.parquet", [{"id": "p", "response": "r"}])
    )
    assert "no such file" in refusal(tmp_path / "e.parquet")
    (tmp_path / "f.jsonl").write_text('{"prompt_id": 1}\nnot json\n')
    assert "line 2 is not JSON" in refusal(tmp_path / "f.jsonl")


def sampled() -> list[dict[str, object]]:
    return [
        {
            "prompt_id": f"p{i}",
            "prompt_messages": ask(f"text {i}"),
            "model": "a",
            "response": f"{config} {sample} says {i}",
            "sample_idx": sample,
            "sampling_config": config,
            "when": "same",
        }
        for i in range(3)
        for config in ("greedy", "nucleus")
        for sample in range(2)
    ]


def test_several_rows_for_one_prompt_name_what_tells_them_apart(tmp_path):
    path = write(tmp_path / "a.parquet", sampled())
    message = refusal(path)
    assert "differ in sample_idx, sampling_config;" in message
    assert "where" in message
    assert "a.parquet row 0, " in message
    assert "a.parquet row 1)" in message
    assert "differ in sampling_config;" in refusal(path, where={"sample_idx": 0})
    where = {"sample_idx": 0, "sampling_config": "nucleus"}
    assert answers(path, prompt("p1", ""), where=where) == [[Answer("nucleus 0 says 1")]]
    assert "name one model" in refusal(write(tmp_path / "b.parquet", table()))
    bare = [{"prompt_id": "p", "response": "1"}, {"prompt_id": "p", "response": "2"}]
    assert "differ in response;" in refusal(write(tmp_path / "c.parquet", bare))


def test_all_samples_in_file_order(tmp_path):
    path = write(tmp_path / "a.parquet", sampled())
    (found,) = answers(path, prompt("p1", ""), samples="all", where={"sampling_config": "greedy"})
    assert found == [Answer("greedy 0 says 1"), Answer("greedy 1 says 1")]


@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl"])
def test_rows_that_are_alike_count_once(tmp_path, name):
    path = write(tmp_path / name, table(("a",)) + table(("a",)))
    assert answers(path, prompt("p1", ""), prompt(None, "text 2")) == [
        [Answer("a says 1")],
        [Answer("a says 2")],
    ]


def test_one_id_for_several_texts_is_settled_by_the_text(tmp_path):
    rows = [
        {"prompt_id": "p", "prompt_messages": ask("one"), "model": "a", "response": "to one"},
        {"prompt_id": "p", "prompt_messages": ask("two"), "model": "b", "response": "to two"},
    ]
    path = write(tmp_path / "a.parquet", rows)
    asked = [prompt("p", "one"), prompt("p", "two")]
    assert answers(path, *asked, model="a") == [[Answer("to one")], [NOTHING]]
    assert answers(path, *asked, model="b") == [[NOTHING], [Answer("to two")]]


def test_the_same_words_under_several_ids_are_one_answer(tmp_path):
    rows = [{"prompt_id": i, "prompt_messages": ask("hi"), "response": i} for i in ("x", "y")]
    path = write(tmp_path / "a.parquet", rows)
    found = answers(path, prompt(None, "hi"), prompt("y", "hi"))
    assert found == [[Answer("x")], [Answer("y")]]


def test_it_is_named_by_what_the_files_hold(tmp_path):
    one = recorded(write(tmp_path / "x/a.parquet", table()), model="a")
    same = recorded(write(tmp_path / "y/a.parquet", table()), model="a")
    other = recorded(write(tmp_path / "z/a.parquet", table(n=5)), model="a")
    assert one.options() == same.options() != other.options()
    assert pickle.loads(pickle.dumps(one)) == one
    assert not one.own_process
    assert one.model_name == "a"
    relative = Recorded(name="arm", path="x/a.parquet").rooted(tmp_path)
    assert relative.path == one.path


# --- labels


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
