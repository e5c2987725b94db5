"""`responses`: OpenAI's Responses API, one response a record with what was asked: `input`, `instructions`, `output`.

`instructions` are the first message, `input` is text or items, and what `output` holds is one answer of the assistant.
Reasoning without its text, encrypted or not, is thoughts that are unknown; `status`, `incomplete_details` and `error` say how
the answer ended. What `previous_response_id` refers to is not put before the input.

A stored response has no `input`: by itself it is an answer of a recorded checkpoint, found by `prompt_id` or `custom_id` in
its `metadata`, else by its `id`.

Source: OpenAI, "API Reference: Responses".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pyarrow as pa

from logminer.messages.calls import first_of, parsed
from logminer.messages.forms import read_reply, there
from logminer.messages.text import text_of
from logminer.sources.answers import DumpAnswer
from logminer.sources.base import Format, RawConversation, columns_of
from logminer.sources.columns import RECORD, SAID, TIME

__all__ = ["RESPONSES", "STORED_RESPONSES", "asked_in", "user_in"]

ENDED = ("status", "incomplete_details", "error")
FIELDS = {
    "conversation_id": "id",
    "user_id": "user",
    "prompt_id": "prompt_id",
    "model": "model",
    "created_at": "created_at",
}
ALIASES = {"user": ("safety_identifier", "user_id"), "id": ("conversation_id",)}


def asked_in(instructions: Any, asked: Any) -> Any:
    """What a request asks, as a list of messages; as it stands there where it is none.

    Args:
        instructions: text, or items.
        asked: its input, text or items.
    """
    asked = parsed(asked)
    items = [{"role": "user", "content": asked}] if isinstance(asked, str) else asked
    if not isinstance(items, list):
        return asked
    before = parsed(instructions)
    if isinstance(before, str):
        before = [{"role": "system", "content": before}] if before.strip() else []
    return [*(before if isinstance(before, list) else []), *items]


def user_in(request: Mapping[str, Any]) -> Any:
    """The user that a request names."""
    metadata = parsed(request.get("metadata"))
    named = metadata.get("user_id") if isinstance(metadata, dict) else None
    return first_of(request, "user", "safety_identifier") or named


def _record(column: Mapping[str, list[Any]], place: int) -> dict[str, Any]:
    """A row as one record."""
    return {name: values[place] for name, values in column.items()}


class _Responses(Format):
    def fits(self, names: Collection[str], given: Mapping[str, str]) -> bool:
        """Tables of instructions for fine-tuning have an `input` and an `output` too."""
        return super().fits(names, given) and "instruction" not in names

    def rows(self, table: pa.Table) -> Iterator[RawConversation]:
        column = columns_of(table)
        for told in self.told(column, table.num_rows):
            row = _record(column, told.place)
            messages = asked_in(row.get("instructions"), told.messages)
            if isinstance(messages, list) and (answer := _answer(row)):
                messages = [*messages, answer]
            yield told._replace(messages=messages, user_id=user_in(row))


def _answer(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the model said, as one message; None where nothing is told of it."""
    output = parsed(row.get("output"))
    if isinstance(output, str):
        return {"role": "assistant", "content": output}
    ended = {name: there(parsed(row.get(name))) for name in ENDED}
    reply = read_reply({**ended, "output": output}) if isinstance(output, list) else None
    if reply is None:
        return None
    finish = "error" if ended["error"] else reply.finish
    return {**reply.message, "role": "assistant", "finish_reason": finish}


class _Stored(Format):
    def answers(self, table: pa.Table, roles: Mapping[str, str]) -> Iterator[DumpAnswer]:
        column = columns_of(table)
        for told in self.told(column, table.num_rows):
            row = {name: there(parsed(cell)) for name, cell in _record(column, told.place).items()}
            metadata = row.get("metadata") if isinstance(row.get("metadata"), dict) else {}
            key = first_of({**row, **(metadata or {})}, "prompt_id", "custom_id", "id")
            yield DumpAnswer(
                told.place,
                text_of(key),
                None,
                text_of(told.model),
                response={**row, "object": "response"},
                error=row.get("error"),
            )


STORED_RESPONSES = _Stored(
    name="stored_responses",
    messages="output",
    key="id",
    required=("object", "output", "status"),
    fields=FIELDS,
    aliases=ALIASES,
    others=("metadata", *ENDED),
    kinds={"output": SAID, "created_at": TIME},
    has_answers=False,
    no_dump=(
        "responses without what was asked: add the items of /v1/responses/{id}/input_items to each as `input`, or give the"
        " file to a recorded checkpoint"
    ),
)
RESPONSES = _Responses(
    name="responses",
    messages="input",
    key="id",
    required=("input", "output"),
    fields=FIELDS,
    aliases=ALIASES,
    others=("instructions", "output", "metadata", *ENDED),
    kinds={
        "input": SAID,
        "instructions": SAID,
        "output": SAID,
        "metadata": RECORD,
        "created_at": TIME,
    },
    variants=(STORED_RESPONSES,),
)
