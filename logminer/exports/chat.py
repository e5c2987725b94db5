"""A study's messages as Inspect's, in JSON.

Source: `inspect_ai.model.ChatMessage`, `ContentReasoning` and `inspect_ai.tool.ToolCall` (0.3.285).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from logminer.messages.calls import parsed, stated_calls

__all__ = ["answered", "inspect_chat"]

Message = Mapping[str, Any]


def answered(row: Mapping[str, Any]) -> list[Message]:
    """The prompt of a response, and what was said to it as one more message, where anything was."""
    said, thought = row["response"], row["thoughts"]
    answer = {"role": "assistant", "content": said, "thoughts": thought}
    return [*row["messages"], *([answer] if said is not None or thought is not None else [])]


def inspect_chat(messages: Sequence[Message], name: str | None = None) -> list[dict[str, Any]]:
    """Each message with its role, its content, its calls; thoughts are a part of the content.

    Args:
        messages: as in `schemas.MESSAGE`.
        name: each message has an id made of it and its place, by which it can be pointed to.
    """
    functions: dict[str, str] = {}
    chat = []
    for place, message in enumerate(messages):
        made: dict[str, Any] = {"role": message["role"], "content": _content(message)}
        if name is not None:
            made["id"] = f"{name}-{place}"
        if message["role"] == "assistant" and message.get("tool_calls"):
            calls = [_call(call, n) for n, call in enumerate(stated_calls(message["tool_calls"]))]
            functions |= {call["id"]: call["function"] for call in calls}
            made["tool_calls"] = calls
        if message["role"] == "tool":
            made["tool_call_id"] = message.get("tool_call_id")
            made["function"] = message.get("name") or functions.get(made["tool_call_id"])
        chat.append(made)
    return chat


def _content(message: Message) -> str | list[dict[str, Any]]:
    said = message["content"] or ""
    if not message.get("thoughts"):
        return said
    thought = {"type": "reasoning", "reasoning": message["thoughts"]}
    return [thought, {"type": "text", "text": said}]


def _call(call: Message, place: int) -> dict[str, Any]:
    called = call.get("function") or {}
    arguments = parsed(called.get("arguments"))
    return {
        "id": str(call.get("id") or f"call_{place}"),
        "function": str(called.get("name") or "unnamed"),
        "arguments": arguments if isinstance(arguments, dict) else {"arguments": arguments},
        "type": "function",
    }
