"""docs/reference/pipeline.md: every key of a pipeline file, from the pydantic models that read it.

What a key means stands in its model's docstring, under `Attributes:`; a key without words is an error.
"""

from __future__ import annotations

import inspect
import re
import textwrap
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, JsonValue
from pydantic.fields import FieldInfo

from docs.making.markdown import in_words, table
from logminer.checkpoints.base import Checkpoint
from logminer.checkpoints.kinds import AnyCheckpoint
from logminer.pipeline.file import PipelineFile
from logminer.scorers.base import AnyKind
from logminer.stages.judge import JudgeOptions

__all__ = ["Key", "keys", "pipeline_page", "said_of"]

INTRODUCTION = """# The pipeline file, key by key

Unknown keys are errors that name the path inside the file. Relative paths are taken from the file's folder. A whole file to begin
with: [your-own-dump.md](../your-own-dump.md).
"""
HEAD = ("key", "type", "default", "meaning")
NOT_WRITTEN = {"acting"}  # of a pipeline that a suite becomes
PLAIN = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "true or false",
    Path: "path",
    type(None): "null",
    Any: "any",
    JsonValue: "any",
}
ATTRIBUTES = re.compile(r"^Attributes:\n(.*?)(?=^\S|\Z)", re.DOTALL | re.MULTILINE)


class Key(NamedTuple):
    """One key of a section."""

    name: str
    type: str
    default: str
    meaning: str


def pipeline_page() -> str:
    """The page, as Markdown."""
    checkpoints, scorers = _members(AnyCheckpoint, Checkpoint), _scorers()
    parts = [INTRODUCTION, _table(keys(PipelineFile))]
    for name, field in PipelineFile.model_fields.items():
        if name in NOT_WRITTEN:
            continue
        parts += _sections(name, field)
        if name == "checkpoints":
            parts += [_section(f"`{name}`: `kind: {_kind(one)}`", one) for one in checkpoints]
        if name == "judge":
            parts += [_section(f"A scorer: `kind: {_kind(one)}`", one) for one in scorers]
    return "\n".join(dict.fromkeys(parts))


def keys(model: type[BaseModel]) -> list[Key]:
    """The keys of one section, in the order in which they are declared.

    Raises:
        LookupError: one of them is not described.
    """
    said = said_of(model)
    found = []
    for name, field in model.model_fields.items():
        if name in NOT_WRITTEN or _one_value(field):
            continue
        if not (meaning := field.description or said.get(name)):
            raise LookupError(f"{model.__name__}.{name}: say under `Attributes:` what it means")
        found.append(Key(name, _type(field.annotation), _default(field), meaning))
    return found


def said_of(model: type[BaseModel]) -> dict[str, str]:
    """Key → what the docstrings of the model and of those that it builds on say."""
    said: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if found := ATTRIBUTES.search(inspect.cleandoc(one.__dict__.get("__doc__") or "")):
            lines = re.sub(r"\n\s+", " ", textwrap.dedent(found[1]).strip()).splitlines()
            for names, _, meaning in (line.partition(": ") for line in lines):
                said |= dict.fromkeys((name.strip() for name in names.split(",")), meaning)
    return said


def _sections(path: str, field: FieldInfo) -> Iterator[str]:
    """A section for each mapping that a key holds, and for those inside; checkpoints and scorers have their own."""
    for model in _models(field.annotation):
        if not issubclass(model, Checkpoint | AnyKind):
            yield _section(f"`{path}`", model)
            for name, inside in model.model_fields.items():
                yield from _sections(f"{path}.{name}", inside)


def _section(title: str, model: type[BaseModel]) -> str:
    doc = inspect.cleandoc(model.__dict__.get("__doc__") or "").partition("\n\nAttributes:")[0]
    doc = re.sub(r"\n\n(?:Raises|Attributes):.*", "", doc, flags=re.DOTALL)
    return f"## {title}\n\n{in_words(doc)}\n\n{_table(keys(model))}"


def _table(found: list[Key]) -> str:
    return table(
        HEAD, [(f"`{k.name}`", k.type, k.default and f"`{k.default}`", in_words(k.meaning)) for k in found]
    )  # fmt: skip


def _scorers() -> list[type[BaseModel]]:
    return _members(JudgeOptions.model_fields["scorers"].annotation, AnyKind)


def _members(annotation: Any, base: type[BaseModel]) -> list[type[BaseModel]]:
    return [one for one in _models(annotation) if issubclass(one, base)]


def _models(annotation: Any) -> list[type[BaseModel]]:
    """Models that a type is made of."""
    return list(dict.fromkeys(_walked(annotation)))


def _walked(annotation: Any) -> Iterator[type[BaseModel]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for one in typing.get_args(annotation):
        yield from _walked(one)


def _kind(model: type[BaseModel]) -> str:
    return str(model.model_fields["kind"].default)


def _one_value(field: FieldInfo) -> bool:
    """Of a key that can have one value alone nothing need be said."""
    return typing.get_origin(field.annotation) is typing.Literal and len(typing.get_args(field.annotation)) == 1  # fmt: skip


def _type(annotation: Any) -> str:
    """A type in words."""
    origin, inside = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(inside[0])
    if origin is typing.Literal:
        return " | ".join(f"`{value}`" for value in inside)
    if origin in (typing.Union, types.UnionType):
        return " | ".join(dict.fromkeys(map(_type, inside)))
    if origin is tuple:
        listed = inside[0] if inside[-1] is Ellipsis else None
        return f"list of {_type(listed)}" if listed else f"[{', '.join(map(_type, inside))}]"
    if origin is dict:
        return f"{_type(inside[0])} → {_type(inside[1])}"
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return _model_type(annotation)
    return PLAIN.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _model_type(model: type[BaseModel]) -> str:
    if issubclass(model, Checkpoint):
        return "checkpoint"
    if issubclass(model, AnyKind):
        return "scorer"
    return "mapping"


def _default(field: FieldInfo) -> str:
    """As it would be written; '' where it has to be written, or is a section of its own."""
    if field.default_factory is not None:
        return ""
    return "" if field.is_required() else _written(field.default)


def _written(value: Any) -> str:
    if isinstance(value, BaseModel):
        kind = getattr(value, "kind", None)
        return str(kind) if kind else ""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, dict):
        return "{}" if not value else str(value)
    return {None: "null", True: "true", False: "false"}.get(value, f"{value}") if isinstance(value, bool | None) else str(value)  # fmt: skip
