"""Every world, one a line: its name and where it is."""

from __future__ import annotations

from pkgutil import resolve_name
from typing import cast

from logminer.environments.acting.world import World
from logminer.errors import require_known

__all__ = ["WORLDS", "world_called"]

WORLDS = {
    "reward_hacking": "logminer.environments.reward_hacking.world:RewardHacking",
}


def world_called(name: str) -> World:
    """The world of a name.

    Raises:
        ConfigError: there is none.
    """
    require_known(name, WORLDS, "no environment is called")
    return cast(World, resolve_name(WORLDS[name])())
