"""One reading of a logged dialogue, whoever reads it.

The source and the recorded answers must see the same messages in the same dump: recorded answers are matched by a
hash of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator

from logminer.messages.calls import IDS, Waiting, first_of
from logminer.messages.forms import ending, message_of
from logminer.messages.message import Spoken, read_said
from logminer.messages.parts import Unreadable
from logminer.messages.states import read_finish
from logminer.messages.text import text_of
from logminer.schemas import ROLES

__all__ = [
    "PROBLEMS",
    "ROLES_ELSEWHERE",
    "SPEAKERS",
    "Message",
    "Reading",
    "Roles",
    "Sign",
    "read_messages",
    "role_of",
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

# What other tools call the roles.
SYNONYMS = {
    "user": "human prompter",
    "assistant": "gpt chatgpt model bot chatbot ai llm asst function_call tool_call",
    "system": "developer",
    "tool": (
        "function ipython observation environment tool_result tool_response tool_output function_response"
        " function_result code_interpreter"
    ),
}
_ROLES = {word: role for role, words in SYNONYMS.items() for word in (role, *words.split())}
# Names of roles that belong to a dialogue of another kind: which of ours they are, its owner knows. Any other word may be
# somebody's name, and is not told.
_ELSEWHERE = (
    "agent analyst assistant_1 assistant_2 caller candidate character client coach companion critic customer doctor editor"
    " employee examiner expert facilitator guest host interviewee interviewer judge manager mentor moderator narrator npc"
    " nurse observer operator other parent participant patient player reviewer rep sender receiver seller buyer"
    " speaker speaker_1 speaker_2 speaker1 speaker2 student support supervisor tutor teacher therapist user_1 user_2"
    " user1 user2 victim visitor worker"
)
ROLES_ELSEWHERE = frozenset(_ELSEWHERE.split())
CALLING = ("function_call", "tool_call")  # roles of a message that is nothing but a call
SPEAKERS = ("role", "from", "author", "type", "sender", "speaker")  # where a message keeps its role
MARKED = ("[image]", "[audio]", "[video]", "[file]")


def _small(roles: dict[str, Any]) -> dict[str, Any]:
    small: dict[str, Any] = {}
    for name, role in roles.items():
        if small.setdefault(word := name.strip().lower(), role) != role:
            raise ValueError(f"'{word}' is two roles; case does not count")
    return small


# What somebody calls the roles, in any case → ours; an option of a source and of recorded answers.
Roles = Annotated[dict[str, Literal["system", "user", "assistant", "tool"]], AfterValidator(_small)]


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


def turns_of(messages: Iterable[Message]) -> list[tuple[str, str]]:
    """The (role, content) pairs that `Pseudonyms.content_key` hashes."""
    return [(message["role"] or "", message["content"] or "") for message in messages]


def role_of(item: Mapping[str, Any], roles: Mapping[str, str] | None = None) -> str | None:
    """The role of a message as ours, or as it stands there in small letters where it is none that is known."""
    told = next((item[key] for key in SPEAKERS if item.get(key) is not None), None)
    if isinstance(told, dict):  # ChatGPT's export: {role, name}
        told = told.get("role")
    if not isinstance(told, str):
        return None
    word = told.strip().lower()
    return (roles or {}).get(word) or _ROLES.get(word.replace("-", "_").replace(" ", "_"), word)


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
    try:
        call = json.loads(said.content or "")
    except (ValueError, RecursionError):
        return said
    if not isinstance(call, dict):
        return said
    arguments = call.get("arguments", call.get("parameters", {}))
    told = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    function = {"name": text_of(call.get("name")), "arguments": told}
    calls = [{"id": None, "type": "function", "function": function}]
    return said._replace(content=None, tool_calls=calls)


def _identified(calls: Any, place: int) -> str | None:
    """Calls as JSON text; those of formats without ids get some, by which results are told."""
    if isinstance(calls, list):
        calls = [
            {**call, "id": f"call_{place}_{number}"}
            if isinstance(call, dict) and "function" in call and not call.get("id")
            else call
            for number, call in enumerate(calls)
        ]
    return text_of(calls or None)


def _says(text: str) -> bool:
    """Whether there is a word, beside marks of what is no text."""
    for marker in MARKED:
        text = text.replace(marker, "")
    return bool(text.strip())
