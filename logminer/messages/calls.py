"""Calls of tools, in whatever form they are told, in that of OpenAI's chat API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from logminer.messages.text import text_of

__all__ = ["IDS", "Waiting", "call_of", "first_of", "made_call", "parsed", "stated_calls"]

WRAPPED = (
    "toolUse",
    "functionCall",
    "function_call",
    "toolInvocation",
)  # Bedrock's, Google's, Vercel's
CODE = ("executableCode", "executable_code")  # Google's
KINDS = ("function_call", "tool_call", "tool_invocation", "dynamic_tool")
IDS = ("call_id", "toolUseId", "toolCallId", "tool_call_id", "tool_use_id", "id")


def call_of(part: Mapping[str, Any], kind: str) -> dict[str, Any] | None:
    """The call that a part of a content is; None where it is none.

    Args:
        part: its fields.
        kind: its type, in small letters.
    """
    for wrapped in WRAPPED:
        if isinstance(inner := part.get(wrapped), dict):
            return _call(inner)
    for wrapped in CODE:
        if isinstance(inner := part.get(wrapped), dict):
            return made_call("code_execution", inner)
    word = kind.replace("-", "_")
    if word in KINDS or word.endswith(("tool_use", "_call")):
        inner = part.get("function") if isinstance(part.get("function"), dict) else part
        return _call({**part, **(inner or {})}, word)
    if word.startswith("tool_") and part.get("toolCallId"):  # Vercel's: `tool-NAME`
        return _call(part, str(part.get("type") or part.get("content_type"))[5:])
    return None


def stated_calls(told: Any) -> list[dict[str, Any]]:
    """The calls in a message's field: a list, or the same as JSON text; what is none is left out."""
    told = parsed(told)
    told = [told] if isinstance(told, dict) else told
    told = told if isinstance(told, list) else []
    return [_whole(call) for call in told if isinstance(call, dict)]


class Waiting:
    """The calls just made that no result has answered; a result without an id answers one of them."""

    def __init__(self) -> None:
        self._names: dict[str, str | None] = {}  # of each call that waits
        self._ids: dict[str | None, dict[str, None]] = {}  # by name

    def take(self, message: Mapping[str, str | None]) -> None:
        """The next message of the dialogue, as ours."""
        if message["role"] == "tool":
            told = message["tool_call_id"] or ""
            if told in self._names:
                del self._ids[self._names.pop(told)][told]
            return
        self._names, self._ids = {}, {}
        for call in stated_calls(message["tool_calls"]):
            call_id = call.get("id")
            if isinstance(call_id, str) and call_id not in self._names:
                name = text_of(call["function"].get("name"))
                self._names[call_id] = name
                self._ids.setdefault(name, {})[call_id] = None

    def answered(self, name: str | None) -> str | None:
        """The id of the next call of a tool, or else of any; None where none waits."""
        return next(iter(self._ids.get(name) or self._names), None)


def parsed(value: Any) -> Any:
    """What a text holds that is a list or record in JSON; any other value as it is."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("[", "{"):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def made_call(name: str | None, arguments: Any, call_id: Any = None) -> dict[str, Any]:
    """A call in OpenAI's form."""
    if not isinstance(arguments, str):
        arguments = text_of(arguments if arguments is not None else {})
    function = {"name": name, "arguments": arguments}
    return {"id": text_of(call_id), "type": "function", "function": function}


def first_of(told: Mapping[str, Any], *keys: str) -> Any:
    """The first that is not null."""
    return next((told[key] for key in keys if told.get(key) is not None), None)


def _whole(call: dict[str, Any]) -> dict[str, Any]:
    """OpenAI's as it stands; those of others (LangChain, Inspect) in its form."""
    function = call.get("function")
    if isinstance(function, dict) and isinstance(function.get("arguments"), str):
        return call
    named: dict[str, Any] = {"name": function} if isinstance(function, str) else {}
    for key in ("function", "custom"):
        if isinstance(inner := call.get(key), dict):
            named |= inner
    return _call({**call, **named})


def _call(told: Mapping[str, Any], kind: str | None = None) -> dict[str, Any]:
    arguments = first_of(told, "arguments", "input", "args", "parameters", "action")
    name = text_of(first_of(told, "name", "toolName")) or kind
    return made_call(name, arguments, first_of(told, *IDS))
