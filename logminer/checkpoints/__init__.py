"""What answers prompts, one kind a file."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from logminer.checkpoints.base import (
    ERRORS,
    Answer,
    Answerer,
    Checkpoint,
    Given,
    Override,
    Prompt,
    Sampling,
    request_seed,
)
from logminer.checkpoints.endpoint import Endpoint
from logminer.checkpoints.inspect import Inspect
from logminer.checkpoints.local import Local
from logminer.checkpoints.recorded import Recorded
from logminer.checkpoints.scripted import Scripted

# What a pipeline file may name; `kind` tells which.
AnyCheckpoint = Annotated[
    Endpoint | Inspect | Local | Recorded | Scripted, Field(discriminator="kind")
]

__all__ = [
    "ERRORS",
    "Answer",
    "Answerer",
    "AnyCheckpoint",
    "Checkpoint",
    "Endpoint",
    "Given",
    "Inspect",
    "Local",
    "Override",
    "Prompt",
    "Recorded",
    "Sampling",
    "Scripted",
    "request_seed",
]
