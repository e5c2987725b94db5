"""What of a study is counted: some prompts of each user, drawn, and what the arms did with them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["ALL", "MISSING", "NO", "NOWHERE", "YES", "Drawn", "JudgedAs"]

Codes = NDArray[np.int64]
Labels = NDArray[np.int8]
NO, YES, MISSING = 0, 1, -1
NOWHERE = -2  # the cluster of a response without a vector
ALL = "all"  # the stratum of all prompts


class JudgedAs(NamedTuple):
    """A behaviour as it is judged: the primary scorer's word on one channel."""

    category_id: str
    channel: str
    scorer: str


class Drawn(NamedTuple):
    """The prompts of one study that are counted, [n] in the order of their ids. Each was asked of every compared arm.

    Attributes:
        suite: 'logs', or the suite whose study it is.
        people: [n] place of each prompt's user in `digests`; a user has at most `contribution` of them.
        digests: of each user 28 bytes, equal in two releases where nothing of it changed: keyed hashes of the suite, of the user
            (the same in all suites), of the user with the prompts that are counted, of all that is counted of them but for
            clusters, and of what there is to count: arms, behaviours, strata.
        users: of each user, a keyed hash of the user alone: the same in all suites. In the order of `digests`.
        known: whether users are; else each wording stands for one, which was accepted.
        left_out: prompts whose user is unknown, and which are not counted for it.
        arms: checkpoints, in their order.
        pairs: (base, candidate) that are compared.
        strata: family → [n] the value of each prompt; null: it has none. 'language' → …, 'turn' → first | later.
        labels: measure → arm → [n] YES, NO, or MISSING where nobody says, or it is not counted (`pooling`). Which measures there are hangs on what is declared, or on
            many people, never on a single one.
        states: arm → [n] state of the response, as in `responses.state`; null: the log has none.
        clusters: arm → [n] cluster of the response; −1 in none; null where it has no vector, or is not counted: −2.
        parents: cluster → the group that it lies in, and group → group; null: in none.
        map_id: the fit that clusters belong to; empty: there are none.
        broader: category → the one that it lies under in the taxonomy.
        asked: of each user, a keyed hash of the user with the prompts that are counted: the same in all suites. In the order of
            `digests`.
    """

    suite: str
    people: Codes
    digests: tuple[bytes, ...]
    users: tuple[bytes, ...]
    known: bool
    left_out: int
    arms: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    strata: Mapping[str, NDArray[np.object_]]
    labels: Mapping[JudgedAs, Mapping[str, Labels]]
    states: Mapping[str, NDArray[np.object_]]
    clusters: Mapping[str, Codes]
    parents: Mapping[int, int | None]
    map_id: str = ""
    broader: Mapping[str, str] = MappingProxyType({})
    asked: tuple[bytes, ...] = ()

    def __len__(self) -> int:
        return len(self.people)
