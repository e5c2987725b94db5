"""Options as frozen, strict data, and the YAML that describes them.

A `Spec` is what a user may write; its `options` are what a fingerprint is made of. Options that change only how fast
or where something is computed are declared with `incidental(...)` and stay out of it.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from logminer.errors import ConfigError, SecretError, did_you_mean

__all__ = ["Spec", "content_hash", "incidental", "load_yaml", "parse", "secret"]

S = TypeVar("S", bound="Spec")

MOST_BYTES = 10_000_000  # of a YAML file
DEEPEST = 100  # lists and mappings inside each other
MOST_REPEATED = 1_000_000  # characters and values that aliases add
MOST_DIGITS = 40
SCALARS = ("string_type", "int_type", "float_type", "bool_type")  # complaints of a union of them
KINDS = ("str", "int", "float", "bool")
_YAML = "tag:yaml.org,2002:"


class Spec(BaseModel):
    """A frozen, strict description: unknown keys are errors, values are not coerced."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    def options(self) -> dict[str, Any]:
        """JSON-ready options without the incidental ones, nested specs included."""
        return {
            name: _plain(getattr(self, name))
            for name, field in type(self).model_fields.items()
            if not (
                isinstance(field.json_schema_extra, dict)
                and field.json_schema_extra.get("incidental")
            )
        }


def _plain(value: Any) -> Any:
    if isinstance(value, Spec):
        return value.options()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return str(value) if isinstance(value, Path) else value


def incidental(default: Any = ..., **extra: Any) -> Any:
    """A field that changes speed or place but no answer: left out of fingerprints."""
    return Field(default, json_schema_extra={"incidental": True}, **extra)


def content_hash(value: Any, length: int = 12) -> str:
    """Hex hash of JSON-ready data, independent of key order."""
    return hashlib.sha256(
        json.dumps(value, sort_keys=True, ensure_ascii=False).encode()
    ).hexdigest()[:length]


def secret(variable: str) -> str:
    """The value of the environment variable that an option names.

    Raises:
        SecretError: it is not set, or no header of HTTP takes it.
    """
    if value := os.environ.get(variable):
        if not re.fullmatch(r"[!-~]+", value):
            raise SecretError(
                f"environment variable {variable} holds a space, a line break or a character that no key has:"
                " export it anew, without it"
            )
        return value
    raise SecretError(
        f"environment variable {variable} is not set: export it before the run (its name, never its value, is stored)"
    )


# YAML 1.2's words: `yes` and `no`, `12:30` and `2026-10-01` are texts, as in the labels of a recorded scorer.
_WORDS = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("int", r"[-+]?(?:0|[1-9][0-9_]*|0x[0-9a-fA-F]+|0o[0-7]+|0b[01]+)", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:[0-9][0-9_]*\.[0-9]*|\.[0-9]+|[0-9][0-9_]*(?=[eE]))(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
    ("merge", r"<<", "<"),
)
_RESOLVERS: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
for _name, _pattern, _firsts in _WORDS:
    for _first in _firsts:
        _RESOLVERS.setdefault(_first.strip("\0"), []).append(
            (f"{_YAML}{_name}", re.compile(f"(?:{_pattern})\\Z"))
        )


class _Loader(yaml.SafeLoader):
    """Says best what is wrong."""

    yaml_implicit_resolvers = _RESOLVERS


