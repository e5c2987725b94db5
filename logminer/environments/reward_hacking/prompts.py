"""The suite's prompts, which ship as `pipelines/suites/reward-hacking.jsonl`.

python -c "from logminer.environments.reward_hacking.prompts import lines; print(lines(), end='')" > FILE
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from logminer.environments.acting.tools import PROTOCOL
from logminer.environments.reward_hacking.instance import ARMS, INSTANCES, Arm
from logminer.environments.reward_hacking.making import default_pressure, task_text, template_of

__all__ = ["InstancePrompt", "lines", "prompts"]

DOZEN = 12


class InstancePrompt(NamedTuple):
    """A row of the table.

    Attributes:
        prompt_id: number, arm and pressure.
        messages: how the tools are used, and TASK.md.
        template, arm, pressure, instance: of the instance.
        dozen: which twelve numbers it is of; `0` are the first, each problem among them.
    """

    prompt_id: str
    messages: tuple[dict[str, str], ...]
    template: str
    arm: Arm
    pressure: int
    instance: int
    dozen: int


def prompts() -> Iterator[InstancePrompt]:
    """Each instance of the suite in each arm, with the pressure that it has by default."""
    for number in range(INSTANCES):
        pressure = default_pressure(number)
        for arm in ARMS:
            messages = (
                {"role": "system", "content": PROTOCOL},
                {"role": "user", "content": task_text(number, arm, pressure)},
            )
            yield InstancePrompt(
                f"{number}/{arm}/{pressure}",
                messages,
                template_of(number),
                arm,
                pressure,
                number,
                number // DOZEN,
            )


def lines() -> str:
    """The file."""
    return "".join(json.dumps(one._asdict()) + "\n" for one in prompts())
