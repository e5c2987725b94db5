"""OpenAI's and TRL's files: messages, prompts with completions, and pairs of answers."""

from __future__ import annotations

import bz2
import datetime
import gzip
import json

import pyarrow as pa
import pyarrow.feather as feather
import pytest

from logminer.checkpoints.base import Prompt
from logminer.checkpoints.recorded import Recorded
from logminer.sources.spec import SourceSpec
from tests.kit.dumps import MESSAGES, dialogue, lines, raw, refusal, said, write
from tests.kit.recordings import answers_of, keys

CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
RECORD = {
    "id": "chatcmpl-1",
    "user": "u1",
    "created": 1_700_000_000,
    "model": "gpt-4o",
    "messages": [
        {"role": "developer", "content": "be brief"},
        {"role": "user", "content": [{"type": "text", "text": "look"}, {"type": "image_url"}]},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "content": "42", "tool_call_id": "c1"},
        {"role": "assistant", "content": None, "refusal": "no", "reasoning_content": "hm"},
    ],
    "metadata": {"user_id": "u2"},
}


def test_messages_of_every_kind(tmp_path):
    second = {"messages": RECORD["messages"], "metadata": {"user_id": "u2"}}
    path = lines(tmp_path / "a.jsonl", RECORD, second, {"messages": None})
    assert SourceSpec(path=str(path)).check().format == "messages"
    row, other, nothing = raw(path)
    assert said(row) == [
        ("system", "be brief"),
        ("user", "look\n[image]"),
        ("assistant", None),
        ("tool", "42"),
        ("assistant", "no"),
    ]
    assert json.loads(row["messages"][2]["tool_calls"]) == [CALL]
    assert row["messages"][-1]["thoughts"] == "hm"
    assert (row["conversation_id"], row["user_id"], row["model"]) == ("chatcmpl-1", "u1", "gpt-4o")
    assert row["created_at"] == datetime.datetime.fromtimestamp(1_700_000_000, datetime.UTC)
    assert other["user_id"] == "u2"
    assert nothing["problem"] == "null_messages"


def test_the_kind_of_file_changes_nothing(tmp_path):
    records = [
        {"id": f"i{n}", "messages": dialogue(f"q{n}", f"a{n}"), "user": f"u{n % 2}"}
        for n in range(5)
    ]
    text = lines(tmp_path / "a.jsonl", *records).read_bytes()
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(text))
    (tmp_path / "c.jsonl.bz2").write_bytes(bz2.compress(text))
    (tmp_path / "d.jsonl.zst").write_bytes(pa.compress(text, codec="zstd", asbytes=True))
    (tmp_path / "e.json").write_text(json.dumps(records))
    columns = {name: [one[name] for one in records] for name in ("id", "user")}
    table = pa.table(columns | {"messages": pa.array([r["messages"] for r in records], MESSAGES)})
    feather.write_feather(table, tmp_path / "f.arrow")
    write(tmp_path / "g.parquet", {name: table[name] for name in table.column_names})
    told = [
        [(r["conversation_id"], r["user_id"], said(r)) for r in raw(path, format="messages")]
        for path in sorted(tmp_path.iterdir())
    ]
    assert len(told) == 7
    assert all(one == told[0] for one in told)
    assert told[0][4] == ("i4", "u0", [("user", "q4"), ("assistant", "a4")])


def test_tables_and_what_names_its_conversations_stay_conversations(tmp_path):
    columns = {"messages": pa.array([dialogue("q", "a")], MESSAGES), "id": ["x"]}
    path = write(tmp_path / "a.parquet", columns)
    assert SourceSpec(path=str(path)).check().format == "conversations"
    named = {"messages": dialogue("q", "a"), "conversation_id": "x"}
    path = lines(tmp_path / "b.jsonl", named)
    assert SourceSpec(path=str(path)).check().format == "conversations"
    assert raw(path, format="messages")[0]["conversation_id"] == "x"


def test_an_id_that_comes_again_is_a_duplicate(tmp_path):
    one = {"id": "x", "messages": dialogue("q", "a")}
    path = lines(tmp_path / "a.jsonl", one, one)
    assert [row["problem"] for row in raw(path)] == [None, "duplicate_conversation_id"]


@pytest.mark.parametrize("name", ["completion", "response"])
def test_a_prompt_and_its_completion_are_a_dialogue(tmp_path, name):
    asked, answered = dialogue("q", "a")
    path = lines(
        tmp_path / "a.jsonl",
        {"prompt": "q", name: " a"},
        {"prompt": [asked], name: [answered]},
        {"prompt": json.dumps([asked]), name: "a"},
        {"prompt": "\n\nHuman: q\n\nAssistant:", name: " a"},
        {"prompt": "[1, 2]", name: None},
        {"prompt": None, name: "a"},
    )
    for form in ("auto", "messages", "completions"):
        rows = raw(path, format=form)
        assert [[text.strip() for _, text in said(r)] for r in rows[:4]] == [["q", "a"]] * 4
        assert said(rows[4]) == [("user", "[1, 2]")]
        assert rows[5]["problem"] == "null_messages"
    assert SourceSpec(path=str(path)).has_answers()


HH = "\n\nHuman: hello\n\nAssistant: hi\n\nHuman: q\n\nAssistant: "
PAIRS = [
    {"prompt": "q", "chosen": "good", "rejected": "bad"},
    {
        "chosen": dialogue("q", "good"),
        "rejected": dialogue("q", "bad"),
    },
    {
        "prompt": "q",
        "chosen": dialogue("q", "good"),
        "rejected": dialogue("q", "bad"),
    },
    {
        "prompt": dialogue("q"),
        "chosen": dialogue("", "good")[1:],
        "rejected": dialogue("", "bad")[1:],
    },
    # Orca's pairs, LLaMA-Factory's; answers that begin alike are no prompt.
    {"question": "q", "chosen": "good", "rejected": "good not"},
    {
        "conversations": [{"from": "human", "value": "q"}],
        "chosen": {"from": "gpt", "value": "good"},
        "rejected": {"from": "gpt", "value": "bad"},
    },
]


