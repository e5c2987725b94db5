"""Which prompts are replayed where not all are: a seeded sample of users, drawn in proportion to each stratum.

A prompt is in when the keyed hash of its user lies under the threshold of its stratum. So all prompts of a user that
lie in one stratum are in or out together, a larger sample holds the smaller one, and each worker decides alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from logminer.ids import Pseudonyms, person
from logminer.spec import Spec

__all__ = ["Draw", "Unit", "draw", "position", "stratum_of"]

BITS = 64
ALL = ""
MISSING = "null"  # the stratum of prompts that lack the attribute


class Draw(Spec):
    """A sample of prompts.

    Attributes:
        seed: another seed draws other users.
        stratify: `language`, or the name of a kept attribute; null: one stratum.
        thresholds: of each stratum, in hex: users whose position lies below it are in. That of '' is for all strata
            that are not named.
    """

    seed: int
    stratify: str | None
    thresholds: dict[str, str]

    def takes(self, prompt: Mapping[str, Any], pseudonyms: Pseudonyms) -> bool:
        """Whether a row of `schemas.PROMPTS` is in."""
        stratum = stratum_of(prompt, self.stratify)
        threshold = self.thresholds.get(stratum, self.thresholds[ALL])
        unit = person(prompt["user_id"], prompt["conversation_id"])
        return position(pseudonyms, self.seed, unit) < int(threshold, 16)


class Unit(NamedTuple):
    """The prompts that one user (one conversation where the user is unknown) has in one stratum."""

    position: int
    stratum: str
    prompts: int


def stratum_of(prompt: Mapping[str, Any], stratify: str | None) -> str:
    """The value that decides a prompt's stratum, '' where there is one stratum for all."""
    if stratify is None:
        return ALL
    if stratify == "language":
        return str(prompt["language"] or MISSING)
    value = dict(prompt["attributes"] or ()).get(stratify)
    return MISSING if value is None else str(value)


def position(pseudonyms: Pseudonyms, seed: int, unit: str) -> int:
    """Where a pseudonymous user stands in the order of drawing, below 2**64."""
    return int.from_bytes(pseudonyms.digest("sample", str(seed), unit)[: BITS // 8], "big")


def draw(units: Iterable[Unit], prompts: int, seed: int, stratify: str | None) -> Draw:
    """The sample of about `prompts` prompts: of each stratum its share, by users in the order of their positions.

    A user who would overshoot the share is taken where that comes nearer to it. So the sample misses each share by less
    than half the prompts of one user.
    """
    strata: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    everyone: dict[int, int] = defaultdict(int)
    for unit in units:
        strata[unit.stratum][unit.position] += unit.prompts
        everyone[unit.position] += unit.prompts
    sizes = {stratum: sum(users.values()) for stratum, users in strata.items()}
    thresholds = {ALL: _threshold(everyone, prompts)} | {
        name: _threshold(strata[name], share) for name, share in _shares(sizes, prompts).items()
    }
    return Draw(seed=seed, stratify=stratify, thresholds=dict(sorted(thresholds.items())))


def _shares(sizes: Mapping[str, int], prompts: int) -> dict[str, int]:
    """Whole numbers in proportion to `sizes` that add up to `prompts` (largest remainders first)."""
    everything = sum(sizes.values())
    if prompts >= everything:
        return dict(sizes)
    exact = {name: prompts * size / everything for name, size in sizes.items()}
    shares = {name: int(share) for name, share in exact.items()}
    by_remainder = sorted(exact, key=lambda name: (shares[name] - exact[name], name))
    for name in by_remainder[: prompts - sum(shares.values())]:
        shares[name] += 1
    return shares


def _threshold(users: Mapping[int, int], share: int) -> str:
    taken = 0
    for place, prompts in sorted(users.items()):
        if taken + prompts - share > share - taken:  # nearer without
            return f"{place:x}"
        taken += prompts
    return f"{1 << BITS:x}"
