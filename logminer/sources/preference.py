"""`preference`: `chosen` and `rejected`, two answers to one prompt, which are two recorded arms of these names.

Both are answers to `prompt`, or whole dialogues that begin alike: what they share up to the last message of a user is
the prompt, as TRL has it. Each is a list of messages, or text: an answer, or with turns after `Human:` and `Assistant:`. A
pair that shares no such prompt is rejected.

OpenAI's files for preference fine-tuning are read too: `input`, `preferred_output`, `non_preferred_output`.

Source: TRL, "Dataset formats and types"; OpenAI, "Direct preference optimization" (guide); the dataset cards of Anthropic/hh-rlhf and
HuggingFaceH4/ultrafeedback_binarized.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from logminer.messages.message import CONTENTS
from logminer.messages.roles import role_of
from logminer.messages.text import text_of
from logminer.sources.answers import DumpAnswer, answer_in
from logminer.sources.base import Format, RawConversation, columns_of
from logminer.sources.columns import SAID, TIME
from logminer.sources.completions import ALIASES, FIELDS
from logminer.sources.speeches import Speech, asks, spoken

__all__ = ["PREFERENCE"]

_LAST_WORD = re.compile(r"\S+\Z")
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
        prompts = column.get("prompt", [None] * table.num_rows)
        for told in self.told(column, table.num_rows):
            place = told.place
            yield told, _pair(prompts[place], column["chosen"][place], column["rejected"][place])


def _pair(prompt: Any, chosen: Any, rejected: Any) -> _Pair | None:
    """None where they answer no prompt that both share."""
    asked = spoken(prompt, "user") or []
    if not asked and isinstance(chosen, str) and isinstance(rejected, str):
        shared = _LAST_WORD.sub("", _beginning(chosen, rejected))
        if spoken(chosen, "user") == [{"role": "user", "content": chosen}]:  # no turns in it
            asked = spoken(shared, "user") or []
            chosen, rejected = (one[len(shared) :] for one in (chosen, rejected))
    sides = [spoken(one, "assistant") or [] for one in (chosen, rejected)]
    if not all(sides):
        return None
    if not any(map(asks, sides)):
        return _Pair(asked, *sides) if asks(asked) else None
    until = _shared(*sides)
    pair = _Pair(sides[0][:until], sides[0][until:], sides[1][until:])
    return pair if until and not asks(pair.chosen) and not asks(pair.rejected) else None


def _beginning(one: str, other: str) -> str:
    """What both texts begin with."""
    pairs = zip(one, other, strict=False)
    differing = (i for i, (mine, theirs) in enumerate(pairs) if mine != theirs)
    return one[: next(differing, min(len(one), len(other)))]


def _shared(one: Sequence[Speech], other: Sequence[Speech]) -> int:
    """How many messages both begin with, up to the last of a user."""
    until = 0
    for place, (mine, theirs) in enumerate(zip(one, other, strict=False)):
        if _told(mine) != _told(theirs):
            break
        if role_of(mine) == "user":
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
        "prompt": ("input",),
        "chosen": ("preferred_output",),
        "rejected": ("non_preferred_output",),
    },
    others=("prompt", "rejected"),
    kinds={"chosen": SAID, "rejected": SAID, "created_at": TIME},
    has_answers=False,
    arms=("rejected", "chosen"),
)
