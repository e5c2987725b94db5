"""One reading of a logged dialogue, whoever reads it.

The source and the recorded answers must see the same messages in the same dump: recorded answers are matched by a
hash of them.
"""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from logminer.schemas import ROLES

__all__ = [
    "PROBLEMS",
    "Message",
    "Reading",
    "Split",
    "read_content",
    "read_messages",
    "split_thoughts",
    "text_of",
    "turns_of",
]

Message = dict[str, str | None]  # {role, content, thoughts, name, tool_calls, tool_call_id}

# Closed list of why a row cannot be used; it becomes the reason of its rejection.
PROBLEMS = (
    "null_messages",
    "bad_messages",
    "empty_conversation",
    "unknown_role",
    "no_user_message",
    "null_content",
    "duplicate_conversation_id",
    "superseded",
)

SYNONYMS = {
    "human": "user",
    "gpt": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "chatbot": "assistant",
    "developer": "system",
    "function": "tool",
}
THOUGHTS = ("thoughts", "reasoning_content", "reasoning")
PARTS = ("reasoning", "thinking", "text")  # where parts of a content keep their text
LONE_SURROGATE = re.compile("[\ud800-\udfff]")  # JSON can hold them, UTF-8 cannot

# `<think>` of most, `<thinking>`, and Kimi's `◁think▷`.
_OPEN, _CLOSE = r"(?:<think(?:ing)?>|◁think▷)", r"(?:</think(?:ing)?>|◁/think▷)"
OPENED = re.compile(rf"\s*{_OPEN}", re.IGNORECASE)
BLOCK = re.compile(rf"{_OPEN}(.*?){_CLOSE}", re.IGNORECASE | re.DOTALL)
# Some chat templates put the opening tag into the prompt, so that only the closing one is generated.
CLOSED_ONLY = re.compile(rf"^[ \t]*{_CLOSE}[ \t]*$", re.IGNORECASE | re.MULTILINE)


class Split(NamedTuple):
    """`thoughts` is None where there are none; `response` is '' where the model never came to speak."""

    thoughts: str | None
    response: str


class Reading(NamedTuple):
    """Either the messages, or the problem that forbids them."""

    messages: list[Message] | None
    problem: str | None


class Unreadable(Exception):
    """Carries one of PROBLEMS out of the reading of one dialogue; it never leaves this file."""


def read_messages(value: Any) -> Reading:
    """The dialogue in a cell: a list of messages, or the same as JSON text.

    Roles are mapped to ours, content given as parts is joined, and inline `<think>` blocks of assistants become
    `thoughts`. Content is null only where an assistant said nothing, which calls of tools explain.
    """
    try:
        messages = [_message(item) for item in _items(value)]
        said = [message["content"] for message in messages if message["role"] == "user"]
        if not said:
            raise Unreadable("no_user_message" if messages else "empty_conversation")
        if not any(text and text.strip() for text in said):
            raise Unreadable("empty_conversation")
    except Unreadable as problem:
        return Reading(None, str(problem))
    return Reading(messages, None)


def turns_of(messages: Iterable[Message]) -> list[tuple[str, str]]:
    """The (role, content) pairs that `Pseudonyms.content_key` hashes."""
    return [(message["role"] or "", message["content"] or "") for message in messages]


def text_of(value: Any) -> str | None:
    """A cell as text that UTF-8 can hold: `true`, `3`, `0.5`, ISO times; None for null, bytes, and what is not a number."""
    if value is None or isinstance(value, bytes):
        return None
    if isinstance(value, str):
        return _utf8(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float | Decimal):
        return _number(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, list | dict):
        return _utf8(json.dumps(value, ensure_ascii=False, default=str))
    return str(value)


def _utf8(text: str) -> str:
    return text if text.isascii() else LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def _number(value: float | Decimal) -> str | None:
    if math.isnan(value):
        return None
    if isinstance(value, Decimal):
        digits = format(value, "f")  # every one: ids have up to 76, `normalize` keeps 28
        return digits.rstrip("0").rstrip(".") if "." in digits else digits
    whole = abs(value) < 1e16 and value == int(value)
    return str(int(value)) if whole else repr(value)


def _items(value: Any) -> list[Any]:
    if value is None:
        raise Unreadable("null_messages")
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise Unreadable("bad_messages") from None
    if not isinstance(value, list):
        raise Unreadable("bad_messages")
    return value


def _message(item: Any) -> Message:
    if not isinstance(item, dict):
        raise Unreadable("bad_messages")
    role = str(item.get("role")).strip().lower()
    role = SYNONYMS.get(role, role)
    if role not in ROLES:
        raise Unreadable("unknown_role")
    _require_utf8(item, (*THOUGHTS, "name", "tool_calls", "tool_call_id"))
    content, thoughts = _content(item.get("content"))
    thoughts = next((text for key in THOUGHTS if (text := text_of(item.get(key)))), thoughts)
    if role == "user" and content is None:
        raise Unreadable("null_content")
    if role == "assistant" and content and not thoughts:
        thoughts, content = split_thoughts(content)
    return {
        "role": role,
        "content": content if role == "assistant" else content or "",
        "thoughts": thoughts or None,
        "name": text_of(item.get("name")),
        "tool_calls": text_of(item.get("tool_calls") or None),
        "tool_call_id": text_of(item.get("tool_call_id")),
    }


def read_content(value: Any) -> Split | None:
    """What a cell says that is the content of one message: text, or a list of parts; None where it is neither."""
    try:
        content, thoughts = _content(value)
    except Unreadable:
        return None
    return Split(thoughts, content or "")


def _require_utf8(record: dict[Any, Any], keys: Iterable[str]) -> None:
    """Bytes are what is not UTF-8: it would be lost without a word."""
    if any(isinstance(record.get(key), bytes) for key in keys):
        raise Unreadable("bad_messages")


def _content(value: Any) -> tuple[str | None, str | None]:
    """(content, thoughts) of text, or of a list of typed parts; parts that are no text (images) are left out."""
    if value is None or isinstance(value, str):
        return text_of(value), None
    if not isinstance(value, list):
        raise Unreadable("bad_messages")
    said: list[str] = []
    thought: list[str] = []
    for part in value:
        if isinstance(part, str):
            said.append(part)
            continue
        if not isinstance(part, dict):
            raise Unreadable("bad_messages")
        _require_utf8(part, PARTS)
        if part.get("type") in ("reasoning", "thinking"):
            thought += [t for key in PARTS if (t := part.get(key))]
        elif isinstance(part.get("text"), str):
            said.append(part["text"])
    return text_of("\n".join(said)), text_of("\n".join(map(str, thought)) or None)


def split_thoughts(text: str) -> Split:
    """`text` without its `<think>` blocks, and the blocks' contents joined by blank lines.

    Only a text that begins with a block is split, so that an answer *about* such tags stays whole. A block that is
    never closed is thought to the end. A closing tag alone on its line, with none opened before, ends thoughts that
    began in the prompt.
    """
    if OPENED.match(text):
        blocks = [block.strip() for block in BLOCK.findall(text)]
        rest = BLOCK.sub("", text)
        if opened := OPENED.match(rest):
            blocks.append(rest[opened.end() :].strip())
            rest = ""
    elif (closed := CLOSED_ONLY.search(text)) and not BLOCK.search(text):
        blocks, rest = [text[: closed.start()].strip()], text[closed.end() :]
    else:
        return Split(None, text)
    return Split("\n\n".join(filter(None, blocks)) or None, rest.strip())
