"""An answer that a dump holds, told from what it answers: how recorded checkpoints read dialogues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from logminer.messages.dialogue import Message, Sign, read_messages

__all__ = ["DumpAnswer", "answer_in"]

SEALED = [
    {"type": "reasoning.encrypted", "data": "-"}
]  # it thought, and the thoughts are not shown


class DumpAnswer(NamedTuple):
    """One answer of one model.

    `prompt` are the messages that it answers, each `{role, content}`. It is found by that, and by `prompt_id`; both are None
    where there is no answer, or none that can be read. The others are as recorded answers have them.
    """

    place: int  # row of the table where the dialogue begins
    prompt_id: str | None
    prompt: list[dict[str, Any]] | None
    model: str | None
    response: Any = None
    thoughts: str | None = None
    finish_reason: str | None = None
    error: Any = None
    tool_calls: Any = None
    reasoning_details: Any = None


def answer_in(
    place: int, messages: Any, roles: Mapping[str, str], prompt_id: str | None, model: str | None
) -> DumpAnswer:
    """What the assistant says after the last message of a user, as one answer.

    Args:
        place: row of the table.
        messages: the dialogue, as `read_messages` takes it.
        roles: see there.
        prompt_id: of what is answered.
        model: that answers.
    """
    read = read_messages(messages, roles)
    if read.messages is None:
        return DumpAnswer(place, None, None, model)
    asked = max(i for i, m in enumerate(read.messages) if m["role"] == "user")
    answers = [
        i for i in range(asked + 1, len(read.messages)) if read.messages[i]["role"] == "assistant"
    ]
    if not answers:
        return DumpAnswer(place, None, None, model)
    said = [read.messages[i] for i in answers]
    signs = [sign for sign in read.signs if sign.message_index in answers]
    return DumpAnswer(
        place,
        prompt_id,
        prompt_of(read.messages[: asked + 1]),
        model,
        _joined(said, "content"),
        _joined(said, "thoughts"),
        *_ending(signs, answers[-1]),
        next((m["tool_calls"] for m in reversed(said) if m["tool_calls"]), None),
        SEALED if any(sign.withheld for sign in signs) else None,
    )


def prompt_of(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Messages as what is asked: who says what."""
    return [{"role": m["role"], "content": m["content"] or ""} for m in messages]


def _joined(said: Sequence[Message], field: str) -> str | None:
    texts = [text for message in said if (text := message[field]) and text.strip()]
    return "\n\n".join(texts) or None


def _ending(signs: Sequence[Sign], last: int) -> tuple[str | None, str | None]:
    sign = next((sign for sign in signs if sign.message_index == last), None)
    return (sign.finish_reason, sign.error) if sign else (None, None)
