"""`phoenix`: spans as OpenInference names them, as Arize Phoenix gives them out.

A row is a span; those of kind LLM are calls of models. `phoenix`: the data frame of `client.spans.get_spans_dataframe()`,
saved, with a column for each attribute. `openinference`: the spans of `client.spans.get_spans()` and of the REST API, with
`context` and `attributes`. `otlp`: those of its `spans/otlpv1`, with attributes as pairs of key and value.

Source: OpenInference's semantic conventions (LLM spans, tool calling, multimodal attributes); `_get_spans_dataframe`,
`Span` and `OtlpSpan` of Phoenix.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from logminer.messages.calls import first_of, parsed
from logminer.messages.text import text_of
from logminer.sources.base import RawConversation
from logminer.sources.calllog import CallLog, Columns
from logminer.sources.columns import TIME
from logminer.sources.exchanges import ERROR, HIDDEN, dialogue_of, end_of_reply

__all__ = ["OPENINFERENCE", "OTLP", "PHOENIX"]

BEFORE = "attributes."  # of the names of a data frame's columns
SESSION, USER, KIND = "session.id", "user.id", "openinference.span.kind"
MODELS = ("llm.model_name", "llm.response.model_name", "llm.request.model_name")
SENT, GOT = ("llm.input_messages", "llm.prompts"), ("llm.output_messages", "llm.choices")
ATTRIBUTES = (
    *SENT,
    *GOT,
    "input.value",
    "output.value",
    "llm.finish_reason",
    *MODELS,
    USER,
    SESSION,
)
ROOTS = ("llm", "input", "output", "user", "session", "openinference")
FAILED = ("ERROR", "STATUS_CODE_ERROR", "2")
OTLP_VALUES = ("string", "int", "double", "bool")
OPAQUE = ("arguments", "value")  # attributes that are kept as they are, whatever they hold
LONGEST_LITERAL = 1 << 22

Tree = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class _Frame(CallLog):
    """A data frame: each attribute is a column."""

    def calls(self, columns: Columns) -> list[RawConversation | None]:
        places = (self.key, self.fields["created_at"], "span_kind", "status_code")
        rows = zip(*(columns[name] for name in places), self.trees(columns), strict=True)
        return [
            _call(place, own, time, status, tree) if _is_llm(tree, kind) else None
            for place, (own, time, kind, status, tree) in enumerate(rows)
        ]

    def trees(self, columns: Columns) -> list[Tree]:
        """The attributes of each row."""
        names = [name for name in self.columns if name.startswith(BEFORE)]
        rows = zip(*(columns[name] for name in names), strict=True)
        bare = [name.removeprefix(BEFORE) for name in names]
        return [_tree(zip(bare, map(_literal, row), strict=True)) for row in rows]


@dataclass(frozen=True, kw_only=True)
class _Nested(_Frame):
    """Spans with their attributes in one column; `together` names that of the trace, and it."""

    def calls(self, columns: Columns) -> list[RawConversation | None]:
        rows = zip(
            columns[self.key],
            columns[self.fields["created_at"]],
            columns["span_kind"],
            columns["status_code" if self.key == "context" else "status"],
            self.trees(columns),
            strict=True,
        )
        return [
            _call(place, _in(own, "span_id"), time, _in(status, "code"), tree)
            if _is_llm(tree, kind)
            else None
            for place, (own, time, kind, status, tree) in enumerate(rows)
        ]

    def bonds(self, table: pa.Table) -> list[str | None]:
        columns = Columns(table)
        traces = columns[self.together[0]]
        sessions = (_at(tree, SESSION) for tree in self.trees(columns))
        both = zip(sessions, traces, strict=True)
        return [text_of(session) or text_of(_in(trace, "trace_id")) for session, trace in both]

    def trees(self, columns: Columns) -> list[Tree]:
        return [_tree(_pairs(cell)) for cell in columns["attributes"]]


def _call(place: int, own: Any, time: Any, status: Any, tree: Tree) -> RawConversation:
    """A span of kind LLM."""
    sent: Any = [_message(one) for one in _list(_at(tree, SENT[0]))]
    if not sent and isinstance(prompts := _at(tree, SENT[1]), list):
        sent = [_at(one, "prompt.text") if isinstance(one, dict) else one for one in prompts]
    got: Any = [{"role": "assistant", **_message(one)} for one in _list(_at(tree, GOT[0]))]
    if not got:
        got = next((_at(one, "completion.text") for one in _list(_at(tree, GOT[1]))), None)
    failed = (text_of(status) or "").strip().upper() in FAILED
    end = _at(tree, "llm.finish_reason")  # older instrumentation leaves it to the whole reply
    end = end if isinstance(end, str) or not got else end_of_reply(_at(tree, "output.value"))
    return RawConversation(
        place,
        dialogue_of(
            sent or _at(tree, "input.value"),
            got or _at(tree, "output.value"),
            ERROR if failed else end if isinstance(end, str) else None,
        ),
        conversation_id=own,
        user_id=_at(tree, USER) or None,
        model=next(filter(None, (_at(tree, name) for name in MODELS)), None),
        created_at=time,
    )


def _is_llm(tree: Tree, kind: Any) -> bool:
    return (text_of(kind) or text_of(_at(tree, KIND)) or "").upper() == "LLM"


def _message(item: Tree) -> Tree:
    """A message as its attributes tell it, in OpenAI's form."""
    told = item.get("message")
    told = told if isinstance(told, dict) else item
    parts = [_part(one) for one in _list(told.get("contents"))]
    calls = [_function(one) for one in _list(told.get("tool_calls"))]
    if name := told.get("function_call_name"):
        calls.append(
            {"function": {"name": name, "arguments": told.get("function_call_arguments_json")}}
        )
    names = ("role", "name", "tool_call_id", "finish_reason")
    return {
        **{name: told[name] for name in names if told.get(name) is not None},
        "content": parts or told.get("content"),
        **({"tool_calls": calls} if calls else {}),
    }


