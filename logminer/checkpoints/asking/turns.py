"""A dialogue brought into the form that a model's template knows: no system role, or strictly taken turns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

__all__ = ["SystemRole", "arranged"]

SystemRole = Literal["keep", "fold", "drop"]
Chat = list[dict[str, Any]]  # in the form of `to_chat`


def arranged(chat: Chat, system_role: SystemRole, merge_turns: bool) -> Chat:
    """`chat` with its system messages and turns as they are wanted; see `Served`."""
    if system_role == "drop":
        chat = [message for message in chat if message["role"] != "system"]
    elif system_role == "fold":
        chat = _folded(chat)
    if not merge_turns:
        return chat
    # A template that wants turns knows a system message at the beginning only.
    first = next((i for i, message in enumerate(chat) if message["role"] != "system"), len(chat))
    return _merged([*chat[:first], *map(_told, _folded(chat[first:]))])


def _folded(chat: Sequence[dict[str, Any]]) -> Chat:
    """System messages put before the next user message; where none follows, they are one."""
    turns: Chat = []
    waiting: list[str] = []
    for message in chat:
        if message["role"] == "system":
            waiting.append(message["content"])
        elif message["role"] == "user":
            turns.append(message | {"content": _joined(*waiting, message["content"])})
            waiting = []
        else:
            turns.append(message)
    if waiting:
        turns.append({"role": "user", "content": _joined(*waiting)})
    return turns


def _told(message: dict[str, Any]) -> dict[str, Any]:
    """Calls of tools told in the text, results of tools as the user's words."""
    if message["role"] == "tool":
        return {"role": "user", "content": message["content"]}
    if calls := message.get("tool_calls"):
        told = (json.dumps(call["function"], ensure_ascii=False) for call in calls)
        return {"role": message["role"], "content": _joined(message["content"], *told)}
    return message


def _merged(chat: Chat) -> Chat:
    turns: Chat = []
    for message in chat:
        if turns and turns[-1]["role"] == message["role"]:
            same = turns[-1].get("name") == message.get("name")
            kept = turns[-1] if same else {"role": message["role"]}
            turns[-1] = kept | {"content": _joined(turns[-1]["content"], message["content"])}
        else:
            turns.append(message)
    return turns


def _joined(*texts: str) -> str:
    return "\n\n".join(text for text in texts if text)
