"""What holds of every log of calls."""

from __future__ import annotations

import json
import random
from typing import Any

import pyarrow as pa
import pytest

from logminer.messages.dialogue import read_messages
from logminer.sources.calllog import CallLog
from logminer.sources.formats import FORMATS

LOGS = [form for form in FORMATS.values() if isinstance(form, CallLog)]
KINDS = {"type": "GENERATION", "span_kind": "LLM", "call_type": "acompletion"}
NAMES = [
    "role",
    "content",
    "messages",
    "input",
    "output",
    "message",
    "choices",
    "type",
    "text",
    "parts",
    "contents",
    "system",
    "kwargs",
    "prompt",
    "tool_calls",
    "function",
    "name",
    "arguments",
    "id",
    "status",
    "metadata",
    "value",
    "key",
    "llm.input_messages",
    "llm.input_messages.0.message.role",
    "0",
    "1",
    "x.0.y",
]
WORDS = (
    *NAMES,
    "user",
    "assistant",
    "tool",
    "LLM",
    "ERROR",
    "",
    "{}",
    "[{",
    "null",
    "__REDACTED__",
)
DEEP = '{"messages": ' + "[" * 900 + "]" * 900 + "}"


def anything(rng: random.Random, depth: int = 0) -> Any:
    kind = rng.random()
    if depth > 4 or kind < 0.35:
        return rng.choice([None, True, 0, 1.5, *WORDS])
    if kind < 0.6:
        return [anything(rng, depth + 1) for _ in range(rng.randrange(4))]
    if kind < 0.9:
        return {rng.choice(NAMES): anything(rng, depth + 1) for _ in range(rng.randrange(5))}
    return json.dumps(anything(rng, depth + 1))


def column(name: str, rng: random.Random) -> Any:
    cells = [json.dumps(anything(rng)) for _ in range(60)]
    cells[0] = DEEP
    if name == "attributes":  # of whatever else they are, spans of kind LLM
        llm = {"openinference.span.kind": "LLM"}
        names = ("llm.input_messages", "input.value", "llm.output_messages", "output")
        cells[1:] = [json.dumps(llm | {name: anything(rng) for name in names}) for _ in cells[1:]]
    if name in KINDS:
        cells = [json.dumps(rng.choice((KINDS[name], None, "other"))) for _ in cells]
    return pa.ExtensionArray.from_storage(pa.json_(), pa.array(cells, pa.string()))


@pytest.mark.parametrize("form", LOGS, ids=lambda form: form.name)
def test_no_cell_stops_the_reading(form):
    rng = random.Random(7)
    table = pa.table({name: column(name, rng) for name in form.columns})
    found = [(told.place, read_messages(told.messages).problem) for told in form.rows(table)]
    assert len({place for place, _ in found}) == len(found)
    assert {problem for _, problem in found} > {"null_messages"}
    assert sorted(row for run in form.runs(table) for row in run) == list(range(60))


def test_each_is_known_by_its_columns():
    for form in LOGS:
        known = next(f for f in FORMATS.values() if {*form.required} >= {*f.required})
        assert known is form
