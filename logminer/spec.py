"""Options as frozen, strict data, and the YAML that describes them.

A `Spec` is what a user may write; its `options` are what a fingerprint is made of. Options that change only how fast
or where something is computed are declared with `incidental(...)` and stay out of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from logminer.errors import ConfigError, SecretError, did_you_mean

__all__ = ["Spec", "content_hash", "incidental", "load_yaml", "parse", "secret"]

S = TypeVar("S", bound="Spec")


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
        SecretError: it is not set.
    """
    if value := os.environ.get(variable):
        return value
    raise SecretError(
        f"environment variable {variable} is not set: export it before the run (its name, never its value, is stored)"
    )


# YAML 1.2's booleans: `yes` and `no` are words, as in the labels of a recorded scorer.
_RESOLVERS = {
    first: [
        (tag, pattern) for tag, pattern in resolvers if first in "tTfF" or not tag.endswith(":bool")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Loader(yaml.SafeLoader):
    """Says best what is wrong."""

    yaml_implicit_resolvers = _RESOLVERS


class _QuickLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Ten times as fast, where PyYAML was built with libyaml."""

    yaml_implicit_resolvers = _RESOLVERS


def _load(text: str) -> Any:
    try:
        return yaml.load(text, Loader=_QuickLoader)
    except yaml.YAMLError:
        return yaml.load(text, Loader=_Loader)


def load_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file.

    Raises:
        ConfigError: missing, not readable, not YAML, or not a mapping.
    """
    try:
        data = _load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{path}: cannot be read as a text file") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark else ""
        raise ConfigError(
            f"{path}: not valid YAML{place}: {getattr(error, 'problem', None) or 'cannot be parsed'}"
        ) from None
    if not isinstance(data, dict):
        raise ConfigError(f"{path}: must be a mapping of keys to values, not {type(data).__name__}")
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
