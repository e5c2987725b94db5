"""The chat format that servers and local models share: our messages on the way out, their answers on the way in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from logminer.checkpoints.asking.turns import SystemRole, arranged
from logminer.checkpoints.base import Answer, Message, answer_of, model_label
from logminer.messages.calls import parsed
from logminer.messages.forms import ending, read_reply
from logminer.messages.message import read_answer
from logminer.messages.states import read_finish

__all__ = [
    "SystemRole",
    "nothing_came",
    "read_completion",
    "response_format",
    "to_chat",
]


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
    calls = parsed(text)
    whole = isinstance(calls, list) and all(
        isinstance(call, dict) and call.get("id") and isinstance(call.get("function"), dict)
        for call in calls
    )
    return calls if whole else []


def read_completion(
    body: object, latency_s: float | None, beside: Mapping[str, Any] | None = None
) -> Answer:
    """The first choice of a chat completion; whatever its shape, an answer (perhaps with an error).

    Who answered is told by `model` and `system_fingerprint`. Thoughts that are counted and not shown are withheld.

    Args:
        body: the reply, in the form of OpenAI or of others.
        latency_s: how long it took.
        beside: fields of the message that are known from elsewhere; what the body says goes before them.
    """
    reply = read_reply(body)
    if reply is None or not isinstance(body, dict):
        none = isinstance(body, dict) and body.get("choices") == []
        error = "empty_answer" if none else "malformed_answer"
        return Answer(None, latency_s=latency_s, error=error)
    beside, usage = beside or {}, body.get("usage")
    return answer_of(
        read_answer({**beside, **reply.message}),
        read_finish(reply.finish if reply.finish is not None else ending(beside)),
        thought=_thought_tokens(usage),
        input_tokens=_count(usage, "prompt_tokens", "input_tokens"),
        output_tokens=_count(usage, "completion_tokens", "output_tokens"),
        latency_s=latency_s,
        answered_by=model_label(body.get("model"), body.get("system_fingerprint")),
    )


def nothing_came(answer: Answer) -> str | None:
    """The error where there is no answer, not even the end of one: another try may bring it."""
    ended = answer.error == "empty_answer" and answer.finish_reason is not None
    return (
        answer.error if answer.error in ("malformed_answer", "empty_answer") and not ended else None
    )


def _thought_tokens(usage: object) -> bool:
    """Whether tokens of thoughts are counted."""
    if not isinstance(usage, dict):
        return False
    details = (usage.get(f"{name}_tokens_details") for name in ("completion", "output"))
    return any(_count(told, "reasoning_tokens") for told in (usage, *details))


def _count(usage: object, *keys: str) -> int | None:
    counts = (usage.get(key) for key in keys) if isinstance(usage, dict) else ()
    return next((n for n in counts if isinstance(n, int) and 0 <= n < 2**31), None)
