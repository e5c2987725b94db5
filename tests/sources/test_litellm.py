"""LiteLLM's spend logs."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pyarrow as pa
import pytest

from logminer.sources.spec import SourceSpec
from tests.kit.calls import ai, told, user, write_csv, write_json, write_lines, write_typed
from tests.kit.dumps import raw

TEXT, UTC = pa.string(), datetime.UTC
JSON = ("metadata", "request_tags", "messages", "response", "proxy_server_request")
# The table LiteLLM_SpendLogs as `COPY … TO … (FORMAT parquet)` and its like write it: JSONB is text.
SPEND_LOGS = pa.schema(
    {
        **dict.fromkeys(("request_id", "call_type", "api_key"), TEXT),
        "spend": pa.float64(),
        **dict.fromkeys(("total_tokens", "prompt_tokens", "completion_tokens"), pa.int32()),
        **dict.fromkeys(("startTime", "endTime"), pa.timestamp("ms")),
        "completionStartTime": pa.timestamp("ms"),
        **dict.fromkeys(
            ("model", "model_id", "model_group", "custom_llm_provider", "api_base"), TEXT
        ),
        **dict.fromkeys(
            ("user", "metadata", "cache_hit", "cache_key", "request_tags", "team_id"), TEXT
        ),
        **dict.fromkeys(("end_user", "requester_ip_address", "messages", "response"), TEXT),
        **dict.fromkeys(("session_id", "status", "proxy_server_request"), TEXT),
    }
)
Record = dict[str, Any]
CUT = "A long story " * 40 + "... (litellm_truncated skipped 900 chars) ..." + " and so on"


def completion(text: str | None, reason: str = "stop") -> Record:
    choice = {"index": 0, "message": ai(text), "finish_reason": reason}
    return {"id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-4o", "choices": [choice]}


def call(own: str, request: Record, response: Record, **more: Any) -> Record:
    row: Record = dict.fromkeys(SPEND_LOGS.names)
    row |= {"request_id": own, "call_type": "acompletion", "api_key": "88dc28d0", "spend": 0.01}
    row |= {"startTime": datetime.datetime(2026, 3, 1, 12, 0), "model": "gpt-4o", "user": "owner"}
    row |= {"end_user": "bob", "session_id": f"session of {own}", "status": "success"}
    row |= {"metadata": {"status": "success"}, "messages": {}, "request_tags": []}
    return row | {"proxy_server_request": request, "response": response} | more


def logged() -> list[Record]:
    hello = [user("Hello"), ai("Good day.")]
    error = {
        "error_code": "400",
        "error_class": "ContentPolicyViolationError",
        "error_message": "no",
    }
    claude = {"type": "message", "role": "assistant", "stop_reason": "max_tokens"}
    claude["content"] = [
        {"type": "thinking", "thinking": "Hm.", "signature": "x"},
        {"type": "text", "text": "Well"},
    ]
    output = [
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Yes."}],
        }
    ]
    responses = {"id": "resp_1", "object": "response", "status": "completed", "output": output}
    return [
        call("1", {"model": "gpt", "messages": hello[:1]}, completion("Good day."), session_id="s"),
        call(
            "2",
            {"model": "gpt", "messages": [*hello, user("Bye")]},
            completion("See you."),
            session_id="s",
        ),
        call("3", {"input": ["text"]}, {"object": "list", "data": []}, call_type="aembedding"),
        call(
            "4",
            {"system": "Be kind.", "messages": [user("Well?")]},
            claude,
            call_type="anthropic_messages",
        ),
        call(
            "5",
            {"instructions": "Be kind.", "input": "Sure?"},
            responses,
            call_type="aresponses",
            end_user="",
        ),
        call(
            "6",
            {"messages": [user("Bad")]},
            {},
            status="failure",
            metadata={"status": "failure", "error_information": error},
        ),
        call("7", {"messages": [user(CUT)]}, completion("Nice.")),
        call("8", {"messages": [user("Tell a story")]}, completion(CUT)),
        call("9", {}, {}),  # `store_prompts_in_spend_logs` was off
        call("10", {}, {}, call_type="", status="failure"),
        call("11", {"query": "x"}, {}, call_type="arerank"),
        call("12", {}, completion("Old."), messages=[user("Old?")], call_type="completion"),
    ]


EXPECTED = [
    (
        "2",
        "bob",
        None,
        [("user", "Hello"), ("assistant", "Good day."), ("user", "Bye"), ("assistant", "See you.")],
    ),
    ("4", "bob", None, [("system", "Be kind."), ("user", "Well?"), ("assistant", "Well")]),
    ("5", None, None, [("system", "Be kind."), ("user", "Sure?"), ("assistant", "Yes.")]),
    ("6", "bob", None, [("user", "Bad"), ("assistant", None)]),
    ("7", "bob", "null_messages", []),
    ("8", "bob", None, [("user", "Tell a story"), ("assistant", CUT)]),
    ("9", "bob", "null_messages", []),
    ("12", "bob", None, [("user", "Old?"), ("assistant", "Old.")]),
]


@pytest.mark.parametrize("form", ["parquet", "csv", "lines", "page"])
def test_requests_are_conversations_and_other_calls_are_none(tmp_path, form):
    rows = logged()
    text = [row | {name: json.dumps(row[name]) for name in JSON} for row in rows]
    if form == "parquet":
        path = write_typed(tmp_path / "1.parquet", text, SPEND_LOGS)
    elif form == "csv":
        path = write_csv(tmp_path / "1.csv", text)
    elif form == "lines":
        path = write_lines(tmp_path / "1.jsonl", rows)
    else:
        path = write_json(tmp_path / "1.json", {"data": rows, "total": len(rows), "page": 1})
    info = SourceSpec(path=str(path)).check()
    assert (info.format, info.rows) == ("litellm", len(EXPECTED))
    found = raw(path, keep=("team_id",))
    shown = [(own, who, problem, said) for own, who, _, problem, said in map(told, found)]
    assert shown == EXPECTED
    assert {row["model"] for row in found} == {"gpt-4o"}
    assert {row["created_at"] for row in found} == {
        datetime.datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    }
    by_id = {row["conversation_id"]: row for row in found}
    assert by_id["4"]["messages"][-1]["thoughts"] == "Hm."
    ends = {own: by_id[own]["signs"][-1]["finish_reason"] for own in ("2", "4", "6", "8")}
    assert ends == {"2": "stop", "4": "length", "6": "content_filter", "8": "length"}


def test_the_owner_of_a_key_is_the_user_where_the_pipeline_says_so(tmp_path):
    path = write_lines(tmp_path / "1.jsonl", logged()[:1])
    assert [row["user_id"] for row in raw(path, columns={"end_user": "user"})] == ["owner"]
