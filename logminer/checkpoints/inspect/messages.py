"""Our messages on the way out and inspect's outputs on the way in."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from logminer.checkpoints.asking.asker import Fault
from logminer.checkpoints.base import Answer, answer_of, model_label
from logminer.files.jsonread import read_json
from logminer.messages.message import read_answer
from logminer.messages.states import read_finish

__all__ = ["as_message", "merged", "offered_tools", "read_output", "to_inspect", "tools"]


def to_inspect(chat: Sequence[dict[str, Any]]) -> list[Any]:
    """A dialogue in the form of `to_chat` as inspect's messages; inspect has no place for a `name`."""
    from inspect_ai.model import (
        ChatMessageAssistant,
        ChatMessageSystem,
        ChatMessageTool,
        ChatMessageUser,
    )
    from inspect_ai.tool import ToolCall

    messages: list[Any] = []
    functions: dict[str, str] = {}
    for message in chat:
        role, content = message["role"], message["content"]
        if role == "system":
            messages.append(ChatMessageSystem(content=content))
        elif role == "tool":
            call = message["tool_call_id"]
            messages.append(
                ChatMessageTool(content=content, tool_call_id=call, function=functions.get(call))
            )
        elif role == "assistant":
            calls = message.get("tool_calls") or []
            functions |= {str(call["id"]): _function(call) for call in calls}
            made = [ToolCall(str(call["id"]), _function(call), _arguments(call)) for call in calls]
            messages.append(ChatMessageAssistant(content=content, tool_calls=made or None))
        else:
            messages.append(ChatMessageUser(content=content))
    return messages


def read_output(output: Any, latency_s: float) -> Answer:
    """The first choice of inspect's `ModelOutput`.

    Raises:
        Fault: there is none, or its text is a server's refusal and not the model's (inspect makes an output of it,
            without usage).
    """
    if not output.choices:
        raise Fault("empty_answer", passing=True)
    choice, usage = output.choices[0], output.usage
    if output.error or not usage:
        if choice.stop_reason == "model_length":
            raise Fault("context_too_long")
        if choice.stop_reason == "content_filter":
            raise Fault("content_filter")
    stop = choice.stop_reason
    return answer_of(
        read_answer(as_message(choice.message)),
        read_finish(None if stop == "unknown" else stop),  # its word where nothing was said
        thought=bool(_sum(usage, "reasoning_tokens")),
        input_tokens=_sum(
            usage, "input_tokens", "input_tokens_cache_read", "input_tokens_cache_write"
        ),
        output_tokens=_sum(usage, "output_tokens"),
        latency_s=latency_s,
        answered_by=model_label(output.model),
    )


def as_message(message: Any) -> dict[str, Any]:
    """Inspect's message as those of other formats."""
    content = message.content
    parts = content if isinstance(content, str) else [part.model_dump() for part in content]
    calls = [
        {"id": call.id, "function": call.function, "arguments": call.arguments}
        for call in message.tool_calls or ()
    ]
    return {"content": parts, "tool_calls": calls}


def _sum(usage: Any, *names: str) -> int | None:
    counts = [getattr(usage, name, None) for name in names] if usage else []
    return sum(count or 0 for count in counts) if any(c is not None for c in counts) else None


def _function(call: dict[str, Any]) -> str:
    return str(call["function"].get("name") or "unnamed")


def _arguments(call: dict[str, Any]) -> dict[str, Any]:
    stated = call["function"].get("arguments")
    with contextlib.suppress(ValueError, TypeError):
        if isinstance(parsed := read_json(stated), dict):
            return parsed
    return stated if isinstance(stated, dict) else {"arguments": stated}


def tools(chat: Sequence[dict[str, Any]], api: Any) -> list[Any]:
    """What was called in the dialogue, for providers that refuse calls of tools that are not declared."""
    from inspect_ai.tool import ToolInfo

    if not api.tools_required():
        return []
    calls = [call for message in chat for call in message.get("tool_calls") or []]
    names = dict.fromkeys(_function(call) for call in calls)
    return [ToolInfo(name=name, description=name) for name in names]


def offered_tools(told: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Tools that may be called, told in OpenAI's form."""
    from inspect_ai.tool import ToolInfo, ToolParams

    functions = [one["function"] for one in told]
    return [
        ToolInfo(
            name=one["name"],
            description=one["description"],
            parameters=ToolParams(**one["parameters"]),
        )
        for one in functions
    ]


def merged(chat: Sequence[dict[str, Any]], api: Any) -> list[dict[str, Any]]:
    """Messages of one role in a row as one, where the provider wants turns to alternate."""
    roles = ("user", "assistant", "system")
    wanted = {role for role in roles if getattr(api, f"collapse_{role}_messages", lambda: False)()}
    turns: list[dict[str, Any]] = []
    for message in chat:
        before = turns[-1] if turns else {}
        if message["role"] not in wanted or before.get("role") != message["role"]:
            turns.append(message)
            continue
        texts = filter(None, (before["content"], message["content"]))
        calls = [*before.get("tool_calls", ()), *message.get("tool_calls", ())]
        turns[-1] = {"role": message["role"], "content": "\n".join(texts)}
        turns[-1] |= {"tool_calls": calls} if calls else {}
    return turns