class _QuickLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Ten times as fast, where PyYAML was built with libyaml."""

    yaml_implicit_resolvers = _RESOLVERS


class _Refused(Exception):
    """What is wrong with a document that is YAML."""

    def __init__(self, event: Any, problem: str) -> None:
        super().__init__(f"line {event.start_mark.line + 1}: {problem}")


class _Document:
    """One document as JSON's types, read event by event, so that nothing is built before it is known to be bounded.

    A value costs one and its characters; what an alias stands for costs that again.
    """

    def __init__(self, loader: Any) -> None:
        self._loader = loader
        self._anchors: dict[
            str, tuple[Any, int] | None
        ] = {}  # value and cost; None while it is read
        self._cost = self._repeated = 0

    def read(self) -> Any:
        """What the file holds; None where that is nothing."""
        self._loader.get_event()  # the stream begins
        if self._loader.check_event(yaml.StreamEndEvent):
            return None
        self._loader.get_event()  # the document begins
        value = self._value(0)
        self._loader.get_event()
        if not self._loader.check_event(yaml.StreamEndEvent):
            raise _Refused(self._loader.get_event(), "a second document begins; keep one a file")
        return value

    def _value(self, depth: int) -> Any:
        event = self._loader.get_event()
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if depth > DEEPEST:
            raise _Refused(event, f"nested more than {DEEPEST} deep; flatten it")
        if event.anchor in self._anchors:
            raise _Refused(event, f"the anchor &{event.anchor} is there already; rename one")
        if event.anchor:
            self._anchors[event.anchor] = None
        before = self._cost
        self._cost += 1
        if isinstance(event, yaml.ScalarEvent):
            self._cost += len(event.value)
            value = self._scalar(event)
        elif event.tag not in (None, "!", f"{_YAML}seq", f"{_YAML}map"):
            raise _unknown_tag(event)
        else:
            value = (
                self._list(depth)
                if isinstance(event, yaml.SequenceStartEvent)
                else self._mapping(depth)
            )
        if event.anchor:
            self._anchors[event.anchor] = (value, self._cost - before)
        return value

    def _alias(self, event: yaml.AliasEvent) -> Any:
        if event.anchor not in self._anchors:
            raise _Refused(event, f"*{event.anchor} refers to nothing; write &{event.anchor} first")
        if (known := self._anchors[event.anchor]) is None:
            raise _Refused(event, f"*{event.anchor} holds itself; write out what is meant")
        value, cost = known
        self._cost += cost
        self._repeated += cost
        if self._repeated > MOST_REPEATED:
            raise _Refused(event, "aliases (*name) make the document too large; write it out")
        return value

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        text, tag = event.value, event.tag
        if tag in (None, "!"):
            tag = self._loader.resolve(yaml.ScalarNode, text, event.implicit)
        kind = tag.removeprefix(_YAML)
        if kind == "str" or kind == "merge":
            return _text(event, text)
        if kind == "null":
            return None
        try:
            if kind == "bool":
                return {"true": True, "false": False}[text.lower()]
            if kind == "int":
                return _whole(text)
            if kind == "float" and math.isfinite(number := float(text.replace("_", ""))):
                return number
        except (KeyError, ValueError, OverflowError):
            pass
        if kind in ("bool", "int", "float"):
            raise _Refused(
                event,
                "no number (or truth value) that can be computed with; put a text into quotes",
            )
        raise _unknown_tag(event)

    def _list(self, depth: int) -> list[Any]:
        items = []
        while not self._loader.check_event(yaml.SequenceEndEvent):
            items.append(self._value(depth + 1))
        self._loader.get_event()
        return items

    def _mapping(self, depth: int) -> dict[str, Any]:
        own: dict[str, Any] = {}
        merged: dict[str, Any] | None = None
        while not self._loader.check_event(yaml.MappingEndEvent):
            event = self._loader.peek_event()
            key = self._value(depth + 1)
            if _merges(event):
                if merged is not None:
                    raise _Refused(event, "the key << is there already; give it a list")
                merged = _together(event, self._value(depth + 1))
                continue
            if isinstance(key, list | dict):
                raise _Refused(event, "a key must be a text; put it into quotes")
            name = key if isinstance(key, str) else json.dumps(key)
            if name in own:
                raise _Refused(event, f"the key '{name}' is there already; remove one of them")
            own[name] = self._value(depth + 1)
        self._loader.get_event()
        return {**(merged or {}), **own}


def _merges(event: yaml.Event) -> bool:
    return isinstance(event, yaml.ScalarEvent) and event.value == "<<" and event.implicit[0]


def _together(event: yaml.Event, value: Any) -> dict[str, Any]:
    """What `<<` brings in; of equal keys the first mapping's holds."""
    found: dict[str, Any] = {}
    for one in value if isinstance(value, list) else [value]:
        if not isinstance(one, dict):
            raise _Refused(event, "<< takes a mapping, or a list of them")
        found = {**one, **found}
    return found


def _text(event: yaml.Event, text: str) -> str:
    """`text`, where it can be stored; as JSON escapes it, a character may come in two halves."""
    try:
        whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        raise _Refused(event, "half a character (a lone surrogate); write it whole") from None
    if "\0" in whole:
        raise _Refused(event, "a NUL character; remove it")
    return whole


