"""Langfuse's exports: generations are conversations, and a chat is one, however many generations it took."""

from __future__ import annotations

import datetime
import json
import re

import pyarrow as pa
import pytest

from logminer.sources.peeking import peek
from logminer.sources.spec import SourceSpec
from tests.kit.calls import (
    ai,
    calling,
    told,
    tool,
    user,
    write_csv,
    write_json,
    write_lines,
    write_typed,
)
from tests.kit.dumps import raw

TEXT, UTC = pa.string(), datetime.UTC
# `observations_v2/` as ClickHouse writes it.
ENRICHED = pa.schema(
    {
        **dict.fromkeys(("id", "trace_id", "project_id", "environment", "type"), TEXT),
        "parent_observation_id": TEXT,
        "start_time": pa.timestamp("ms", "UTC"),
        "end_time": pa.timestamp("ms", "UTC"),
        "name": TEXT,
        "metadata": pa.map_(TEXT, TEXT),
        **dict.fromkeys(("level", "status_message", "version", "input", "output"), TEXT),
        "provided_model_name": TEXT,
        "model_parameters": TEXT,
        "usage_details": pa.map_(TEXT, pa.uint64()),
        "prompt_version": pa.uint16(),
        "total_cost": pa.float64(),
        "tool_calls": pa.list_(TEXT),
        "user_id": TEXT,
        "session_id": TEXT,
        "tags": pa.list_(TEXT),
        "bookmarked": pa.bool_(),
    }
)
WEATHER = [user("Weather in Rome?"), calling("weather"), tool("18 degrees")]


def observation(
    own: str, kind: str, sent: object, got: object, **more: object
) -> dict[str, object]:
    row = dict.fromkeys(ENRICHED.names) | {
        "id": own,
        "trace_id": "t1",
        "project_id": "p",
        "environment": "default",
        "type": kind,
        "parent_observation_id": "",
        "start_time": datetime.datetime(2026, 5, 29, 13, 46, 19, 963000, UTC),
        "name": "chat",
        "level": "DEFAULT",
        "status_message": "",
        "input": sent if isinstance(sent, str) else json.dumps(sent),
        "output": got if isinstance(got, str) else json.dumps(got),
        "provided_model_name": "gpt-4o" if kind == "GENERATION" else "",
        "model_parameters": '{"temperature":0.7}' if kind == "GENERATION" else "",
        "metadata": {"region": "eu"},
        "usage_details": {"input": 5, "output": 7},
        "user_id": "ann",
        "session_id": "s1",
        "tags": ["web"],
        "bookmarked": False,
    }
    return row | more


def chat() -> list[dict[str, object]]:
    """Three turns of one session, each a trace; the second calls a tool."""
    hello = [user("Hello"), ai("Good day.")]
    rome = [*hello, *WEATHER]
    return [
        observation("span", "SPAN", {"question": "Hello"}, "Good day."),
        observation("g1", "GENERATION", hello[:1], hello[1]),
        observation(
            "g2", "GENERATION", {"messages": rome[:3], "tools": []}, rome[3], trace_id="t2"
        ),
        observation("tool", "TOOL", "{}", "18 degrees", trace_id="t2"),
        observation("g3", "GENERATION", rome, ai("18 degrees in Rome."), trace_id="t2"),
        observation(
            "alone",
            "GENERATION",
            "Name a town as JSON.",
            '{"town": "Rome"}',
            session_id="",
            trace_id="t3",
            user_id="",
        ),
        observation("docs", "RETRIEVER", "towns", "[]", session_id="", trace_id="t3", user_id=""),
        observation(
            "bad",
            "GENERATION",
            [user("Boom")],
            "",
            level="ERROR",
            status_message="429",
            trace_id="t4",
        ),
        observation("lost", "GENERATION", "", "", trace_id="t5"),
    ]


EXPECTED = [
    (
        "g3",
        "ann",
        "gpt-4o",
        None,
        [
            ("user", "Hello"),
            ("assistant", "Good day."),
            ("user", "Weather in Rome?"),
            ("assistant", None),
            ("tool", "18 degrees"),
            ("assistant", "18 degrees in Rome."),
        ],
    ),
    (
        "alone",
        None,
        "gpt-4o",
        None,
        [("user", "Name a town as JSON."), ("assistant", '{"town": "Rome"}')],
    ),
    ("bad", "ann", "gpt-4o", None, [("user", "Boom"), ("assistant", None)]),
    ("lost", "ann", "gpt-4o", "null_messages", []),
]


def camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda m: m[1].upper(), name)


def as_ui(rows: list[dict[str, object]], model: str) -> list[dict[str, object]]:
    """The export from the UI: what is JSON is there as such, what is empty is null."""
    found = []
    for row in rows:
        names = {"provided_model_name": model, "start_time": "startTime"}
        one = {names.get(name, camel(name)): value for name, value in row.items()}
        for name in ("input", "output"):
            text = str(one[name])
            one[name] = json.loads(text) if text[:1] in ("{", "[") else text or None
        one["startTime"] = "2026-05-29T13:46:19.963Z"
        found.append({name: None if value == "" else value for name, value in one.items()})
    return found


