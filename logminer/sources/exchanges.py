"""Calls of models as dialogues: what was sent, what came back, and which call goes on with which.

Logs of calls keep requests and replies as whoever made them wrote them: a list of messages, the body of a request of
OpenAI's, Anthropic's or Google's, or plain text; a message, a whole reply, parts, or plain text; each also as JSON text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from logminer.messages.calls import first_of, parsed, stated_calls
from logminer.messages.dialogue import Message, read_messages
from logminer.messages.forms import ENDS, ending, read_reply, there
from logminer.messages.text import text_of

__all__ = [
    "CONTENT_FILTER",
    "ERROR",
    "HIDDEN",
    "LENGTH",
    "REQUESTS",
    "dialogue_of",
    "end_of_reply",
    "longest",
]

# How an answer ended, where the log says so and the reply does not.
ERROR = "error"
CONTENT_FILTER = "content_filter"
LENGTH = "length"

TOO_DEEP = [None]  # a dialogue that cannot be read

REQUESTS = ("messages", "contents", "input", "prompt")  # where a request has its dialogue
SYSTEM = ("system", "instructions", "systemInstruction", "system_instruction")
REPLIES = ("choices", "candidates")
# What stands where a log hides what was said: OpenInference's, LiteLLM's.
HIDDEN = ("__REDACTED__", "redacted-by-litellm", "REDACTED_BY_LITELM")
SPEAKING = {"role", "additional_kwargs"}  # of a message, whoever writes it
CALLING = {"function", "toolName", "toolCallId", "tool_name"}  # of a call of a tool


def dialogue_of(request: Any, reply: Any, ended: str | None = None) -> Any:
    """A call of a model as `read_messages` takes it.

    Args:
        request: what was sent: messages, the body of a request, or text.
        reply: what came back: a message, a whole reply, parts, or text.
        ended: how the answer ended, where the log says so: it then holds, and an answer that never came is told as one that
            ended so.

    Returns:
        The messages, the answer last where there is one; None where nothing was sent that is kept.
    """
    try:
        sent = asked(request)
        added = _added(sent, reply)
        said = answered(reply) if added is None else added
    except RecursionError:
        return TOO_DEEP
    if not isinstance(sent, list):
        return sent
    if ended and not said:
        said = [{"role": "assistant", "content": None}]
    if ended and isinstance(said[-1], dict):
        said[-1] = {k: v for k, v in said[-1].items() if k not in ENDS} | {"finish_reason": ended}
    return [*map(_shown, sent), *map(_shown, said)]


def asked(request: Any) -> Any:
    """The dialogue in a request; None where there is none, text as what a user says."""
    told = there(parsed(request))
    if told in (None, "", {}, []):
        return None
    if isinstance(told, list) and len(told) == 1 and isinstance(told[0], list):
        told = told[0]  # LangChain's: of several dialogues the only one
    if isinstance(told, list):
        if all(isinstance(one, str) for one in told):
            return [{"role": "user", "content": one} for one in told]
        return told if any(isinstance(one, dict) for one in told) else _user(request)
    if not isinstance(told, dict):
        return _user(told)
    if isinstance(kwargs := told.get("kwargs"), dict) and any(kwargs.get(key) for key in REQUESTS):
        told = kwargs  # of a function that is watched
    if SPEAKING & told.keys():
        return [told]
    inner = first_of(told, *REQUESTS)
    if inner is None:
        return _user(request)
    sent = asked(inner)
    if "contents" in told and isinstance(sent, list):  # Google's: who asks once need not say who
        sent = [{"role": "user", **one} if isinstance(one, dict) else one for one in sent]
    system = first_of(told, *SYSTEM)
    if system in (None, "", [], {}) or not isinstance(sent, list):
        return sent
    if isinstance(system, dict):
        system = first_of(system, "parts", "content")
    return [{"role": "system", "content": system}, *sent]


def answered(reply: Any) -> list[Any]:
    """What came back, as messages; none where there is none. What is no reply is what was said: models write JSON too."""
    told = there(parsed(reply))
    if told in (None, "", {}, []):
        return []
    if isinstance(told, list) and all(isinstance(one, dict) for one in told):
        if len(told) == 1 and not SPEAKING & told[0].keys() and _is_reply(told[0]):
            return answered(told[0])
        if all(SPEAKING & one.keys() for one in told):
            return list(told)
        if all(CALLING & one.keys() for one in told):
            return [{"role": "assistant", "content": None, "tool_calls": told}]
        if all(isinstance(one.get("type"), str) for one in told):
            return _replied({"output": told})
    if isinstance(told, dict) and _is_reply(told):
        return _replied(told)
    return [{"role": "assistant", "content": text_of(reply)}]


def end_of_reply(reply: Any) -> str | None:
    """Why a whole reply ended, where it says so."""
    try:
        told = there(parsed(reply))
    except RecursionError:
        return None
    found = read_reply(told) if isinstance(told, dict) and _is_reply(told) else None
    return found.finish if found is not None and isinstance(found.finish, str) else None


def _added(sent: Any, reply: Any) -> list[Any] | None:
    """Of a reply that is the whole dialogue, as the state of LangGraph's graphs, what comes after what was sent; else None."""
    told = there(parsed(reply))
    whole = told.get("messages") if isinstance(told, dict) else None
    if not isinstance(whole, list) or not isinstance(sent, list):
        return None
    last = _words(sent[-1:])
    at = [i for i, one in enumerate(whole) if last and _words([one]) == last]
    return whole[at[-1] + 1 :] if at else None


