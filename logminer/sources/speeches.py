"""Cells that hold a list of messages, or what one person says: the columns of TRL and of Anthropic's HH-RLHF."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from logminer.messages.calls import parsed
from logminer.messages.roles import SPEAKERS, role_of

__all__ = ["Speech", "asks", "spoken", "with_system"]

Speech = Mapping[str, Any]  # a message as it stands there

_TURN = re.compile(r"(?:\A\s*|\n\n)(Human|Assistant):[ \t]?")


def spoken(cell: Any, role: str) -> list[Speech] | None:
    """The messages in a cell; None where it is empty.

    A list of messages, the same as JSON text, text with turns after `Human:` and `Assistant:`, or what `role` says.
    """
    told = parsed(cell)
    if isinstance(told, dict):
        told = told["messages"] if isinstance(told.get("messages"), list) else [told]
    if isinstance(told, list) and told and all(_is_message(one) for one in told):
        return told
    if not isinstance(cell, str) or not cell.strip():
        return None
    return _turns(cell) or [{"role": role, "content": cell}]


def with_system(cell: Any, system: Any) -> Any:
    """A dialogue with what a column says to the model beforehand as its first message, unless it begins with one.

    Args:
        cell: a list of messages, or the same as JSON text; anything else is given back.
        system: text, or parts; what else stands there is none.
    """
    told, before = parsed(cell), parsed(system)
    before = before.strip() and before if isinstance(before, str) else before
    if not before or not isinstance(before, str | list) or not isinstance(told, list):
        return cell
    first = told[0] if told and isinstance(told[0], dict) else {}
    if role_of(first) == "system":
        return cell
    return [{"role": "system", "content": before}, *told]


def asks(messages: Sequence[Speech], roles: Mapping[str, str]) -> bool:
    """Whether a user is among those who speak; `roles`: see `role_of`."""
    return any(role_of(message, roles) == "user" for message in messages)


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and not value.keys().isdisjoint(SPEAKERS)


def _turns(text: str) -> list[Speech]:
    """The turns of a text that begins with one; a last one that says nothing is left out."""
    before, *pieces = _TURN.split(text)
    if before.strip() or len(pieces) < 2:
        return []
    roles = {"Human": "user", "Assistant": "assistant"}
    turns: list[Speech] = [
        {"role": roles[who], "content": said.strip()}
        for who, said in zip(pieces[::2], pieces[1::2], strict=True)
    ]
    return turns if turns[-1]["content"] else turns[:-1]