def test_a_chat_is_one_conversation_and_other_observations_are_none(tmp_path):
    path = write_typed(tmp_path / "1.parquet", chat(), ENRICHED)
    info = SourceSpec(path=str(path)).check()
    assert (info.format, info.rows) == ("langfuse", 4)
    found = peek(SourceSpec(path=str(path)))
    assert (found.rows, found.looked_at, list(found.beside.values())) == (9, 4, [2, 3])
    rows = raw(path, keep=("environment", "level"))
    assert [told(row) for row in rows] == EXPECTED
    assert rows[0]["created_at"] == datetime.datetime(2026, 5, 29, 13, 46, 19, 963000, UTC)
    assert rows[2]["signs"][0]["error"] == "finish_reason:error"
    assert [row["attributes"] for row in rows[:3]] == [
        [("environment", "default"), ("level", level)] for level in ("default", "default", "error")
    ]


@pytest.mark.parametrize("export", ["lines", "csv", "ui", "ui_lines", "api"])
def test_every_export_says_the_same(tmp_path, export):
    plain = [
        {**row, "start_time": "2026-05-29 13:46:19.963000"}  # as it writes times into text
        for row in chat()
    ]
    path, known = tmp_path / "1.jsonl", "langfuse" if export in ("lines", "csv") else "langfuse_api"
    if export == "lines":
        write_lines(path, plain)
    elif export == "csv":
        path = write_csv(tmp_path / "1.csv", plain)
    elif export == "ui":
        path = write_json(tmp_path / "1.json", as_ui(plain, "model"))
    elif export == "ui_lines":
        write_lines(path, as_ui(plain, "providedModelName"))
    else:
        path = write_json(tmp_path / "1.json", {"data": as_ui(plain, "model"), "meta": {"page": 1}})
    info = SourceSpec(path=str(path)).check()
    assert (info.format, info.rows) == (known, 4)
    rows = raw(path)
    assert [told(row) for row in rows] == EXPECTED
    assert {row["created_at"] for row in rows} == {
        datetime.datetime(2026, 5, 29, 13, 46, 19, 963000, UTC)
    }


def test_a_session_may_lie_scattered_over_a_file(tmp_path):
    talk = [user("0"), ai("a0")]
    rows = []
    for turn in range(4):
        rows.append(observation(f"g{turn}", "GENERATION", talk[:-1], talk[-1], trace_id=f"x{turn}"))
        rows += [
            observation(
                f"o{turn}-{i}",
                "GENERATION",
                [user(f"{turn} {i}")],
                ai("yes"),
                session_id="",
                trace_id=f"{turn}-{i}",
            )
            for i in range(400)
        ]
        talk = [*talk, user(f"{turn + 1}"), ai(f"a{turn + 1}")]
    path = write_typed(tmp_path / "1.parquet", rows, ENRICHED)
    assert SourceSpec(path=str(path)).check().rows == 1601
    found = {row["conversation_id"]: row for row in raw(path)}
    assert len(found) == 1601
    assert [m["content"] for m in found["g3"]["messages"]] == [
        "0",
        "a0",
        "1",
        "a1",
        "2",
        "a2",
        "3",
        "a3",
    ]
    assert not {"g0", "g1", "g2"} & found.keys()


def test_windows_of_one_session_lose_nothing(tmp_path):
    """Files are of 20 minutes, an hour, a day: a session goes on in the next; one row may be in both."""
    first = [
        observation("a", "GENERATION", [user("one")], ai("1")),
        observation("b", "GENERATION", [user("two")], ai("2")),
    ]
    later = [
        observation("b", "GENERATION", [user("two")], ai("2")),
        observation("c", "GENERATION", [user("three")], ai("3")),
    ]
    write_typed(tmp_path / "1.parquet", first, ENRICHED)
    write_typed(tmp_path / "2.parquet", later, ENRICHED)
    found = [(row["conversation_id"], row["problem"]) for row in raw(tmp_path)]
    assert found == [("a", None), ("b", "superseded"), ("b", None), ("c", None)]


def test_traces_are_dialogues_of_their_own(tmp_path):
    schema = pa.schema(
        {
            "id": TEXT,
            "timestamp": pa.timestamp("ms", "UTC"),
            **dict.fromkeys(("name", "environment", "project_id"), TEXT),
            "metadata": pa.map_(TEXT, TEXT),
            **dict.fromkeys(("user_id", "session_id", "release", "version"), TEXT),
            "public": pa.bool_(),
            "bookmarked": pa.bool_(),
            "tags": pa.list_(TEXT),
            "input": TEXT,
            "output": TEXT,
        }
    )
    time = datetime.datetime(2026, 5, 29, tzinfo=UTC)
    row = dict.fromkeys(schema.names) | {"timestamp": time, "public": False, "bookmarked": False}
    rows = [
        row | {"id": "t1", "user_id": "ann", "input": "Hello", "output": "Good day."},
        row
        | {
            "id": "t2",
            "input": json.dumps({"messages": [user("Why?")]}),
            "output": json.dumps(ai("So.")),
        },
        row | {"id": "t3"},
    ]
    path = write_typed(tmp_path / "1.parquet", rows, schema)
    assert SourceSpec(path=str(path)).check().format == "langfuse_traces"
    expected = [
        ("t1", "ann", None, None, [("user", "Hello"), ("assistant", "Good day.")]),
        ("t2", None, None, None, [("user", "Why?"), ("assistant", "So.")]),
        ("t3", None, None, "null_messages", []),
    ]
    assert [told(one) for one in raw(path)] == expected
    lines = write_lines(
        tmp_path / "ui.jsonl", [{camel(name): value for name, value in one.items()} for one in rows]
    )
    assert SourceSpec(path=str(lines)).check().format == "langfuse_traces_api"
    assert [told(one) for one in raw(lines)] == expected
