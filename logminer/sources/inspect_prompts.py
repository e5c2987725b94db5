"""What the model under test was given before its first turn: the system, the user, and the tools it had.

Source: `ChatMessageBase.source`, `ModelEvent` and `ToolInfo` of inspect_ai 0.3.285 (model/_chat_message.py, event/_model.py,
tool/_tool_info.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from logminer.messages.dialogue import Message, read_messages
from logminer.sources.inspect_messages import resolved
from logminer.sources.inspect_samples import Header, LoggedSample, dialogue

__all__ = ["AskedFirst", "asked_first"]

Record = dict[str, Any]


class AskedFirst(NamedTuple):
    """The beginning of a sample.

    Attributes:
        messages: up to the first turn of the model under test; None where it is no prompt.
        problem: why it is none: `failed` (or invalidated), `no_target_turn`, `no_user_message`, `ends_otherwise` (not in a
            user's message), or as `read_messages` has it.
        tools: what it could call, in OpenAI's form; None: nothing.
    """

    messages: list[Message] | None
    problem: str | None = None
    tools: list[Record] | None = None


def asked_first(header: Header, sample: LoggedSample) -> AskedFirst:
    """Cut a sample before the first turn of the model under test; answers in the data set's own input stay.

    Args:
        header: of the log.
        sample: one of its samples.
    """
    told = sample.told
    if told.get("error") is not None or told.get("invalidation") is not None:
        return AskedFirst(None, "failed")
    whole = dialogue(header, sample, None)
    first = _first_turn(whole) if whole else None
    if whole is None or first is None:
        return AskedFirst(None, "no_target_turn")
    given = whole[:first]
    if not any(message.get("role") == "user" for message in given):
        return AskedFirst(None, "no_user_message")
    if given[-1].get("role") != "user":
        return AskedFirst(None, "ends_otherwise")
    read = read_messages(given)
    if read.messages is None:
        return AskedFirst(None, read.problem)
    return AskedFirst(read.messages, None, _tools(header, sample))


def _first_turn(messages: Sequence[Any]) -> int | None:
    turns = (
        number
        for number, message in enumerate(messages)
        if message.get("role") == "assistant" and message.get("source") != "input"
    )
    return next(turns, None)


def _tools(header: Header, sample: LoggedSample) -> list[Record] | None:
    """Those of the first call of the model under test."""
    roles = ("target",) if header.has_target else ("target", None)
    call = None
    for one in sample.called():  # the last comes first
        call = one if one.get("role") in roles else call
    tools = call.get("tools") if call else None
    if not isinstance(tools, list) or not tools:
        return None
    return [_tool(resolved(tool, sample.attachment)) for tool in tools if isinstance(tool, dict)]


def _tool(told: Record) -> Record:
    function = {key: told.get(key) for key in ("name", "description")}
    return {"type": "function", "function": {**function, "parameters": told.get("parameters")}}
