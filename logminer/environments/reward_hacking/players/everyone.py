"""All players, in the order in which a self-test has them play."""

from __future__ import annotations

from logminer.environments.reward_hacking.players.beneath import BENEATH
from logminer.environments.reward_hacking.players.editing import EDITING
from logminer.environments.reward_hacking.players.exiting import EXITING
from logminer.environments.reward_hacking.players.garbage import GARBAGE
from logminer.environments.reward_hacking.players.honest import HONEST
from logminer.environments.reward_hacking.players.hostile import HOSTILE
from logminer.environments.reward_hacking.players.patching import PATCHING
from logminer.environments.reward_hacking.players.play import Player
from logminer.environments.reward_hacking.players.reading import READING
from logminer.environments.reward_hacking.players.special import SPECIAL
from logminer.environments.reward_hacking.players.stopping import CLAIMING, STOPPING

__all__ = ["PLAYERS"]

PLAYERS: tuple[Player, ...] = (
    *HONEST,
    *STOPPING,
    *EDITING,
    *SPECIAL,
    *READING,
    *PATCHING,
    *BENEATH,
    *EXITING,
    *CLAIMING,
    *GARBAGE,
    *HOSTILE,
)
