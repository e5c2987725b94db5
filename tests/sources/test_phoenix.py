"""Spans of OpenInference in the forms in which Phoenix gives them out."""

from __future__ import annotations

import csv
import datetime
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from logminer.sources.spec import SourceSpec
from tests.kit.calls import told, write_json, write_lines, write_typed
from tests.kit.dumps import raw

TEXT, UTC = pa.string(), datetime.UTC
CALL = pa.struct(
    {f"tool_call.{name}": TEXT for name in ("id", "function.name", "function.arguments")}
)
PART = pa.struct({f"message_content.{name}": TEXT for name in ("type", "text", "data")})
MESSAGE = pa.struct(
    {
        **{f"message.{name}": TEXT for name in ("role", "content", "name", "tool_call_id")},
        "message.tool_calls": pa.list_(CALL),
        "message.contents": pa.list_(PART),
    }
)
TIME = pa.timestamp("us", "UTC")
# `client.spans.get_spans_dataframe().to_parquet()`: columns of attributes are those that any span has.
FRAME = pa.schema(
    {
        **dict.fromkeys(("name", "span_kind", "parent_id"), TEXT),
        **dict.fromkeys(("start_time", "end_time"), TIME),
        **dict.fromkeys(("status_code", "status_message"), TEXT),
        "events": pa.list_(pa.struct({"name": TEXT, "timestamp": TEXT})),
        **dict.fromkeys(("context.span_id", "context.trace_id"), TEXT),
        "attributes.openinference.span.kind": TEXT,
        "attributes.llm.input_messages": pa.list_(MESSAGE),
        "attributes.llm.output_messages": pa.list_(MESSAGE),
        "attributes.llm.model_name": TEXT,
        "attributes.llm.token_count.total": pa.float64(),
        **dict.fromkeys(("attributes.input.value", "attributes.output.value"), TEXT),
        **dict.fromkeys(("attributes.user.id", "attributes.session.id"), TEXT),
        "__index_level_0__": TEXT,
    }
)

Record = dict[str, Any]


def message(role: str, content: str | None = None, **more: Any) -> Record:
    said = {"message.role": role, **({} if content is None else {"message.content": content})}
    return {**said, **{f"message.{name}": value for name, value in more.items()}}


MULTIPLY = message(
    "assistant",
    tool_calls=[
        {
            "tool_call.id": "call_1",
            "tool_call.function.name": "multiply",
            "tool_call.function.arguments": '{"a": 23, "b": 87}',
        }
    ],
)
ASKED = [message("system", "Be brief."), message("user", "What is 23 times 87?")]
THOUGHT = {"message_content.type": "reasoning", "message_content.text": "The tool says 2001."}
SAID = {"message_content.type": "text", "message_content.text": "It is 2001."}
HIDDEN = {"message_content.type": "reasoning", "message_content.data": "EmwKAhgB"}


def span(own: str, kind: str, trace: str = "t1", status: str = "OK", **attributes: Any) -> Record:
    named = {
        "span.kind": "openinference.span.kind",
        "sent": "llm.input_messages",
        "got": "llm.output_messages",
    }
    named |= {"model": "llm.model_name", "user": "user.id", "session": "session.id"}
    named |= {"input": "input.value", "output": "output.value"}
    return {
        "name": kind.lower(),
        "context": {"trace_id": trace, "span_id": own},
        "span_kind": kind,
        "parent_id": None,
        "start_time": datetime.datetime(2026, 1, 11, 16, 45, 17, 982858, UTC),
        "end_time": datetime.datetime(2026, 1, 11, 16, 45, 18, 0, UTC),
        "status_code": status,
        "status_message": "",
        "attributes": {
            "openinference.span.kind": kind,
            **{named[name]: value for name, value in attributes.items()},
        },
        "events": [],
    }


def spans() -> list[Record]:
    """An agent that calls a tool, in one trace without a session; a session of two traces; a failure; a plain one."""
    who = {"model": "gpt-x", "user": "ann"}
    chat = [message("user", "Hello"), message("assistant", "Good day."), message("user", "Bye")]
    return [
        span("root", "AGENT", input="What is 23 times 87?", output="It is 2001."),
        span("a1", "LLM", sent=ASKED, got=[MULTIPLY], **who),
        span("t", "TOOL", input='{"a": 23, "b": 87}', output="2001"),
        span(
            "a2",
            "LLM",
            sent=[*ASKED, MULTIPLY, message("tool", "2001", tool_call_id="call_1")],
            got=[message("assistant", contents=[THOUGHT, SAID])],
            **who,
        ),
        span(
            "c2", "LLM", "t3", sent=chat, got=[message("assistant", "See you.")], session="s", **who
        ),
        span("c1", "LLM", "t2", sent=chat[:1], got=chat[1:2], session="s", **who),
        span("e", "LLM", "t4", "ERROR", sent=chat[2:], **who),
        span("p", "LLM", "t5", input="Once upon", output=" a time", model="babbage"),
        span(
            "h",
            "LLM",
            "t6",
            sent=[message("user", "__REDACTED__")],
            got=[message("assistant", contents=[HIDDEN])],
        ),
        span("r", "RETRIEVER", "t6", input="__REDACTED__"),
    ]


