"""ShareGPT's dialogues."""

from __future__ import annotations

import json

import pyarrow as pa

from logminer.sources.spec import SourceSpec
from tests.kit.dumps import lines, raw, refusal, said, write

TURNS = pa.list_(pa.struct([("from", pa.string()), ("value", pa.string())]))


def turns(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"from": who, "value": text} for who, text in pairs]


def test_roles_of_all_dialects(tmp_path):
    call = json.dumps({"name": "f", "arguments": {"x": 1}})
    talks = [
        turns(("system", "s"), ("human", "q"), ("gpt", "a")),
        turns(("user", "q"), ("chatgpt", "a")),
        turns(("human", "q"), ("bing", "a"), ("human", "r"), ("bard", "b")),
        turns(("human", "q"), ("function_call", call), ("observation", "1"), ("gpt", "a")),
        turns(("human", "q"), ("tool", "1"), ("gpt", "a")),
    ]
    columns = {"id": list("vwxyz"), "conversations": pa.array(talks, TURNS), "tools": ["[]"] * 5}
    path = write(tmp_path / "a.parquet", columns)
    assert SourceSpec(path=str(path)).check().format == "sharegpt"
    rows = raw(path)
    assert [row["conversation_id"] for row in rows] == list("vwxyz")
    assert [[role for role, _ in said(row)] for row in rows] == [
        ["system", "user", "assistant"],
        ["user", "assistant"],
        ["user", "assistant", "user", "assistant"],
        ["user", "assistant", "tool", "assistant"],
        ["user", "tool", "assistant"],
    ]
    (called,) = json.loads(rows[3]["messages"][1]["tool_calls"])
    assert called["function"] == {"name": "f", "arguments": '{"x": 1}'}


def test_as_json_text_and_with_a_system_column(tmp_path):
    talk = json.dumps(turns(("human", "q, and more"), ("gpt", 'a "b"')))
    own = json.dumps(turns(("system", "own"), ("human", "q")))
    path = tmp_path / "a.csv"
    cells = [["conversations", "system"], [talk, "s"], [talk, ""], [own, "s"], ["none", "s"]]
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in cells]
    path.write_text("\n".join(",".join(row) for row in quoted))
    for form in ("auto", "csv"):
        rows = raw(path, format=form)
        assert said(rows[0]) == [("system", "s"), ("user", "q, and more"), ("assistant", 'a "b"')]
        assert said(rows[1])[0] == ("user", "q, and more")
        assert said(rows[2]) == [("system", "own"), ("user", "q")]
        assert rows[3]["problem"] == "bad_messages"


def test_what_is_no_dialogue_is_refused(tmp_path):
    numbers = write(tmp_path / "a.parquet", {"conversations": [[1, 2]]})
    assert "a.parquet: column 'conversations' is list<" in refusal(numbers)
    strange = lines(tmp_path / "b.jsonl", {"conversations": turns(("customer", "q"))})
    (row,) = raw(strange)
    assert row["problem"] == "unknown_role"
    assert said(raw(strange, roles={"customer": "user"})[0]) == [("user", "q")]