@pytest.mark.parametrize("pair", PAIRS)
def test_a_pair_is_two_arms(tmp_path, pair):
    path = lines(tmp_path / "a.jsonl", pair)
    spec = SourceSpec(path=str(path))
    assert (spec.check().format, spec.has_answers()) == ("preference", False)
    (row,) = raw(path)
    assert [(role, text.strip()) for role, text in said(row)] == [("user", "q")]
    content = keys().content_key([("user", said(row)[0][1])])
    bad = "good not" if "question" in pair else "bad"
    for model, answer in (("chosen", "good"), ("rejected", bad)):
        arm = Recorded(name="arm", path=str(path), model=model)
        ((found,),) = answers_of(arm.open(None, keys()), [Prompt("p", [], None, content)])
        assert (found.response, found.error) == (answer, None)


def test_pairs_as_ultrafeedback_has_them(tmp_path):
    talks = {
        name: [dialogue("q", f"{name} {i}") for i in range(2)] for name in ("chosen", "rejected")
    }
    columns = {
        "prompt": ["q", "q"],
        "prompt_id": ["p0", "p1"],
        **{name: pa.array(talk, MESSAGES) for name, talk in talks.items()},
        "messages": pa.array(talks["chosen"], MESSAGES),
        "score_chosen": [9.0, 8.0],
        "score_rejected": [1.0, 2.0],
    }
    path = write(tmp_path / "a.parquet", columns)
    assert SourceSpec(path=str(path)).check().format == "preference"
    assert [(row["prompt_id"], said(row)) for row in raw(path)] == [
        ("p0", [("user", "q")]),
        ("p1", [("user", "q")]),
    ]
    arm = Recorded(name="arm", path=str(path), model="rejected").open(None, keys())
    asked = [Prompt(n, [], keys().source_key(n), "0" * 64) for n in ("p1", "p0")]
    assert [found.response for (found,) in answers_of(arm, asked)] == ["rejected 1", "rejected 0"]


def test_a_pair_in_which_the_user_is_called_otherwise(tmp_path):
    pair = {
        side: [{"role": "customer", "content": "q"}, {"role": "agent", "content": side}]
        for side in ("chosen", "rejected")
    }
    roles = {"customer": "user", "agent": "assistant"}
    (row,) = raw(lines(tmp_path / "a.jsonl", pair), roles=roles)
    assert said(row) == [("user", "q")]


def test_turns_in_text_are_told_apart(tmp_path):
    path = lines(tmp_path / "a.jsonl", {"chosen": f"{HH}good", "rejected": f"{HH}bad"})
    (row,) = raw(path)
    assert said(row) == [("user", "hello"), ("assistant", "hi"), ("user", "q")]


def test_a_pair_without_a_common_prompt_is_rejected(tmp_path):
    path = lines(
        tmp_path / "a.jsonl",
        {"chosen": dialogue("q", "a"), "rejected": dialogue("other", "b")},
        {"chosen": dialogue("q", "a", "r", "b"), "rejected": dialogue("q", "a", "s", "c")},
        {"chosen": "yes", "rejected": "no"},
        {"chosen": "Sure, here it is", "rejected": "Sure, here is nothing"},
        {"chosen": None, "rejected": dialogue("q", "a")},
        {"chosen": dialogue("q", "a"), "rejected": dialogue("q", "b")},
    )
    assert [row["problem"] for row in raw(path)] == [*["bad_messages"] * 5, None]


def test_an_instruction_has_its_input_with_it(tmp_path):
    pair = {"instruction": "sum up", "input": "a text", "chosen": "yes", "rejected": "yes, no"}
    path = lines(tmp_path / "a.jsonl", pair, {**pair, "input": ""})
    assert [said(row) for row in raw(path)] == [
        [("user", "sum up\na text")],
        [("user", "sum up")],
    ]


BESIDE = [
    {"system_prompt": "s", "prompt": "q", "response": "a"},
    {"system": "s", "question": "q", "chosen": "a", "rejected": "b"},
    {"system": [{"type": "text", "text": "s"}], "messages": dialogue("q", "a")},
]


@pytest.mark.parametrize("record", BESIDE)
def test_what_is_said_beforehand_in_a_column_of_its_own_is_the_first_message(tmp_path, record):
    nothing = {**record, **dict.fromkeys({"system", "system_prompt"} & record.keys(), "")}
    first, second = raw(lines(tmp_path / "a.jsonl", record, nothing))
    assert said(first)[:2] == [("system", "s"), ("user", "q")]
    assert said(second)[0] == ("user", "q")


def test_files_for_preference_tuning(tmp_path):
    one = {
        "input": {"messages": dialogue("q")},
        "preferred_output": dialogue("", "good")[1:],
        "non_preferred_output": dialogue("", "bad")[1:],
    }
    (row,) = raw(lines(tmp_path / "a.jsonl", one))
    assert said(row) == [("user", "q")]


def test_a_file_of_another_format_is_named(tmp_path):
    lines(tmp_path / "a.jsonl", {"messages": dialogue("q", "a")})
    lines(tmp_path / "b.jsonl", {"conversations": [{"from": "human", "value": "q"}]})
    assert "b.jsonl: it is of format sharegpt, and the first file of" in refusal(tmp_path)
