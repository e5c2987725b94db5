"""Recorded answers: matched to prompts, told apart, and named by what the files hold."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from logminer.checkpoints.base import Answer, Prompt, Sampling
from logminer.checkpoints.recorded import Recorded
from logminer.errors import ConfigError, SourceError
from logminer.messages.dialogue import turns_of
from logminer.sources.spec import SourceSpec
from tests.kit.recordings import answers_of, ask, keys, prompt, recorded, sampled, table, write

NOTHING = Answer(None, error="no_recorded_answer")


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGMINER_KEY", "ab" * 32)


def answers(path: Path, *prompts: Prompt, **options: object) -> list[list[Answer]]:
    checkpoint = recorded(path, **options)
    checkpoint.check()
    return answers_of(checkpoint.open(Sampling(), keys()), prompts)


def refusal(path: Path, **options: object) -> str:
    with pytest.raises((SourceError, ConfigError)) as caught:
        recorded(path, **options).check()
    with pytest.raises((SourceError, ConfigError)):
        recorded(path, **options).open(Sampling(), keys())
    assert "\n" not in str(caught.value)
    return str(caught.value)


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


def test_a_prompt_has_its_system_prompt_with_it_as_the_dump_has(tmp_path):
    path = tmp_path / "a.jsonl"
    row = {"prompt": "q", "response": "a", "system_prompt": "s"}
    write(path, [row, row | {"response": "b", "system_prompt": None}])
    turns = [
        turns_of(said["messages"])
        for piece in SourceSpec(path=str(path)).slices()
        for said in piece.read().to_pylist()
    ]
    asked = [Prompt("p", [], None, keys().content_key(one[:-1])) for one in turns]
    assert [len(one) for one in turns] == [3, 2]
    assert [found.response for (found,) in answers(path, *asked)] == ["a", "b"]


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


def test_a_file_that_numbers_its_prompts_otherwise_is_matched_by_their_words(tmp_path):
    rows = [
        {"prompt_id": str(i), "prompt_messages": ask(f"text {i + 1}"), "response": f"to {i + 1}"}
        for i in range(3)
    ]
    path = write(tmp_path / "a.parquet", rows)
    asked = [prompt(str(i), f"text {i}") for i in (1, 2, 3)]
    assert answers(path, *asked) == [[Answer(f"to {i}")] for i in (1, 2, 3)]
    assert answers(path, prompt("1", "text 1, cut")) == [[Answer("to 2")]]  # nowhere in the file


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


def test_folders_give_columns_of_answers(tmp_path):
    for model in "ab":
        rows = [{k: v for k, v in row.items() if k != "model"} for row in table((model,))]
        write(tmp_path / f"model={model}" / "x.parquet", rows)
        write(
            tmp_path / f"model={model}" / "y.jsonl", [row | {"prompt_id": "q"} for row in rows[:1]]
        )
    asked = [prompt("p2", "text 2"), prompt("q", "text 0")]
    assert answers(tmp_path, *asked, model="b") == [[Answer("b says 2")], [Answer("b says 0")]]
    assert answers(tmp_path, *asked, where={"model": "a"})[0] == [Answer("a says 2")]
    folder = recorded(tmp_path).options()
    (tmp_path / "model=b").rename(tmp_path / "model=c")
    assert recorded(tmp_path).options() != folder


def test_answers_of_other_types(tmp_path):
    rows = table(("a",), n=2)
    plain = pa.table({name: [row[name] for row in rows] for name in ("prompt_id", "response")})
    as_json = pa.array([json.dumps(row["response"]) for row in rows])
    for kind in (pa.binary(), pa.string_view(), pa.large_string(), "json"):
        column = (
            pa.ExtensionArray.from_storage(pa.json_(), as_json)
            if kind == "json"
            else pa.array([str(row["response"]).encode() for row in rows]).cast(kind)
        )
        ids = plain.column("prompt_id").cast(pa.binary())
        pq.write_table(pa.table({"prompt_id": ids, "response": column}), tmp_path / "a.parquet")
        assert answers(tmp_path, prompt("p1", "x")) == [[Answer("a says 1")]]


def test_answers_in_parts(tmp_path):
    """What DuckDB makes of JSON lines in which some answers are text and others are parts."""
    parts = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "in parts"}]
    rows = [{"prompt_id": "p0", "response": "plain"}, {"prompt_id": "p1", "response": parts}]
    rows.append({"prompt_id": "p2", "response": {"text": "in one part"}})
    rows.append({"prompt_id": "p3", "response": 3})
    lines = tmp_path / "a.jsonl"
    lines.write_text("\n".join(map(json.dumps, rows)))
    texts = pa.array([json.dumps(row["response"]) for row in rows])
    column = pa.ExtensionArray.from_storage(pa.json_(), texts)
    dump = tmp_path / "a.parquet"
    pq.write_table(
        pa.table({"prompt_id": [row["prompt_id"] for row in rows], "response": column}), dump
    )
    for path in (lines, dump):
        assert answers(path, *(prompt(f"p{i}", "x") for i in range(4))) == [
            [Answer("plain")],
            [Answer("in parts", "hm")],
            [Answer("in one part")],
            [Answer(None, error="malformed_answer")],
        ]


def test_a_doubled_column_is_refused_only_where_it_is_used(tmp_path):
    rows = table(("a",), n=2) * 2  # each twice, to be compared
    names = ("prompt_id", "response", "grade")
    whole = pa.table({name: [row[name] for row in rows] for name in names})
    for name in names:
        path = tmp_path / "a.parquet"
        pq.write_table(whole.append_column(name, whole.column(name)), path)
        used = {}
        if name == "grade":
            assert answers(path, prompt("p1", "x")) == [[Answer("a says 1")]]
            used = {"where": {"grade": 0.5}}
        assert f"several columns are named '{name}'" in refusal(path, **used)


def one_answer(path: Path, **row: object) -> Answer:
    write(path, [{"prompt_id": "p0", **row}])
    [[answer]] = answers(path, prompt("p0", "x"))
    return answer


SAYS = {"role": "assistant", "content": "a", "reasoning_content": "t"}


@pytest.mark.parametrize(
    "reply",
    [
        {"choices": [{"message": SAYS, "finish_reason": "length"}]},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "t"}, {"type": "text", "text": "a"}],
         "stop_reason": "max_tokens"},
        {"candidates": [{"content": {"parts": [{"text": "t", "thought": True}, {"text": "a"}]}, "finishReason": "MAX_TOKENS"}]},
        {"output": {"message": SAYS}, "stopReason": "max_tokens"},
        {"message": SAYS, "done_reason": "length"},
        {"object": "response", "status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "output": [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "t"}]},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a"}]}]},
        {"status_code": 200, "body": {"choices": [{"message": SAYS, "finish_reason": "length"}]}},
        {"type": "ai", "data": {"content": "a", "additional_kwargs": {"reasoning_content": "t"},
                                "response_metadata": {"finish_reason": "length"}}},
    ],
)  # fmt: skip
def test_whole_replies_of_any_provider_are_read(tmp_path, reply):
    assert one_answer(tmp_path / "a.parquet", response=reply)[:3] == ("a", "t", "length")
    assert one_answer(tmp_path / "a.jsonl", response=reply)[:3] == ("a", "t", "length")


@pytest.mark.parametrize(
    ("row", "state", "response"),
    [
        ({"response": json.dumps({"choices": [{"message": SAYS}]})}, "answered", "a"),
        ({"response": json.dumps(SAYS)}, "answered", "a"),
        ({"response": '{"content": "a", "n": 1}'}, "answered", '{"content": "a", "n": 1}'),
        ({"response": '[{"type": "bread"}]'}, "answered", '[{"type": "bread"}]'),
        ({"response": {"candidates": [{"finishReason": "SAFETY"}]}}, "content_filter", None),
        ({"response": {"promptFeedback": {"blockReason": "OTHER"}}}, "content_filter", None),
        ({"response": {"status_code": 400, "body": {"error": {"message": "x"}}}}, "refused_by_server", None),
        ({"response": {"choices": [{"delta": {"content": "a"}}]}}, "error", None),
        ({"response": {"unheard": "of"}}, "error", None),
        ({"response": "a", "error": False}, "answered", "a"),
        ({"response": None, "error": "None"}, "empty", None),
        ({"response": None, "error": "content_filter: blocked by policy"}, "content_filter", None),
        ({"response": None, "error": {"code": "x"}}, "error", None),
        ({"response": "a", "finish_reason": float("nan")}, "answered", "a"),
        ({"response": "", "tool_calls": "[]"}, "empty", None),
        ({"response": "", "finish_reason": "tool_calls"}, "tool_call", None),
    ],
)  # fmt: skip
def test_a_row_is_an_answer_or_says_why_it_is_none(tmp_path, row, state, response):
    answer = one_answer(tmp_path / "a.jsonl", **row)
    assert (answer.state, answer.response) == (state, response)


def test_a_column_beside_a_message_tells_what_the_message_does_not(tmp_path):
    said = {"role": "assistant", "content": "a", "thinking": None}
    assert one_answer(tmp_path / "a.parquet", response=said, thinking="t").thoughts == "t"


def test_prompts_of_which_none_can_be_read_are_told_with_the_mend(tmp_path):
    asked = [{"role": "customer", "content": "secret"}, {"role": "Walter", "content": "secret"}]
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"prompt_messages": asked, "response": "a"}))
    words = refusal(path)
    assert "unknown_role (customer 1, others 1; say which role each is" in words
    assert not {"secret", "walter"} & set(words.lower().split())
    recorded(path, roles={"customer": "user", "walter": "assistant"}).check()