def _whole(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError
    return int(text.replace("_", ""), 0)


def _unknown_tag(event: Any) -> _Refused:
    name = event.tag.replace(_YAML, "!!")
    return _Refused(event, f"the tag {name} is not read here; write it without")


def _load(text: str) -> Any:
    try:
        return _Document(_QuickLoader(text)).read()
    except yaml.YAMLError:
        return _Document(_Loader(text)).read()


def load_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file, as JSON's types: keys are texts, times are texts as they stand.

    Raises:
        ConfigError: missing, not readable, not YAML, not a mapping, or not what is meant: a key that is there twice, a value
            that holds itself, more than `MOST_BYTES` long or `DEEPEST` deep, aliases of aliases without end.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise ConfigError(f"{path}: larger than {MOST_BYTES // 10**6} MB; is this the file?")
        data = _load(raw.decode("utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise ConfigError(f"{path}: a folder, not a YAML file") from None
    except (OSError, ValueError):  # a path may hold a NUL
        raise ConfigError(f"{path}: cannot be read as a text file; save it as UTF-8") from None
    except _Refused as error:
        raise ConfigError(f"{path}: {error}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or getattr(error, "reason", None)
        raise ConfigError(
            f"{path}: not valid YAML{place}: {problem or 'cannot be parsed'}"
        ) from None
    if not isinstance(data, dict):
        told = "it is empty" if data is None else f"not {type(data).__name__}"
        raise ConfigError(f"{path}: must be a mapping of keys to values, {told}")
    return cast("dict[str, Any]", data)


def parse(spec: type[S], data: dict[str, Any], where: str) -> S:
    """`data`, as read from YAML, checked against `spec`.

    Raises:
        ConfigError: one line that names `where`, the path inside it, what is wrong and a near key if there is one.
    """
    try:
        return spec.model_validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        raise ConfigError(f"{where}: {_explain(spec, error)}") from None


def _explain(spec: type[Spec], error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_context=True)
    # In a union of kinds every arm complains; unknown keys are the most telling.
    problem = next((p for p in problems if p["type"] == "extra_forbidden"), problems[0])
    path = ".".join(str(step) for step in problem["loc"]) or "(top level)"
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    if problem["type"] == "extra_forbidden":
        known = _keys_at(spec, problem["loc"][:-1])
        names = f"known keys: {', '.join(known)}" if known else ""
        hint = did_you_mean(problem["loc"][-1], known, names)
        return f"{path}: unknown key; {hint}".rstrip("; ") + more
    if problem["type"] == "union_tag_invalid":
        tag, tags = problem["ctx"]["tag"], problem["ctx"]["expected_tags"]
        hint = did_you_mean(tag, re.findall(r"'([^']*)'", tags), f"known: {tags}")
        return f"{path}: no such {problem['ctx']['discriminator']} '{tag}'; {hint}{more}"
    if problem["type"] == "missing":
        return f"{path}: required key is missing{more}"
    # One of several kinds of values: each kind complains.
    alike = [p for p in problems if p["loc"][:-1] == problem["loc"][:-1]]
    if len(alike) > 1 and all(p["type"] in SCALARS and p["loc"][-1] in KINDS for p in alike):
        others = len(problems) - len(alike)
        given = {list: "a list", dict: "a mapping", type(None): "null"}.get(type(problem["input"]))
        but = f", not {given}" if given else ""
        path = ".".join(str(step) for step in problem["loc"][:-1])
        return f"{path}: takes one value{but}" + (f" (and {others} more)" if others else "")
    text = problem["msg"].removeprefix("Value error, ")
    return f"{path}: {text[0].lower()}{text[1:]}{more}"


def _keys_at(spec: type[Spec], loc: tuple[int | str, ...]) -> list[str]:
    """Known keys of the model that `loc` points into; empty where that cannot be told."""
    models: list[type[BaseModel]] = [spec]
    for step in loc:
        if isinstance(step, int):
            continue
        found = [
            m
            for model in models
            if (f := model.model_fields.get(step))
            for m in _models_in(f.annotation)
        ]
        tagged = [
            m
            for m in models
            if any(step == f.default for n, f in m.model_fields.items() if n == "kind")
        ]
        models = found or tagged or models
    return sorted(
        {field.alias or name for model in models for name, field in model.model_fields.items()}
    )


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [
        model for argument in getattr(annotation, "__args__", ()) for model in _models_in(argument)
    ]
