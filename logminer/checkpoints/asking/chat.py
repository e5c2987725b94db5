"""The chat format that servers and local models share: our messages on the way out, their answers on the way in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from logminer.checkpoints.asking.turns import SystemRole, arranged
from logminer.checkpoints.base import Answer, Message, model_label
from logminer.messages import split_thoughts

__all__ = ["SystemRole", "read_completion", "response_format", "to_chat"]

FINISH_REASONS = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
}


def to_chat(
    messages: Sequence[Message],
    system: str | None = None,
    *,
    system_role: SystemRole = "keep",
    merge_turns: bool = False,
) -> list[dict[str, Any]]:
    """Messages as OpenAI's chat API takes them: null fields left out, logged thoughts never sent.

    Args:
        messages: the anonymised prompt.
        system: replaces every system message of the prompt.
        system_role, merge_turns: see `Served`.
    """
    chat = [_message(m) for m in messages if system is None or m["role"] != "system"]
    if system is not None:
        chat = [{"role": "system", "content": system}, *chat]
    return arranged(chat, system_role, merge_turns)


def response_format(shape: dict[str, Any] | None) -> dict[str, Any] | None:
    """The field of a request that holds the answer to a JSON schema."""
    if shape is None:
        return None
    return {
        "type": "json_schema",
        "json_schema": {"name": "answer", "strict": True, "schema": shape},
    }


def _message(message: Message) -> dict[str, Any]:
    role, calls = message["role"], _calls(message.get("tool_calls"))
    wire = {"role": role, "content": message.get("content") or ""}
    if message.get("name"):
        wire["name"] = message["name"]
    if role == "tool":
        # No server takes a tool's result that answers no call; to the model it is input either way.
        if call := message.get("tool_call_id"):
            wire["tool_call_id"] = call
        else:
            wire["role"] = "user"
    if role == "assistant" and calls:
        wire["tool_calls"] = calls
    return wire


def _calls(text: str | None) -> list[dict[str, Any]]:
    """Logged tool calls; none where they are not such a list (they were anonymised as text)."""
    try:
        calls = json.loads(text or "[]")
    except ValueError:
        return []
    whole = isinstance(calls, list) and all(
        isinstance(call, dict) and call.get("id") and isinstance(call.get("function"), dict)
        for call in calls
    )
    return calls if whole else []


def read_completion(body: object, latency_s: float | None) -> Answer:
    """The first choice of a chat completion; whatever its shape, an answer (perhaps with an error).

    Thoughts are taken from `reasoning_content` or `reasoning`, else from `<think>` in the text. A structured
    refusal is what the model said. Who answered is told by `model` and `system_fingerprint`.
    """
    choices = body.get("choices") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(choices, list):
        return Answer(None, latency_s=latency_s, error="malformed_answer")
    if not choices:
        return Answer(None, latency_s=latency_s, error="empty_answer")
    choice = choices[0] if isinstance(choices[0], dict) else {}
    message = choice.get("message")
    if not isinstance(message, dict):
        return Answer(None, latency_s=latency_s, error="malformed_answer")
    finish = FINISH_REASONS.get(str(choice.get("finish_reason")))
    usage = body.get("usage")
    text, thoughts = _channels(message)
    filtered = finish == "content_filter" and not text
    return Answer(
        response=None if filtered else text,
        thoughts=None if filtered else thoughts,
        finish_reason=finish,
        input_tokens=_count(usage, "prompt_tokens"),
        output_tokens=_count(usage, "completion_tokens"),
        latency_s=latency_s,
        error="content_filter" if filtered else None,
        answered_by=model_label(body.get("model"), body.get("system_fingerprint")),
    )


def _channels(message: dict[str, Any]) -> tuple[str, str | None]:
    content = message.get("content")
    parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
    text = "".join(_text(p.get("text")) for p in parts if isinstance(p, dict))
    text = text or _text(message.get("refusal"))
    stated = _text(message.get("reasoning_content")) or _text(message.get("reasoning"))
    if stated:
        return text.strip(), stated.strip()
    thoughts, response = split_thoughts(text)
    return response, thoughts


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(usage: object, key: str) -> int | None:
    value = usage.get(key) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and 0 <= value < 2**31 else None