def _words(messages: list[Any]) -> tuple[Any, Any] | None:
    """Who says what in a list of one message; None where it cannot be read."""
    read = read_messages(messages).messages
    return (read[0]["role"], read[0]["content"]) if read else None


def longest(calls: Sequence[tuple[int, Any]]) -> list[int]:
    """Of calls that belong together those that no other goes on with: each is a conversation.

    A call goes on with another where its dialogue begins with the whole of the other's: every message has the same role,
    says the same, and calls the same tools. Of calls that say the same the first one counts. One that got no answer is gone
    on with by whoever asks the same again.

    Args:
        calls: a number of each, and its dialogue as `read_messages` takes it.

    Returns:
        The numbers, in order. A call that cannot be read is always among them.
    """
    if len(calls) < 2:
        return [number for number, _ in calls]
    kept: list[int] = []
    read: list[_Chain] = []
    for number, messages in calls:
        found = read_messages(messages).messages
        if found is None:
            kept.append(number)
        else:
            read.append(_Chain.of(number, found))
    begun: set[bytes] = set()
    for chain in sorted(read, key=lambda one: (-one.said, -len(one.steps), one.number)):
        if chain.end not in begun:
            kept.append(chain.number)
            begun.update(chain.steps)
    return sorted(kept)


class _Chain(NamedTuple):
    """The beginnings of a dialogue, each as a hash."""

    number: int
    steps: list[bytes]  # after each message
    said: int  # messages up to the last one that says something
    end: bytes  # after that one

    @classmethod
    def of(cls, number: int, messages: Iterable[Message]) -> _Chain:
        hashed, steps, said, end = hashlib.blake2b(digest_size=16), [], 0, b""
        for message in messages:
            names = [
                text_of(c["function"].get("name")) for c in stated_calls(message["tool_calls"])
            ]
            content = (message["content"] or "").strip()
            hashed.update(repr((message["role"], content, names)).encode("utf-8", "replace"))
            steps.append(hashed.copy().digest())
            if message["role"] != "assistant" or content or names:
                said, end = len(steps), steps[-1]
        return cls(number, steps, said, end)


def _user(text: Any) -> list[dict[str, Any]]:
    return [{"role": "user", "content": text_of(text)}]


def _is_reply(told: Mapping[str, Any]) -> bool:
    """Whether it is a message or a whole reply of a server, and no JSON that a model wrote."""
    if SPEAKING & told.keys() or any(isinstance(told.get(many), list) for many in REPLIES):
        return True
    if told.get("object") == "response" or told.get("type") == "message":
        return True
    inner = first_of(told, "message", "output")
    inner = inner.get("message", inner) if isinstance(inner, dict) else None
    return isinstance(inner, dict) and bool(SPEAKING & inner.keys())


def _replied(body: Mapping[str, Any]) -> list[Any]:
    found = read_reply(body)
    if found is None:
        return []
    message = {**found.message, "role": "assistant"}
    if found.finish is not None and ending(message) is None:
        message["finish_reason"] = found.finish
    return [message]


def _shown(message: Any) -> Any:
    """A message; without its content where the log hides it."""
    if isinstance(message, dict) and message.get("content") in HIDDEN:
        return {**message, "content": None}
    return message