def _part(item: Tree) -> Tree:
    if "tool_call" in item:
        return {
            "type": "function_call",
            **_function(item)["function"],
            "id": _at(item, "tool_call.id"),
        }
    part = item.get("message_content")
    part = part if isinstance(part, dict) else item
    return {k: None if v in HIDDEN else v for k, v in part.items() if k not in ("image", "audio")}


def _function(item: Tree) -> Tree:
    """A call of a tool."""
    call = item.get("tool_call")
    call = call if isinstance(call, dict) else item
    function = call.get("function")
    function = function if isinstance(function, dict) else {}
    return {
        "id": call.get("id"),
        "type": "function",
        "function": {"name": function.get("name"), "arguments": function.get("arguments")},
    }


def _pairs(cell: Any) -> Iterable[tuple[str, Any]]:
    """Attributes by name: a record, its JSON text, or OTLP's pairs of key and value."""
    told = parsed(cell)
    if isinstance(told, dict):
        return told.items()
    pairs = [one for one in _list(told) if isinstance(one.get("key"), str)]
    return [(one["key"], _otlp(one.get("value"))) for one in pairs]


def _otlp(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    for kind in OTLP_VALUES:
        if (found := first_of(value, f"{kind}_value", f"{kind}Value")) is not None:
            return found
    many = first_of(value, "array_value", "arrayValue")
    return [_otlp(one) for one in _list(many.get("values"))] if isinstance(many, dict) else None


def _tree(attributes: Iterable[tuple[str, Any]]) -> Tree:
    """Attributes, those whose names have dots inside each other, and numbered ones as lists: `llm.input_messages.0.…`."""
    tree: Tree = {}
    try:
        for name, value in attributes:
            if value is not None and name.split(".", 1)[0] in ROOTS:
                _plant(tree, name, value)
        found: Tree = _listed(tree)
    except RecursionError:
        return {}
    return found


def _plant(tree: Tree, name: str, value: Any) -> None:
    *path, last = name.split(".")
    for step in path:
        below = tree.get(step)
        if not isinstance(below, dict):
            below = tree[step] = {}
        tree = below
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        value = {str(i): one for i, one in enumerate(value)}
    if not isinstance(value, dict) or last in OPAQUE:
        if value is not None and not (value == [] and last in tree):
            tree[last] = value
        return
    below = tree.get(last)
    if not isinstance(below, dict):
        below = tree[last] = {}
    for inner, one in value.items():
        _plant(below, inner, one)


def _listed(value: Any) -> Any:
    """Records whose names are all numbers as lists."""
    if not isinstance(value, dict):
        return value
    told = {name: one if name in OPAQUE else _listed(one) for name, one in value.items()}
    if told and all(name.isdecimal() for name in told):
        return [told[name] for name in sorted(told, key=int)]
    return told


def _literal(cell: Any) -> Any:
    """A cell; where it is a list as Python prints it, as pandas writes lists into CSV, that list."""
    if not isinstance(cell, str) or not cell.startswith("[{") or len(cell) > LONGEST_LITERAL:
        return cell
    told = parsed(cell)
    if told is not cell:
        return told
    try:
        return ast.literal_eval(cell)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return cell


def _list(value: Any) -> list[Any]:
    """The records in a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _at(tree: Any, name: str) -> Any:
    for step in name.split("."):
        tree = tree.get(step) if isinstance(tree, dict) else None
    return tree


def _in(cell: Any, name: str) -> Any:
    """A field of a record, or of its JSON text; of what is no record itself."""
    told = parsed(cell)
    return told.get(name) if isinstance(told, dict) else cell


def _fields(key: str, start: str) -> dict[str, str]:
    return {"conversation_id": key, "created_at": start}


PHOENIX = _Frame(
    name="phoenix",
    messages=BEFORE + SENT[0],
    key="context.span_id",
    together=(BEFORE + SESSION, "context.trace_id"),
    required=("context.span_id", "context.trace_id", "span_kind", "start_time"),
    fields={
        "user_id": BEFORE + USER,
        "model": BEFORE + MODELS[0],
        **_fields("context.span_id", "start_time"),
    },
    others=("status_code", *(BEFORE + name for name in ATTRIBUTES)),
    kinds={"start_time": TIME},
    row="piece",
)
OPENINFERENCE = _Nested(
    name="openinference",
    messages="attributes",
    key="context",
    together=("context", "attributes"),
    required=("context", "attributes", "span_kind", "start_time"),
    fields=_fields("context", "start_time"),
    others=("status_code",),
    kinds={"start_time": TIME},
    row="piece",
)
OTLP = _Nested(
    name="otlp",
    messages="attributes",
    key="span_id",
    together=("trace_id", "attributes"),
    required=("trace_id", "span_id", "attributes", "start_time_unix_nano"),
    fields=_fields("span_id", "start_time_unix_nano"),
    others=("status",),
    row="piece",
)