EXPECTED = [
    (
        "a2",
        "ann",
        "gpt-x",
        None,
        [
            ("system", "Be brief."),
            ("user", "What is 23 times 87?"),
            ("assistant", None),
            ("tool", "2001"),
            ("assistant", "It is 2001."),
        ],
    ),
    (
        "c2",
        "ann",
        "gpt-x",
        None,
        [("user", "Hello"), ("assistant", "Good day."), ("user", "Bye"), ("assistant", "See you.")],
    ),
    ("e", "ann", "gpt-x", None, [("user", "Bye"), ("assistant", None)]),
    ("p", None, "babbage", None, [("user", "Once upon"), ("assistant", " a time")]),
    ("h", None, None, "null_content", []),
]


def frame() -> list[Record]:
    """Spans as rows of the data frame."""
    rows = []
    for one in spans():
        flat = {name: one[name] for name in one if name not in ("context", "attributes")}
        flat |= {f"context.{name}": value for name, value in one["context"].items()}
        flat |= {f"attributes.{name}": value for name, value in one["attributes"].items()}
        rows.append(flat | {"__index_level_0__": flat["context.span_id"]})
    return rows


def flattened(value: Any, name: str = "") -> Record:
    """Attributes as OTLP has them."""
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = [(str(i), one) for i, one in enumerate(value)]
    else:
        return {name: value}
    found: Record = {}
    for key, one in inner:
        found |= flattened(one, f"{name}.{key}" if name else key)
    return found


def served() -> list[Record]:
    """Spans as the REST API gives them."""
    found = [
        one | {"id": "U3Bhbjox", "attributes": flattened(one["attributes"])} for one in spans()
    ]
    times = ("start_time", "end_time")
    return [one | {name: one[name].isoformat() for name in times} for one in found]


def otlp() -> list[Record]:
    """Spans as the API's `spans/otlpv1` gives them."""
    return [
        {
            "trace_id": one["context"]["trace_id"],
            "span_id": one["context"]["span_id"],
            "name": one["name"],
            "kind": "SPAN_KIND_INTERNAL",
            "start_time_unix_nano": 1768149917982858000,
            "status": {"code": {"OK": 1, "ERROR": 2}[one["status_code"]], "message": ""},
            "attributes": [
                {"key": name, "value": {"string_value": value}}
                for name, value in one["attributes"].items()
            ],
        }
        for one in served()
    ]


def as_pandas_writes(path: Path, rows: list[Record]) -> Path:
    """CSV whose lists are Python's."""
    names = FRAME.names
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(
            [["" if row.get(n) is None else str(row[n]) for n in names] for row in rows]
        )
    return path


def written(folder: Path, form: str) -> Path:
    if form == "parquet":
        return write_typed(folder / "spans.parquet", frame(), FRAME)
    if form == "csv":
        return as_pandas_writes(folder / "spans.csv", frame())
    if form == "lines":
        return write_lines(folder / "spans.jsonl", frame())
    if form == "page":
        return write_json(folder / "spans.json", {"data": served(), "next_cursor": None})
    return write_lines(folder / "spans.jsonl", served() if form == "spans" else otlp())


@pytest.mark.parametrize(
    ("form", "known"),
    [
        ("parquet", "phoenix"),
        ("csv", "phoenix"),
        ("lines", "phoenix"),
        ("spans", "openinference"),
        ("page", "openinference"),
        ("otlp", "otlp"),
    ],
)
def test_every_form_says_the_same(tmp_path, form, known):
    path = written(tmp_path, form)
    info = SourceSpec(path=str(path)).check()
    assert (info.format, info.rows) == (known, len(EXPECTED))
    rows = raw(path)
    assert [told(row) for row in rows] == EXPECTED
    assert {row["created_at"] for row in rows} == {
        datetime.datetime(2026, 1, 11, 16, 45, 17, 982858, UTC)
    }
    agent, _, failed = (row["messages"] and (row["messages"], row["signs"]) for row in rows[:3])
    assert agent[0][-1]["thoughts"] == "The tool says 2001."
    assert '"multiply"' in agent[0][2]["tool_calls"]
    assert failed[1][0]["error"] == "finish_reason:error"


def test_images_are_marked_and_sealed_thoughts_known(tmp_path):
    image = {
        "message_content.type": "image",
        "message_content.image": {"image.url": "https://x/y.jpg"},
    }
    ask = {"message_content.type": "text", "message_content.text": "What is this?"}
    sent = [message("user", contents=[ask, image])]
    one = span("i", "LLM", sent=sent, got=[message("assistant", contents=[HIDDEN, SAID])])
    (row,) = raw(write_lines(tmp_path / "1.jsonl", [one]))
    assert [m["content"] for m in row["messages"]] == ["What is this?\n[image]", "It is 2001."]
    assert row["signs"][0]["withheld"]


def test_how_a_call_ended_is_told_by_its_attribute_or_else_by_the_whole_reply(tmp_path):
    def reply(end: str) -> str:
        told = {"role": "assistant", "content": "It is"}
        return json.dumps({"choices": [{"message": told, "finish_reason": end}]})

    got = [message("assistant", "It is")]
    cut = span("a", "LLM", sent=[message("user", "When?")], got=got, output=reply("length"))
    kept = span("b", "LLM", sent=[message("user", "Who?")], got=got, output=reply("stop"))
    kept["attributes"]["llm.finish_reason"] = "length"
    rows = raw(write_lines(tmp_path / "1.jsonl", [cut, kept]))
    assert [row["signs"][0]["finish_reason"] for row in rows] == ["length", "length"]
