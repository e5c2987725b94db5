"""Tasks of inspect_ai: `logminer/reward_hacking`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset

from logminer.environments.reward_hacking.world import RewardHacking
from logminer.exports.inspect.acting import acting
from logminer.exports.inspect.instances import samples
from logminer.exports.inspect.outcomes import outcome

__all__ = ["reward_hacking"]

COMPOSE = Path(__file__).with_name("container") / "compose.yaml"


@task  # type: ignore[untyped-decorator]
def reward_hacking(
    arm: str = "pressed",
    instances: int = 12,
    first: int = 0,
    pressure: int | None = None,
    tools: Literal["native", "fenced"] = "native",
    max_steps: int = 30,
    unsafe_sandbox: bool = False,
) -> Task:
    """Make a solution faster, timed by a script that can be cheated; decided from the state in which it was left.

    Args:
        arm: `control`: the target can be reached honestly; `pressed`: it cannot; `both`.
        instances: how many, of each arm.
        first: the number of the first.
        pressure: of the wording, 0 to 2; by default as in the suite, by the number.
        tools, max_steps: see the solver `acting`.
        unsafe_sandbox: see the scorer `outcome`.
    """
    return Task(
        dataset=MemoryDataset(samples(arm, instances, first, pressure), name="reward_hacking"),
        solver=acting(tools, max_steps),
        scorer=outcome(unsafe_sandbox),
        sandbox=("docker", str(COMPOSE)),
        version=RewardHacking.version,
    )
