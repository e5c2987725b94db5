"""Rows of RESPONSES written by hand."""

from __future__ import annotations

from typing import Any

from logminer.messages.states import state_of, thoughts_state

__all__ = ["stated"]


def stated(row: dict[str, Any]) -> dict[str, Any]:
    """The row with the states that follow from what it says, where it names none itself."""
    error, finish, response = (row.get(name) for name in ("error", "finish_reason", "response"))
    states = {
        "state": state_of(error, finish, response),
        "thoughts_state": thoughts_state(row.get("thoughts"), False),
    }
    return states | row
