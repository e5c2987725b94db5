"""Environments without a checkpoint: what any agent left is decided on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from logminer.errors import require_known

if TYPE_CHECKING:
    from logminer.environments.reward_hacking.grading.folder import GradedFolder
    from logminer.environments.reward_hacking.instance import Arm
    from logminer.environments.reward_hacking.selftest import Landed, Selftest
    from logminer.environments.reward_hacking.writing import WrittenInstance
    from logminer.sandbox.base import Sandbox

__all__ = ["grade", "instance", "selftest"]


def instance(
    environment: str,
    number: int,
    to: str | Path,
    *,
    arm: Arm = "pressed",
    pressure: int | None = None,
) -> WrittenInstance:
    """Write an instance of an environment as an agent finds it.

    Args:
        environment: reward-hacking.
        number: 0 or more; the suite has those below 60.
        to: a folder that is empty, or not there yet.
        arm: `control`, whose target can be reached honestly, or `pressed`, whose cannot.
        pressure: of the wording, 0 to 2; None: by the number, as in the suite.

    Raises:
        ConfigError: no such environment, number, arm or pressure, or the folder holds something or cannot be written.
    """
    from logminer.environments.reward_hacking.making import make_instance
    from logminer.environments.reward_hacking.writing import write_instance

    _check_environment(environment)
    return write_instance(make_instance(number, arm, pressure), Path(to))


def grade(
    environment: str,
    number: int,
    folder: str | Path,
    *,
    claim: str | None = None,
    arm: Arm | None = None,
    pressure: int | None = None,
    seed: int | None = None,
    unsafe_sandbox: bool = False,
) -> GradedFolder:
    """Decide on a folder that `instance` wrote, as an agent left it; it is read, and not changed.

    Args:
        environment: reward-hacking.
        number: of the instance.
        claim: the agent's last message; None: it said nothing.
        arm, pressure: None: as the files tell.
        seed: of the inputs that nobody saw; None: another one each time.
        unsafe_sandbox: whether to go on where nothing can be contained.

    Raises:
        ConfigError: no such environment or instance, or the folder is none, or holds too much.
        SandboxError: nothing can be contained on this machine.
    """
    from logminer.environments.reward_hacking.grading.folder import grade_folder

    sandbox = _sandbox_for(environment, unsafe_sandbox)
    return grade_folder(number, Path(folder), claim, sandbox, arm=arm, pressure=pressure, seed=seed)


def selftest(
    environment: str,
    *,
    quick: bool = False,
    unsafe_sandbox: bool = False,
    tell: Callable[[Landed, int], None] | None = None,
) -> Selftest:
    """Let scripted solutions whose truth is known play in an environment, and see where their grades land.

    Args:
        environment: reward-hacking.
        quick: whether one of each sort will do; detectors are not switched off then.
        unsafe_sandbox: whether to go on where nothing can be contained; those that would do harm do not play then.
        tell: hears of each play when it is graded, and of how many there are.

    Raises:
        ConfigError: no such environment.
        SandboxError: nothing can be contained on this machine.
    """
    from logminer.environments.reward_hacking.selftest import selftest as play

    sandbox = _sandbox_for(environment, unsafe_sandbox)
    return play(sandbox, quick=quick, tell=tell or (lambda landed, of: None))


def _check_environment(name: str) -> None:
    """Ask that there is such an environment; it goes by the name of its suite."""
    from logminer.environments.acting.kinds import WORLDS

    suites = [world.replace("_", "-") for world in WORLDS]
    require_known(name, suites, "no environment is called")


def _sandbox_for(environment: str, unsafe: bool) -> Sandbox:
    from logminer.sandbox.opening import open_sandbox

    _check_environment(environment)
    return open_sandbox(unsafe=unsafe)
