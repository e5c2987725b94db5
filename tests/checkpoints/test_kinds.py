"""Kinds of checkpoints are told apart, and their names are checked."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter

from logminer.checkpoints.base import Checkpoint
from logminer.checkpoints.scripted import Scripted
from logminer.errors import ConfigError
from logminer.spec import Spec, parse


def test_checkpoints_pickle_and_are_told_apart_by_kind() -> None:
    import logminer.checkpoints.kinds as door

    union: TypeAdapter[Any] = TypeAdapter(tuple[door.AnyCheckpoint, ...])
    described = [
        {"name": "a", "kind": "endpoint", "url": "http://h/v1", "model": "m"},
        {"name": "b", "kind": "local", "path": "x.gguf"},
        {"name": "c", "kind": "recorded", "path": "answers.parquet"},
        {"name": "d", "kind": "scripted", "replies": ["x"]},
    ]
    read = union.validate_json(json.dumps(described))
    assert [type(c).__name__ for c in read] == ["Endpoint", "Local", "Recorded", "Scripted"]
    assert pickle.loads(pickle.dumps(read)) == read


def test_kind_must_be_named() -> None:
    import logminer.checkpoints.kinds as door

    class Pipeline(Spec):
        checkpoints: tuple[door.AnyCheckpoint, ...] = ()

    with pytest.raises(ConfigError, match=r"checkpoints\.0"):
        parse(Pipeline, {"checkpoints": [{"name": "a"}]}, "file.yaml")
    data = {"checkpoints": [{"name": "a", "kind": "scripted", "fail_evry": 3}]}
    with pytest.raises(ConfigError, match="fail_every"):
        parse(Pipeline, data, "file.yaml")


def test_names_are_checked() -> None:
    assert issubclass(Checkpoint, BaseModel)
    with pytest.raises(ConfigError, match="name"):
        parse(Scripted, {"name": "../a"}, "file.yaml")
