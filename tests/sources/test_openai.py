"""OpenAI's Responses, and the files of its batches."""

from __future__ import annotations

import datetime
import json

from logminer.checkpoints.base import Prompt
from logminer.checkpoints.recorded import Recorded
from logminer.sources.spec import SourceSpec
from tests.kit.dumps import lines, raw, refusal, said
from tests.kit.recordings import answers_of, keys

TEXT = {"type": "output_text", "text": "42", "annotations": []}
RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1_741_476_777,
    "status": "completed",
    "error": None,
    "incomplete_details": None,
    "instructions": "be brief",
    "model": "o4-mini",
    "output": [
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"},
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "content": [TEXT],
        },
    ],
    "metadata": {},
    "user": "u1",
}
ITEMS = [
    {"role": "user", "content": [{"type": "input_text", "text": "what is it?"}]},
    {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "c1", "output": "forty-two"},
]


def test_items_are_messages_and_the_output_one_answer(tmp_path):
    path = lines(tmp_path / "a.jsonl", RESPONSE | {"input": ITEMS})
    assert SourceSpec(path=str(path)).check().format == "responses"
    (row,) = raw(path)
    assert said(row) == [
        ("system", "be brief"),
        ("user", "what is it?"),
        ("assistant", ""),
        ("tool", "forty-two"),
        ("assistant", "42"),
    ]
    assert (row["conversation_id"], row["user_id"], row["model"]) == ("resp_1", "u1", "o4-mini")
    assert row["created_at"] == datetime.datetime.fromtimestamp(1_741_476_777, datetime.UTC)
    (sign,) = row["signs"]
    assert (sign["message_index"], sign["finish_reason"], sign["withheld"]) == (4, "stop", True)


def test_thoughts_and_ends_of_responses(tmp_path):
    def ended(**more: object) -> dict[str, object]:
        return RESPONSE | {"id": None, "input": "q"} | more

    def thought(**told: object) -> list[object]:
        return [{"type": "reasoning", "summary": []} | told, RESPONSE["output"][1]]

    path = lines(
        tmp_path / "a.jsonl",
        ended(output=thought()),
        ended(output=thought(summary=[{"type": "summary_text", "text": "hm"}])),
        ended(status="incomplete", incomplete_details={"reason": "max_output_tokens"}),
        ended(status="incomplete", incomplete_details={"reason": "content_filter"}),
        ended(status="failed", error={"code": "server_error", "message": "x"}, output=[]),
        {"input": "q", "output": [{"type": "message", "role": "assistant", "content": [TEXT]}]},
    )
    rows = raw(path)
    signs = [row["signs"] for row in rows]
    assert signs[0][0]["withheld"]
    assert not signs[1][0]["withheld"]
    assert rows[1]["messages"][-1]["thoughts"] == "hm"
    assert signs[2][0]["finish_reason"] == "length"
    assert signs[3][0]["error"] == "content_filter"
    assert signs[4][0]["error"] == "finish_reason:error"
    assert said(rows[5]) == [("user", "q"), ("assistant", "42")]


def test_a_stored_response_is_an_answer_and_no_dump(tmp_path):
    path = lines(tmp_path / "a.jsonl", RESPONSE | {"metadata": {"prompt_id": "p1"}})
    assert "a.jsonl: responses without what was asked: add the items" in refusal(path)
    arm = Recorded(name="arm", path=str(path), model="o4-mini").open(None, keys())
    ((answer,),) = answers_of(arm, [Prompt("p", [], keys().source_key("p1"), "0" * 64)])
    assert (answer.response, answer.error) == ("42", None)


def test_tables_of_instructions_are_no_responses(tmp_path):
    path = lines(tmp_path / "a.jsonl", {"instruction": "do", "input": "it", "output": "done"})
    assert "no known format" in refusal(path)


def asked(name: str, **body: object) -> dict[str, object]:
    return {"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body}


MESSAGES = [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}]


def test_a_batch_is_prompts_and_recorded_answers(tmp_path):
    dump = lines(
        tmp_path / "in.jsonl",
        asked("r1", model="gpt-4o", messages=MESSAGES, user="u1"),
        asked("r2", model="gpt-4o", instructions="s", input="q") | {"url": "/v1/responses"},
        asked("r3", model="e", input="to be embedded") | {"url": "/v1/embeddings"},
        asked("r4", model="gpt-4o", messages=MESSAGES),
    )
    spec = SourceSpec(path=str(dump))
    assert (spec.check().format, spec.check().rows, spec.has_answers()) == (
        "openai_batch",
        4,
        False,
    )
    rows = raw(dump)
    assert [row["problem"] for row in rows] == [None, None, "null_messages", None]
    assert said(rows[0]) == said(rows[1]) == [("system", "s"), ("user", "q")]
    assert (rows[0]["prompt_id"], rows[0]["user_id"], rows[0]["model"]) == ("r1", "u1", "gpt-4o")

    def reply(name: str, status: int, body: object, error: object = None) -> dict[str, object]:
        told = {"status_code": status, "request_id": "req", "body": body} if status else None
        return {"id": f"batch_req_{name}", "custom_id": name, "response": told, "error": error}

    choice = {"index": 0, "message": {"role": "assistant", "content": "a"}, "finish_reason": "stop"}
    completion = {"object": "chat.completion", "model": "gpt-4o-2024", "choices": [choice]}
    refused = {"error": {"message": "bad", "type": "invalid_request_error"}}
    output = lines(
        tmp_path / "out.jsonl",
        reply("r2", 200, RESPONSE | {"model": "gpt-4o-2024"}),
        reply("r1", 200, completion),
        reply("r4", 0, None, {"code": "batch_expired", "message": "late"}),
        reply("r5", 400, refused),
    )
    assert "out.jsonl: the output of a batch, which holds answers and no prompts" in refusal(output)
    assert "out.jsonl: the output of a batch" in refusal(output, format="openai_batch")
    arm = Recorded(name="arm", path=str(output)).open(None, keys())
    wanted = [Prompt(n, [], keys().source_key(n), "0" * 64) for n in ("r1", "r2", "r4", "r5")]
    answers = [found for (found,) in answers_of(arm, wanted)]
    assert [answer.response for answer in answers] == ["a", "42", None, None]
    assert [answer.error for answer in answers[:3]] == [None, None, "recorded_error"]
    assert answers[3].error.startswith("refused_by_server")
    named = Recorded(name="arm", path=str(output), model="gpt-4o-2024").open(None, keys())
    ((first,),) = answers_of(named, wanted[:1])
    assert first.response == "a"


def test_a_body_that_is_no_request_is_rejected(tmp_path):
    path = lines(
        tmp_path / "a.jsonl", {"custom_id": "r", "body": "text"}, asked("s", messages=MESSAGES)
    )
    assert [row["problem"] for row in raw(path)] == ["null_messages", None]
    as_text = asked("t") | {"body": json.dumps({"messages": MESSAGES})}
    assert said(raw(lines(tmp_path / "b.jsonl", as_text))[0])[1] == ("user", "q")
