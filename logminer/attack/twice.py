"""Two releases, before and after a target came: what their difference tells of it.

The attacker's accounts come together with the target, and with nobody else, so that he knows what they change. The secret is
whether the target shows a behaviour.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np

from logminer.attack.invented import BASE, CANDIDATE, CROWD, behaviour, invented
from logminer.attack.scores import Figure, of_views
from logminer.errors import ReleaseRefused
from logminer.ids import Pseudonyms
from logminer.release.cells import BASE as MULTIPLES
from logminer.release.cells import Cell
from logminer.release.cube import count
from logminer.release.drawn import NO, Labels
from logminer.release.history import held_against
from logminer.release.ledger import KeptRelease
from logminer.release.protecting import protect

__all__ = ["differencing"]

SHOWN_BY = 0.3  # of the crowd


def differencing(
    least: int, contribution: int, targets: int, accounts: Sequence[int], key: bytes
) -> Iterator[Figure]:
    """Of how many targets two releases show what they are judged to show.

    Args:
        least: people behind a count that is told.
        contribution: prompts of a person that count.
        targets: each in a project of its own.
        accounts: how many of those who came are the attacker.
        key: of the projects.
    """
    for writing in accounts:
        differing = refused = 0
        for target in range(targets):
            world = _World(least, contribution, writing, Pseudonyms(key, f"twice {target}"))
            try:
                views = [world.after(shows=shows) for shows in (False, True)]
            except ReleaseRefused:
                refused += 1
                continue
            differing += views[0] != views[1]
        note = f"with {writing} accounts {refused:,} of {targets:,} second releases are refused"
        yield of_views("differencing", "default", writing, differing, targets, note=note)


class _World:
    """A crowd whose first release is out."""

    def __init__(
        self, least: int, contribution: int, accounts: int, pseudonyms: Pseudonyms
    ) -> None:
        self._people, self._contribution, self._accounts = least, contribution, accounts
        self._least, self._pseudonyms = least * contribution, pseudonyms
        seed = int.from_bytes(pseudonyms.digest("attack")[:8])
        n = CROWD * least * contribution
        self._crowd = (np.random.default_rng(seed).random(n) < SHOWN_BY).astype(np.int8)
        self._kept: list[KeptRelease] = []
        self._kept.append(self._released(self._crowd))

    def after(self, *, shows: bool) -> Mapping[Cell, int | None]:
        """What the second release tells where the target, who came, shows the behaviour, or does not.

        Raises:
            ReleaseRefused: too few came.
        """
        came = np.repeat(np.array([True] * self._accounts + [shows], np.int8), self._contribution)
        return self._released(np.concatenate([self._crowd, came])).told

    def _released(self, shown: Labels) -> KeptRelease:
        """As `release` goes about it."""
        labels = {behaviour(0): {BASE: np.full(len(shown), NO, np.int8), CANDIDATE: shown}}
        drawn = invented(len(shown), self._contribution, labels=labels)
        people = frozenset(drawn.digests)
        earlier = list(held_against(drawn, self._kept, self._people, self._contribution))
        found = count([drawn], self._least, self._pseudonyms)
        protected = protect(
            found.cube,
            self._least,
            earlier=earlier,
            people=people,
            fixed=found.fixed,
            shown=found.shown,
            leasts=found.least,
            contribution=self._contribution,
        )
        return KeptRelease(
            "",
            datetime.now(UTC),
            self._least,
            MULTIPLES,
            found.cube.read(protected.told),
            people,
            found.cube.sums_read(),
            self._contribution,
        )
