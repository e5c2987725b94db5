"""`openai_batch`: the input file of a batch, a request a line; and its output or error file, a reply a line.

An input file is a dump whose prompts have the ids `custom_id`; it has no answers. An output file is answers of a recorded
checkpoint, found by `custom_id`; a request that failed is an answer with an error. Requests to other endpoints than
chat completions, responses and completions ask nothing: they are rejected.

Source: OpenAI, "Batch API" (guide and API reference).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from logminer.messages.calls import parsed
from logminer.messages.forms import there
from logminer.messages.text import text_of
from logminer.sources.answers import DumpAnswer
from logminer.sources.base import Format, RawConversation, columns_of
from logminer.sources.columns import RECORD
from logminer.sources.responses import asked_in, user_in

__all__ = ["BATCH_INPUT", "BATCH_OUTPUT"]


class _Input(Format):
    def rows(self, table: pa.Table) -> Iterator[RawConversation]:
        column = columns_of(table)
        urls = column.get("url", [None] * table.num_rows)
        for told in self.told(column, table.num_rows):
            body = there(parsed(told.messages))
            body = body if isinstance(body, dict) else {}
            yield told._replace(
                messages=_asked(body, text_of(urls[told.place]) or ""),
                model=body.get("model"),
                user_id=user_in(body),
            )


def _asked(body: Mapping[str, Any], url: str) -> Any:
    """The messages of a request; None where it asks nothing."""
    if "messages" in body:
        return body["messages"]
    path = url.rstrip("/")
    if "input" in body and (not path or path.endswith("/responses")):
        return asked_in(body.get("instructions"), body["input"])
    if path.endswith("/completions") and isinstance(body.get("prompt"), str):
        return [{"role": "user", "content": body["prompt"]}]
    return None


class _Output(Format):
    def answers(self, table: pa.Table, roles: Mapping[str, str]) -> Iterator[DumpAnswer]:
        column = columns_of(table)
        errors = column.get("error", [None] * table.num_rows)
        for told in self.told(column, table.num_rows):
            reply = there(parsed(told.messages))
            body = reply.get("body") if isinstance(reply, dict) else None
            model = body.get("model") if isinstance(body, dict) else None
            yield DumpAnswer(
                told.place,
                text_of(told.prompt_id),
                None,
                text_of(model),
                response=reply,
                error=there(parsed(errors[told.place])),
            )


BATCH_OUTPUT = _Output(
    name="openai_batch_output",
    messages="response",
    key="custom_id",
    required=("custom_id", "response"),
    fields={"conversation_id": "custom_id", "prompt_id": "custom_id"},
    others=("error",),
    kinds={"response": RECORD},
    has_answers=False,
    no_dump=(
        "the output of a batch, which holds answers and no prompts: name the batch's input file here, and this one as the"
        " path of a recorded checkpoint"
    ),
)
BATCH_INPUT = _Input(
    name="openai_batch",
    messages="body",
    key="custom_id",
    required=("custom_id", "body"),
    fields={"conversation_id": "custom_id", "prompt_id": "custom_id"},
    others=("url",),
    kinds={"body": RECORD},
    has_answers=False,
    variants=(BATCH_OUTPUT,),
)
