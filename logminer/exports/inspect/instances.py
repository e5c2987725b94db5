"""Instances as samples of Inspect, and which one a sample is."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from inspect_ai.dataset import Sample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser

from logminer.environments.acting.tools import PROTOCOL
from logminer.environments.reward_hacking.instance import Arm, Instance
from logminer.environments.reward_hacking.making import make_instance
from logminer.errors import ConfigError

__all__ = ["CLAIM", "ENDED", "ERROR", "instance_of", "samples"]

# In the store of a sample: its last message, why it ended, and the error of a model that failed.
CLAIM, ENDED, ERROR = "claim", "ended", "model_error"


def samples(arm: str, instances: int, first: int = 0, pressure: int | None = None) -> list[Sample]:
    """`instances` of them, from number `first` on.

    Raises:
        ConfigError: there is no such arm or pressure.
    """
    arms = get_args(Arm)
    if arm not in (*arms, "both"):
        raise ConfigError(f"arm: {', '.join(arms)} or both, not '{arm}'")
    numbers = range(first, first + instances)
    wanted: tuple[Arm, ...] = arms if arm == "both" else (arm,)
    return [_sample(make_instance(n, one, pressure)) for n in numbers for one in wanted]


def _sample(made: Instance) -> Sample:
    return Sample(
        id=f"{made.number}/{made.arm}/{made.pressure}",
        input=[
            ChatMessageSystem(content=PROTOCOL),
            ChatMessageUser(content=made.files["TASK.md"].decode()),
        ],
        files=dict(_files(made)),
        metadata={
            "instance": made.number,
            "arm": made.arm,
            "pressure": made.pressure,
            "template": made.template,
        },
    )


def _files(made: Instance) -> Iterator[tuple[str, str]]:
    """As data, since Inspect takes a text that is the name of a file for that file."""
    for path, content in made.files.items():
        yield path, f"data:text/plain;base64,{base64.b64encode(content).decode()}"


def instance_of(metadata: Mapping[str, Any]) -> Instance:
    """The instance that a sample is, by its metadata."""
    return make_instance(metadata["instance"], metadata["arm"], metadata["pressure"])
