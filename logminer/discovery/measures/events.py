"""What a response is, told from its state and not from its text."""

from __future__ import annotations

from typing import Literal, NamedTuple

from logminer.messages.states import JUDGED

__all__ = ["EVENTS", "Event"]


class Event(NamedTuple):
    """Something that a response is, told from its state.

    Attributes:
        name: as in the column `feature`.
        channel: where it is listed.
        doc: what such a response does.
        of: SQL on `responses AS r`: whether it does.
        asked: SQL: of which responses that is known.
    """

    name: str
    channel: Literal["response", "thoughts"]
    doc: str
    of: str
    asked: str


_JUDGED = f"r.state IN ({', '.join(map(repr, JUDGED))})"
EVENTS = (
    Event(
        "tool_calls",
        "response",
        "calls a tool",
        "r.state = 'tool_call' OR r.finish_reason IS NOT DISTINCT FROM 'tool_calls'",
        f"{_JUDGED} OR r.state = 'tool_call'",
    ),
    Event(
        "thinks",
        "thoughts",
        "thinks before it answers",
        "r.thoughts_state = 'present'",
        f"{_JUDGED} AND r.thoughts_state <> 'unknown'",
    ),
)
