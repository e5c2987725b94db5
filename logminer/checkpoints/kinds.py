"""Every kind of checkpoint. One that comes later adds its file, and itself to `AnyCheckpoint`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from logminer.checkpoints.endpoint import Endpoint
from logminer.checkpoints.inspect.checkpoint import Inspect
from logminer.checkpoints.local import Local
from logminer.checkpoints.recorded import Recorded
from logminer.checkpoints.scripted import Scripted

__all__ = ["AnyCheckpoint"]

# What a pipeline file may name; `kind` tells which.
AnyCheckpoint = Annotated[
    Endpoint | Inspect | Local | Recorded | Scripted, Field(discriminator="kind")
]
