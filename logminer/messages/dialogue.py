"""One reading of a logged dialogue, whoever reads it.

The source and the recorded answers must see the same messages in the same dump: recorded answers are matched by a
hash of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from logminer.messages.calls import IDS, Waiting, first_of, made_call, parsed
from logminer.messages.forms import ending, message_of
from logminer.messages.message import Spoken, read_said
from logminer.messages.parts import MARKERS, Unreadable
from logminer.messages.roles import role_of
from logminer.messages.states import read_finish
from logminer.messages.text import text_of
from logminer.schemas import ROLES

__all__ = [
    "PROBLEMS",
    "Message",
    "Reading",
    "Sign",
    "read_messages",
    "strange_roles",
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

CALLING = ("function_call", "tool_call")  # roles of a message that is nothing but a call


class Sign(NamedTuple):
    """What is known of an answer in the log beside its text: of the message at `message_index`."""

    message_index: int
    finish_reason: str | None
    error: str | None  # a code
    withheld: bool  # it thought, and the thoughts are not shown


NOTHING = Sign(0, None, None, False)


class Reading(NamedTuple):
    """Either the messages, or the problem that forbids them."""

    messages: list[Message] | None
    problem: str | None
    signs: list[Sign] = []


def read_messages(value: Any, roles: Mapping[str, str] | None = None) -> Reading:
    """The dialogue in a cell: a list of messages, or the same as JSON text.

    Roles are mapped to ours, content given as parts is joined, images and files are marked, and what an assistant thought
    is told from what it said. Results of tools that stand inside a user's message become messages of their own.
    Content is null only where an assistant said nothing, which calls of tools explain.

    Args:
        value: the cell.
        roles: of this dump, in lower case → ours.
    """
    try:
        messages: list[Message] = []
        signs: list[Sign] = []
        waiting = Waiting()
        for item in _items(value):
            for message, sign in _messages(item, roles or {}, len(messages), waiting):
                _take(message, sign, messages, signs)
                waiting.take(message)
        said = [message["content"] or "" for message in messages if message["role"] == "user"]
        if not said:
            raise Unreadable("no_user_message" if messages else "empty_conversation")
        if not any(map(_says, said)):
            raise Unreadable("empty_conversation")
    except Unreadable as problem:
        return Reading(None, str(problem))
    except RecursionError:
        return Reading(None, "bad_messages")
    return Reading(messages, None, signs)


def before_answer(messages: Sequence[Message]) -> list[Message]:
    """What was said up to the last message of a user, that included."""
    last = max((i for i, m in enumerate(messages) if m["role"] == "user"), default=-1)
    return list(messages[: last + 1])


def turns_of(messages: Iterable[Message]) -> list[tuple[str, str]]:
    """The (role, content) pairs that `Pseudonyms.content_key` hashes."""
    return [(message["role"] or "", message["content"] or "") for message in messages]


def strange_roles(value: Any, roles: Mapping[str, str] | None = None) -> list[str]:
    """The roles of a dialogue, in small letters, that are none of ours; '' where a message has none."""
    try:
        items = [message_of(item) for item in _items(value) if isinstance(item, dict)]
        found = [role_of(item, roles) or "" for item in items]
    except (Unreadable, RecursionError):
        return []
    return [role for role in found if role not in ROLES]


def _items(value: Any) -> list[Any]:
    if value is None:
        raise Unreadable("null_messages")
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise Unreadable("bad_messages") from None
    if isinstance(value, dict) and isinstance(value.get("messages"), list | str):
        return _items(value["messages"])
    if not isinstance(value, list):
        raise Unreadable("bad_messages")
    return value


def _messages(
    item: Any, roles: Mapping[str, str], place: int, waiting: Waiting
) -> Iterator[tuple[Message, Sign | None]]:
    """A message of a dump as ours: beside what it says, the results of tools that it tells."""
    if not isinstance(item, dict):
        raise Unreadable("bad_messages")
    item = message_of(item)
    role = role_of(item, roles)
    if role not in ROLES:
        raise Unreadable("unknown_role")
    said = read_said(item, speech=role == "assistant")
    if role == "assistant" and str(item.get("role", item.get("from"))).strip().lower() in CALLING:
        said = _as_call(said)
    if role != "assistant":
        yield from _results(said, waiting)
        if said.results and not (said.content or "").strip():
            return
    if role == "user" and said.content is None:
        raise Unreadable("null_content")
    call_id = text_of(first_of(item, *IDS[:-1]))
    if role == "tool" and call_id is None:
        call_id = waiting.answered(text_of(item.get("name")))
    message = _message(
        role,
        said.content if role == "assistant" else said.content or "",
        thoughts=said.thoughts,
        name=text_of(item.get("name")),
        tool_calls=_identified(said.tool_calls, place),
        call_id=call_id,
    )
    if role != "assistant":
        yield message, None
        return
    yield message, _sign(item, said)
    yield from _results(said, waiting)  # of tools on the provider's side


def _results(said: Spoken, waiting: Waiting) -> Iterator[tuple[Message, None]]:
    """What tools gave back, as messages."""
    for result in said.results:
        call_id = result.call_id or waiting.answered(result.name)
        yield _message("tool", result.content, name=result.name, call_id=call_id), None


def _take(message: Message, sign: Sign | None, messages: list[Message], signs: list[Sign]) -> None:
    """The next message, as one with what the same model thought just before: some keep both apart."""
    before = messages[-1] if messages else None
    told = signs[-1] if signs and signs[-1].message_index == len(messages) - 1 else NOTHING
    if (
        before
        and message["role"] == before["role"] == "assistant"
        and (before["thoughts"] or told.withheld)
        and not ((before["content"] or "").strip() or before["tool_calls"] or any(told[1:3]))
    ):
        messages.pop()
        thoughts = filter(None, (before["thoughts"], message["thoughts"]))
        message = {**message, "thoughts": "\n\n".join(thoughts) or None}
        if told is not NOTHING:
            signs.pop()
        if told.withheld and not message["thoughts"]:
            sign = (sign or NOTHING)._replace(withheld=True)
    if sign:
        signs.append(sign._replace(message_index=len(messages)))
    messages.append(message)


def _message(
    role: str,
    content: str | None,
    *,
    thoughts: str | None = None,
    name: str | None = None,
    tool_calls: str | None = None,
    call_id: str | None = None,
) -> Message:
    return {
        "role": role,
        "content": content,
        "thoughts": thoughts or None,
        "name": name,
        "tool_calls": tool_calls,
        "tool_call_id": call_id,
    }


def _sign(item: Mapping[str, Any], said: Spoken) -> Sign | None:
    finish = read_finish(ending(item))
    sign = Sign(0, finish.reason, finish.error, said.withheld)
    return sign if any(sign) else None


def _as_call(said: Spoken) -> Spoken:
    """A message whose text is a call, as JSON."""
    call = parsed(said.content)
    if not isinstance(call, dict):
        return said
    arguments = call.get("arguments", call.get("parameters", {}))
    return said._replace(content=None, tool_calls=[made_call(text_of(call.get("name")), arguments)])


def _identified(calls: Sequence[Mapping[str, Any]] | None, place: int) -> str | None:
    """Calls as JSON text; those of formats without ids get some, by which results are told."""
    if not calls:
        return None
    return text_of(
        [
            call if call.get("id") else {**call, "id": f"call_{place}_{number}"}
            for number, call in enumerate(calls)
        ]
    )


def _says(text: str) -> bool:
    """Whether there is a word, beside marks of what is no text."""
    for marker in MARKERS.values():
        text = text.replace(marker, "")
    return bool(text.strip())
