"""Conversations → prompts: the prefixes that end in a user's message, each with the answer that the log has for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any, ClassVar, Literal, NamedTuple

import pyarrow as pa
from pydantic import Field

from logminer.ids import Pseudonyms, planned_pseudonyms
from logminer.schemas import CONVERSATIONS, PROMPTS, Table
from logminer.spec import Spec
from logminer.stages.base import Rows, Stage

__all__ = ["ChosenTurn", "Prompts", "PromptsOptions", "chosen_turns"]

Record = dict[str, Any]


class PromptsOptions(Spec):
    """Which user messages become prompts.

    Attributes:
        turns: a conversation's last user message, its first, or all; each with what stands before it.
    """

    turns: Literal["last", "first", "all"] = "last"


class Prompts(Stage):
    """One prompt for each chosen user message of each accepted conversation; rejected conversations give none."""

    name: ClassVar[str] = "prompts"
    version: ClassVar[int] = 3
    rows: ClassVar[Rows] = "1:n"
    input: ClassVar[Table] = CONVERSATIONS
    output: ClassVar[Table] = PROMPTS

    chosen: PromptsOptions = Field(
        alias="options"
    )  # `Spec.options` is what fingerprints are made of
    project: str
    key_id: str

    def open(self) -> PromptMaker:
        """Load the key, which prompt ids are made with.

        Raises:
            SecretError: no key, or not the one this stage was planned with.
        """
        return PromptMaker(self.chosen.turns, planned_pseudonyms(self.project, self.key_id))


class ChosenTurn(NamedTuple):
    """A user's message that becomes a prompt."""

    number: int  # of the user's messages, from 0
    end: int  # its place among all messages
    is_last: bool


def chosen_turns(messages: Sequence[Mapping[str, Any]], which: str) -> list[ChosenTurn]:
    """The user's messages that become prompts: the last, the first, or all.

    A message of white space is a turn, and nothing that could be answered.
    """
    asked = [i for i, message in enumerate(messages) if message["role"] == "user"]
    turns = [(turn, i) for turn, i in enumerate(asked) if (messages[i]["content"] or "").strip()]
    found = [ChosenTurn(turn, i, (turn, i) == turns[-1]) for turn, i in turns]
    return {"last": found[-1:], "first": found[:1]}.get(which, found)


class LoggedAnswer(NamedTuple):
    """The answer that the log has for a prompt."""

    response: str | None
    thoughts: str | None
    redactions: list[Record] | None
    how: Record | None  # of LOGGED_ANSWER; None where the log has none at all


class PromptMaker:
    """Opened `Prompts`."""

    def __init__(self, turns: str, pseudonyms: Pseudonyms) -> None:
        self._turns = turns
        self._pseudonyms = pseudonyms

    def __call__(self, batch: pa.RecordBatch, /, **sides: pa.Table) -> pa.RecordBatch:
        prompts = [
            prompt
            for conversation in batch.to_pylist()
            if conversation["rejected"] is None
            for prompt in self._of(conversation)
        ]
        return pa.RecordBatch.from_pylist(prompts, schema=PROMPTS.schema)

    def _of(self, conversation: Record) -> Iterator[Record]:
        messages = conversation["messages"]
        for turn, end, is_last in chosen_turns(messages, self._turns):
            logged = _logged(conversation, end)
            redactions = [
                redaction
                for redaction in conversation["redactions"]
                if redaction["message_index"] <= end and redaction["field"] != "thoughts"
            ]
            yield {
                "prompt_id": self._pseudonyms.prompt(conversation["conversation_id"], turn),
                "conversation_id": conversation["conversation_id"],
                "user_id": conversation["user_id"],
                "split": conversation["split"],
                "turn_index": turn,
                # A model is not shown what another model thought in earlier turns.
                "messages": [{**message, "thoughts": None} for message in messages[: end + 1]],
                "language": conversation["language"],
                "attributes": conversation["attributes"],
                "n_redacted": len(redactions),
                "redactions": redactions,
                "found": conversation["found"],
                "source_key": conversation["source_key"] if is_last else None,
                "content_key": conversation["content_keys"][turn],
                "logged": logged.how,
                "logged_response": logged.response,
                "logged_thoughts": logged.thoughts,
                "logged_redactions": logged.redactions,
            }


def _logged(conversation: Record, end: int) -> LoggedAnswer:
    """The first assistant message that says something after message `end` and before the next user message.

    Where none does, the first that thinks or calls a tool, else the first at all: an answer that came to nothing.
    """
    messages = conversation["messages"]
    after = takewhile(lambda i: messages[i]["role"] != "user", range(end + 1, len(messages)))
    answers = [i for i in after if messages[i]["role"] == "assistant"]
    if not answers:
        return LoggedAnswer(None, None, None, None)
    i = max(answers, key=lambda i: _worth(messages[i]))  # the first of the best
    message = messages[i]
    fields = {"content": "response", "thoughts": "thoughts"}
    redactions = [
        {**redaction, "message_index": 0, "field": fields[redaction["field"]]}
        for redaction in conversation["redactions"]
        if redaction["message_index"] == i and redaction["field"] in fields
    ]
    sign: Record = next((s for s in conversation["signs"] or () if s["message_index"] == i), {})
    logged = {
        "finish_reason": sign.get("finish_reason"),
        "error": sign.get("error"),
        "withheld": sign.get("withheld", False),
        "called": bool(message["tool_calls"]),
    }
    return LoggedAnswer(message["content"], message["thoughts"], redactions, logged)


def _worth(message: Record) -> int:
    if (message["content"] or "").strip():
        return 2
    return int(bool(message["thoughts"] or message["tool_calls"]))
