"""`preference`: `chosen` and `rejected`, two answers to one prompt, which are two recorded arms of these names.

Both are answers to `prompt`, or whole dialogues that begin alike: what they share up to the last message of a user is
the prompt, as TRL has it. Each is a list of messages, or text: an answer, or with turns after `Human:` and `Assistant:`. A
pair that shares no such prompt is rejected: what two plain texts begin with is as likely the beginning of both answers.

OpenAI's files for preference fine-tuning are read too: `input`, `preferred_output`, `non_preferred_output`. The prompt is
`question`, `instruction` (with `input`), `query` or `conversations` elsewhere, and `system` its first message.

Source: TRL, "Dataset formats and types"; OpenAI, "Direct preference optimization" (guide); the dataset cards of Anthropic/hh-rlhf and
HuggingFaceH4/ultrafeedback_binarized.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from logminer.messages.message import CONTENTS
from logminer.messages.roles import role_of
from logminer.messages.text import text_of
from logminer.sources.answers import DumpAnswer, answer_in
from logminer.sources.base import Format, RawConversation, columns_of
from logminer.sources.columns import SAID, TIME
from logminer.sources.completions import ALIASES, SYSTEM
from logminer.sources.conversations import FIELDS
from logminer.sources.speeches import Speech, asks, spoken, with_system

__all__ = ["PREFERENCE"]

NOT_ALIKE = ""  # no list of messages: a reason to reject


class _Pair(NamedTuple):
    """What both answer, and what each says."""

    prompt: list[Speech]
    chosen: list[Speech]
    rejected: list[Speech]


class _Preference(Format):
    def rows(self, table: pa.Table) -> Iterator[RawConversation]:
        for told, pair in self._pairs(table):
            yield told._replace(messages=pair.prompt if pair else NOT_ALIKE)

    def answers(self, table: pa.Table, roles: Mapping[str, str]) -> Iterator[DumpAnswer]:
        for told, pair in self._pairs(table):
            key = text_of(told.prompt_id if told.prompt_id is not None else told.conversation_id)
            for model in ("chosen", "rejected"):
                whole = [*pair.prompt, *getattr(pair, model)] if pair else None
                yield answer_in(told.place, whole, roles, key, model)

    def _pairs(self, table: pa.Table) -> Iterator[tuple[RawConversation, _Pair | None]]:
        column = columns_of(table)
        nothing = [None] * table.num_rows
        prompts, inputs, systems = (
            column.get(name, nothing) for name in ("prompt", "input", "system")
        )
        for told in self.told(column, table.num_rows):
            place = told.place
            asked = _with_input(prompts[place], inputs[place])
            pair = _pair(asked, column["chosen"][place], column["rejected"][place], self.roles)
            if pair:
                pair = pair._replace(prompt=with_system(pair.prompt, systems[place]))
            yield told, pair


def _with_input(prompt: Any, given: Any) -> Any:
    """An instruction with what it is about, where tables keep that apart."""
    if not isinstance(prompt, str) or not isinstance(given, str) or not given.strip():
        return prompt
    return f"{prompt}\n{given}" if prompt != given else prompt


def _pair(prompt: Any, chosen: Any, rejected: Any, roles: Mapping[str, str]) -> _Pair | None:
    """None where they answer no prompt that both share."""
    asked = spoken(prompt, "user") or []
    sides = [spoken(one, "assistant") or [] for one in (chosen, rejected)]
    if not all(sides):
        return None
    if not any(asks(side, roles) for side in sides):
        return _Pair(asked, *sides) if asks(asked, roles) else None
    until = _shared(sides[0], sides[1], roles)
    pair = _Pair(sides[0][:until], sides[0][until:], sides[1][until:])
    return pair if until and not any(asks(side, roles) for side in pair[1:]) else None


def _shared(one: Sequence[Speech], other: Sequence[Speech], roles: Mapping[str, str]) -> int:
    """How many messages both begin with, up to the last of a user."""
    until = 0
    for place, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if _told(mine) != _told(theirs):
            break
        if role_of(mine, roles) == "user":
            until = place + 1
    return until


def _told(message: Speech) -> list[Any]:
    return [role_of(message), *(message.get(key) for key in CONTENTS)]


PREFERENCE = _Preference(
    name="preference",
    messages="chosen",
    key="conversation_id",
    required=("chosen", "rejected"),
    fields={ours: theirs for ours, theirs in FIELDS.items() if ours != "model"},
    aliases={
        **ALIASES,
        **SYSTEM,
        "prompt": ("question", "instruction", "query", "conversations", "input"),
        "chosen": ("preferred_output",),
        "rejected": ("non_preferred_output",),
    },
    others=("prompt", "rejected", "input", "system"),
    kinds={"chosen": SAID, "rejected": SAID, "created_at": TIME},
    has_answers=False,
    arms=("rejected", "chosen"),
)
