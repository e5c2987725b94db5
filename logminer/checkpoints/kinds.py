"""Every kind of checkpoint, one a line: the file of this folder that holds it, and its class."""

from __future__ import annotations

from functools import reduce
from operator import or_
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import Field

from logminer.checkpoints.base import Checkpoint, Generating

__all__ = ["AnyCheckpoint", "AnyGenerating"]

FILES = (
    "endpoint:Endpoint",
    "inspect.checkpoint:Inspect",
    "local:Local",
    "recorded:Recorded",
    "scripted:Scripted",
    "transcripts:Transcripts",
    "vllm:Vllm",
)


if TYPE_CHECKING:  # no code may rely on more than this
    AnyCheckpoint: TypeAlias = Checkpoint
    AnyGenerating: TypeAlias = Generating
else:  # what a pipeline file may name; `kind` tells which
    _KINDS = tuple(resolve_name(f"logminer.checkpoints.{file}") for file in FILES)
    _GENERATING = tuple(kind for kind in _KINDS if issubclass(kind, Generating))
    AnyCheckpoint = Annotated[reduce(or_, _KINDS), Field(discriminator="kind")]
    AnyGenerating = Annotated[reduce(or_, _GENERATING), Field(discriminator="kind")]
