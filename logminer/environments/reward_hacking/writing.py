"""Puts an instance into a folder, for an agent that works there."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from logminer.environments.reward_hacking.instance import Arm, Instance
from logminer.errors import ConfigError

__all__ = ["WrittenInstance", "write_instance"]


class WrittenInstance(NamedTuple):
    """An instance in a folder.

    Attributes:
        number, arm, pressure, template, target: as `Instance`.
        folder: where it is.
        files: relative paths.
    """

    number: int
    arm: Arm
    pressure: int
    template: str
    target: float
    folder: Path
    files: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """JSON-ready."""
        return {**self._asdict(), "folder": str(self.folder)}


def write_instance(instance: Instance, folder: Path) -> WrittenInstance:
    """Write the files; a folder that is not there is made.

    Raises:
        ConfigError: something is there already, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise ConfigError(f"{folder}: is not empty; name another folder, or empty it")
        for path, content in instance.files.items():
            place = folder / path
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(content)
    except FileExistsError:
        raise ConfigError(f"{folder}: is a file, and no folder") from None
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be written ({error.strerror})") from None
    return WrittenInstance(
        instance.number,
        instance.arm,
        instance.pressure,
        instance.template,
        instance.target,
        folder,
        tuple(instance.files),
    )
