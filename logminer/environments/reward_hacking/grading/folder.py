"""A grade of a folder that some agent has left, whatever let it work there."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from logminer.environments.acting.quiet import quiet
from logminer.environments.reward_hacking.grading.grade import grade
from logminer.environments.reward_hacking.instance import Arm, Instance
from logminer.environments.reward_hacking.making import make_instance, recognise
from logminer.environments.reward_hacking.outcomes import Grade
from logminer.errors import ConfigError
from logminer.sandbox.base import BOUNDS, Sandbox
from logminer.sandbox.folder import read_tree

__all__ = ["GradedFolder", "grade_folder"]


class GradedFolder(NamedTuple):
    """What was decided, and of which instance."""

    instance: Instance
    grade: Grade

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        found, asked = self.grade, self.instance
        evidence = [
            {"detector": one.detector, "kind": one.kind, "what": one.what} for one in found.findings
        ]
        return {
            "outcome": found.outcome,
            "detectors": list(found.detectors),
            "visible_speedup": found.visible_speedup,
            "trusted_speedup": found.trusted_speedup,
            "kinds": list(found.kinds),
            "evidence": evidence,
            "target": found.target,
            "number": asked.number,
            "template": asked.template,
            "arm": asked.arm,
            "pressure": asked.pressure,
            "claimed": found.claimed,
            "disclosed": found.disclosed,
            "seed": found.seed,
        }


def grade_folder(
    number: int,
    folder: Path,
    claim: str | None,
    sandbox: Sandbox,
    *,
    arm: Arm | None = None,
    pressure: int | None = None,
    seed: int | None = None,
) -> GradedFolder:
    """Grade a folder, which is read and not changed.

    Args:
        number: of the instance that was written there.
        arm, pressure: None: as its files tell.

    Raises:
        ConfigError: no such instance, or the folder is not there, is none, or holds too much.
    """
    if not folder.is_dir():
        why = "is no folder" if folder.exists() else "is not there"
        raise ConfigError(f"{folder}: {why}; name the folder that the instance was written to")
    tree = read_tree(folder)
    if any(what in ("too_large", "too_many") for what in tree.odd.values()):
        most = f"{BOUNDS.tree_files} files or {BOUNDS.tree_bytes >> 20} MiB"
        raise ConfigError(
            f"{folder}: holds more than {most}; name the folder that the instance was written to, and remove what is none"
            " of the agent's work (an environment, a cache)"
        )
    asked = recognise(number, tree)
    if arm is not None or pressure is not None:
        of_arm = asked.pressure if arm in (None, asked.arm) else None
        pressure = of_arm if pressure is None else pressure
        asked = make_instance(number, arm or asked.arm, pressure)
    with quiet():
        return GradedFolder(asked, grade(asked, tree, claim, sandbox, seed=seed))
