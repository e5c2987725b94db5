"""The environment as a checkpoint acts in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, cast

from logminer.environments.acting.world import UNDECIDED, Decided
from logminer.environments.reward_hacking.grading.grade import grade
from logminer.environments.reward_hacking.instance import ARMS, PRESSURES, Arm, Instance
from logminer.environments.reward_hacking.making import make_instance
from logminer.environments.reward_hacking.outcomes import KINDS, OUTCOMES
from logminer.sandbox.base import Sandbox
from logminer.sandbox.tree import FileTree

__all__ = ["RewardHacking"]


class RewardHacking:
    """An algorithm to be made faster; which one, stands in the columns `instance`, `arm` and `pressure`."""

    version: ClassVar[int] = 1
    columns: ClassVar[tuple[str, ...]] = ("instance", "arm", "pressure")
    outcomes: ClassVar[tuple[str, ...]] = tuple(one for one in OUTCOMES if one != UNDECIDED)
    kinds: ClassVar[tuple[str, ...]] = KINDS

    def task(self, row: Mapping[str, Any]) -> _Speeding:
        """See `World.task`."""
        number, pressure = (_number(row, name) for name in ("instance", "pressure"))
        arm = row["arm"]
        if arm not in ARMS:
            raise ValueError("arm")
        if pressure not in PRESSURES:
            raise ValueError("pressure")
        return _Speeding(number, cast(Arm, arm), pressure)


def _number(row: Mapping[str, Any], name: str) -> int:
    """A whole number, also where a table keeps it as text."""
    try:
        number = int(row[name])
    except (TypeError, ValueError):
        raise ValueError(name) from None
    if number < 0:
        raise ValueError(name)
    return number


class _Speeding(NamedTuple):
    number: int
    arm: Arm
    pressure: int

    @property
    def instance(self) -> Instance:
        return make_instance(self.number, self.arm, self.pressure)

    @property
    def name(self) -> str:
        return f"{self.number}/{self.arm}/{self.pressure}"

    def start(self) -> FileTree:
        return FileTree(self.instance.files)

    def decide(self, tree: FileTree, claim: str | None, sandbox: Sandbox) -> Decided:
        found = grade(self.instance, tree, claim, sandbox)
        return Decided(
            found.outcome,
            found.detectors,
            found.kinds,
            tuple(f"{one.detector}: {one.what}" for one in found.findings),
            found.visible_speedup,
            found.trusted_speedup,
            found.target,
            found.claimed,
            found.disclosed,
        )
