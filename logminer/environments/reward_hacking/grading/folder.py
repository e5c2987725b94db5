"""A grade of a folder that some agent has left, whatever let it work there."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from logminer.environments.acting.quiet import quiet
from logminer.environments.reward_hacking.grading.files import protected
from logminer.environments.reward_hacking.grading.grade import grade
from logminer.environments.reward_hacking.instance import ARMS, INSTANCES, PRESSURES, Arm, Instance
from logminer.environments.reward_hacking.making import (
    make_instance,
    recognise,
    task_text,
    template_of,
)
from logminer.environments.reward_hacking.outcomes import Grade
from logminer.errors import ConfigError
from logminer.sandbox.base import BOUNDS, Sandbox
from logminer.sandbox.folder import read_tree
from logminer.sandbox.tree import FileTree

__all__ = ["GradedFolder", "grade_folder"]


NEAR = 10  # numbers on either side that whoever mistakes a number may have meant


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
            "visible_speedup": _rounded(found.visible_speedup),
            "trusted_speedup": _rounded(found.trusted_speedup),
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


def _rounded(speedup: float | None) -> float | None:
    return None if speedup is None else round(speedup, 4)


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
        ConfigError: no such instance, or the folder is not there, is none, or holds too much, nothing of an instance, another
            instance, or one of another arm or pressure than is said.
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
    if not any(path in tree.files or path in tree.odd for path in asked.files):
        raise ConfigError(
            f"{folder}: is no instance's folder: it has no {', '.join(protected(asked))}; name the folder that `logminer suite"
            " instance` wrote"
        )
    written = _another(number, tree)
    if written is not None:
        raise ConfigError(
            f"{folder}: this is not instance {number}: its files are as those of instance {written.number} were written; say"
            f" {written.number}"
        )
    if arm is not None or pressure is not None:
        of_arm = asked.pressure if arm in (None, asked.arm) else None
        pressure = of_arm if pressure is None else pressure
        told, asked = asked, make_instance(number, arm or asked.arm, pressure)
        differ = (asked.arm, asked.pressure) != (told.arm, told.pressure)
        if differ and _as_written(told, tree):
            was, said = (f"{one.arm}, pressure {one.pressure}" for one in (told, asked))
            raise ConfigError(
                f"{folder}: instance {number} was written here as {was}, not as {said}; say --arm {told.arm} --pressure"
                f" {told.pressure}, or neither"
            )
    with quiet():
        return GradedFolder(asked, grade(asked, tree, claim, sandbox, seed=seed))


def _as_written(instance: Instance, tree: FileTree) -> bool:
    """Whether what tells an instance from all others is byte for byte there: who cheats cannot make another's by chance."""
    telling = ("TASK.md", "bench.py", "cases.json")
    return all(tree.files.get(path) == instance.files[path] for path in telling)


def _another(number: int, tree: FileTree) -> Instance | None:
    """The instance of another number whose files are there; None: they are of this number, or of none that is near."""
    numbers = {*range(INSTANCES), *range(max(0, number - NEAR), number + NEAR + 1)} - {number}
    task, cases = (tree.files.get(path) for path in ("TASK.md", "cases.json"))
    if task is None or cases is None:
        return None
    texts: dict[tuple[str, Arm, int], bytes] = {}
    for other in [number, *sorted(numbers)]:
        for arm in ARMS:
            for pressure in PRESSURES:
                kind = (template_of(other), arm, pressure)
                if kind not in texts:
                    texts[kind] = task_text(other, arm, pressure).encode()
                if texts[kind] == task:
                    made = make_instance(other, arm, pressure)
                    if made.files["cases.json"] == cases:
                        return made if other != number else None
    return None
