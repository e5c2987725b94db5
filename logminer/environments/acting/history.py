"""What an agent is told again before each of its messages."""

from __future__ import annotations

import json
from collections.abc import Sequence

from logminer.checkpoints.base import Message
from logminer.environments.acting.calls import Call, Utterance, as_blocks, as_stated
from logminer.environments.acting.tools import PROTOCOL

__all__ = ["History"]

GONE = "[left out to save room; ask for less at a time]"


class History:
    """The task and what followed, in the form in which a model is told of its calls.

    Args:
        asked: the anonymised prompt; it ends in a user's message. Where it does not explain the tools, this is added to it.
        native: whether calls are told as servers tell them, where they were made so.
    """

    def __init__(self, asked: Sequence[Message], native: bool) -> None:
        last = asked[-1]
        if not any(PROTOCOL in (one["content"] or "") for one in asked):
            last = {**last, "content": f"{last['content'] or ''}\n\n{PROTOCOL}"}
        self._asked = [*asked[:-1], last]
        self._native = native
        self._rounds: list[tuple[Message, list[Message]]] = []  # said, and told of it
        self._added = 0
        self._bare = 0  # of the first rounds what was told is left out

    @property
    def messages(self) -> list[Message]:
        """What is sent."""
        told: list[Message] = [*self._asked]
        for number, (said, answers) in enumerate(self._rounds):
            gone = number < self._bare
            told.append(said)
            told += [{**one, "content": GONE} if gone else one for one in answers]
        return told

    def add(self, said: Utterance, results: Sequence[str]) -> None:
        """One message and what came of each of its calls; of one without calls what is to be said to it."""
        stated = self._native and any(call.stated for call in said.calls)
        if not stated:
            told = [_message("user", _numbered(said.calls, results))]
            self._rounds.append((_message("assistant", as_blocks(said) or "(nothing)"), told))
            return
        number = self._added
        self._added += 1  # not the rounds that are left: ids stay apart where some are left out
        named = [
            call._replace(call_id=call.call_id or f"call_{number}_{place}")
            for place, call in enumerate(said.calls)
        ]
        calls = json.dumps([as_stated(call) for call in named], ensure_ascii=False)
        self._rounds.append(
            (
                {**_message("assistant", said.content), "tool_calls": calls},
                [
                    {**_message("tool", result), "tool_call_id": call.call_id}
                    for call, result in zip(named, results, strict=True)
                ],
            )
        )

    def shorten(self) -> bool:
        """Leave out the older half of what was told, or where that is done, of the rounds; False: there is nothing left."""
        if left := len(self._rounds) - self._bare:
            self._bare += max(1, left // 2)
            return True
        if len(self._rounds) > 1:
            away = len(self._rounds) // 2
            self._rounds = self._rounds[away:]
            self._bare = max(0, self._bare - away)
            return True
        return False


def _numbered(calls: Sequence[Call], results: Sequence[str]) -> str:
    if not calls:
        return "\n\n".join(results)
    return "\n\n".join(
        f"Call {number}, {call.tool or 'not understood'}:\n{result}"
        for number, (call, result) in enumerate(zip(calls, results, strict=True), 1)
    )


def _message(role: str, content: str) -> Message:
    return {"role": role, "content": content}
