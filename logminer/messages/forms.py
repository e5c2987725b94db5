"""The forms in which others keep a message, and a whole reply: each as one message with its fields.

Sources: the exports of ChatGPT, Claude and Claude Code; LangChain; the replies of OpenAI (chat, Responses, batches),
Anthropic, Google, Bedrock, Cohere and Ollama.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from logminer.messages.calls import first_of

__all__ = ["CASES", "ENDS", "Reply", "ending", "message_of", "read_reply", "there"]

Record = Mapping[str, Any]

CASES = ("data", "kwargs", "message")  # in which LangChain and Claude Code keep the message itself
ENDS = (
    "finish_reason",
    "stop_reason",
    "finishReason",
    "stopReason",
    "done_reason",
    "finish_details",
)
ARGUMENTS = ("arguments", "input", "args", "parameters")  # what nobody may change
DEEPEST = 4
OUTCOMES = ("response", "body", "result")  # in which batches keep a reply
ROLES = {"role", "from", "author", "sender", "speaker"}  # where a role may be, beside `type`


class Reply(NamedTuple):
    """A reply to one request."""

    message: Record
    finish: Any  # why it ended, in the words of whoever gave it


def there(value: Any) -> Any:
    """A value less fields that are null, and records that hold nothing else: Parquet writes every field of every record."""
    if isinstance(value, list):
        return [there(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {key: there(one) for key, one in value.items()}
    if value and all(one is None for one in kept.values()):
        return None
    kept = {key: value[key] if key in ARGUMENTS else one for key, one in kept.items()}
    return {key: one for key, one in kept.items() if one is not None}


def message_of(item: Record) -> Record:
    """A message as one record with its role and its content, without nulls."""
    item = there(item) or {}
    for case in CASES:
        inner = item.get(case)
        if isinstance(inner, dict) and not {"role", "from", "content"} & item.keys():
            item = {"type": _kind(item), **inner} if "role" not in inner else inner
    for beside in ("additional_kwargs", "response_metadata", "metadata"):  # LangChain, ChatGPT
        if isinstance(more := item.get(beside), dict):
            item = {**{k: v for k, v in more.items() if k in _BESIDE}, **item}
    if not ROLES & item.keys() and _is_item(item):
        role = "tool" if item["type"].endswith("_output") else "assistant"
        return {"role": role, "content": [item]}
    to = item.get("recipient")
    if (
        isinstance(to, str)
        and to not in ("all", "assistant")
        and isinstance(item.get("content"), dict)
    ):
        code = first_of(item["content"], "text", "parts")
        call = {"type": "function_call", "name": to, "arguments": code}
        return {**item, "content": [call]}
    return item


def _is_item(item: Record) -> bool:
    """Whether it is one of OpenAI's Responses that is no message: those have a type and no role."""
    kind = item.get("type")
    if not isinstance(kind, str) or kind == "reasoning":
        return kind == "reasoning"
    return (
        kind.endswith(("_call", "_call_output")) and not {"content", "value", "text"} & item.keys()
    )


_BESIDE = (*ENDS, "reasoning_content", "reasoning", "refusal", "tool_calls", "function_call")


def ending(message: Record) -> Any:
    """Why a message ended, where it says so. vLLM's `stop_reason` may be the number of a token."""
    told = {k: v for k, v in message.items() if k != "stop_reason" or not isinstance(v, int)}
    return first_of(told, *ENDS)


def read_reply(body: Any, depth: int = 0) -> Reply | None:
    """The first answer in a whole reply; None where it is none."""
    if not isinstance(body, dict) or depth > DEEPEST:
        return None
    for many in ("choices", "candidates"):
        if isinstance(found := body.get(many), list) and found:
            return _choice(found[0] if isinstance(found[0], dict) else {})
    if isinstance(blocked := body.get("promptFeedback"), dict):
        return Reply({}, "safety" if blocked.get("blockReason") else None)
    output = body.get("output")
    if isinstance(output, dict) and isinstance(output.get("message"), dict):  # Bedrock's
        return Reply(output["message"], ending(body))
    if isinstance(output, list):  # Responses
        return Reply({"content": [_item(one) for one in output]}, _why(body))
    if {"content", "role"} & body.keys() or any(isinstance(body.get(c), dict) for c in CASES[:2]):
        message = message_of(body)
        return Reply(message, ending(message))
    if isinstance(text := body.get("generated_text"), str):  # TGI's
        details = body.get("details")
        return Reply({"content": text}, ending(details) if isinstance(details, dict) else None)
    if isinstance(inner := body.get("message"), dict):  # Cohere's, Ollama's, of a batch
        return Reply(inner, ending(body) or ending(inner))
    inner = next((body[key] for key in OUTCOMES if isinstance(body.get(key), dict)), None)
    return read_reply(inner, depth + 1)


def _choice(choice: Record) -> Reply | None:
    message = first_of(choice, "message", "content")
    if message is None and isinstance(choice.get("text"), str):  # of a server that completes texts
        message = {"content": choice["text"]}
    if message is None and ending(choice) is not None and "finishReason" in choice:
        message = {}  # Google's, of what is blocked
    return Reply(message, ending(choice)) if isinstance(message, dict) else None


def _item(item: Any) -> Any:
    return item.get("content") if isinstance(item, dict) and item.get("type") == "message" else item


def _why(body: Record) -> Any:
    details = body.get("incomplete_details")
    return (details.get("reason") if isinstance(details, dict) else None) or body.get("status")


def _kind(item: Record) -> Any:
    """What a message's case says it is; LangChain's serialised ones have the name of a class: `HumanMessage`."""
    if isinstance(names := item.get("id"), list) and names:
        return str(names[-1]).removesuffix("Chunk").removesuffix("Message").lower()
    return item.get("type")
