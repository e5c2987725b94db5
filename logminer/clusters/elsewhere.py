"""How much other groups hold of what one group says."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import NamedTuple

__all__ = ["Elsewhere", "Other"]

NEAREST = 3  # groups that hold a phrase most
FEWEST = 7  # other groups: where there are fewer, the missing ones are taken to hold nothing


class Other(NamedTuple):
    """A phrase in other groups."""

    share: float  # of them that holds it, in [0, 1]
    spread: float  # share of the groups in which it counts, in [0, 1]


class Elsewhere:
    """Shares of phrases in groups.

    Args:
        shares: group → of each phrase that counts there, how much of the group holds it.
    """

    def __init__(self, shares: Mapping[int, Mapping[str, float]]) -> None:
        self._shares = shares
        self._of_phrase: dict[str, list[float]] = {}
        for mine in shares.values():
            for phrase, share in mine.items():
                self._of_phrase.setdefault(phrase, []).append(share)
        for each in self._of_phrase.values():
            each.sort(reverse=True)

    def of(self, group: int, siblings: Collection[int]) -> dict[str, Other]:
        """Each phrase of a group in the others.

        The share is the mean of three: in all others, in its siblings, and in those three that hold it most. Without the
        last, words that are common in a language which few groups are in would look as if they were theirs alone.
        """
        rest = max(FEWEST, len(self._shares) - 1)
        near = [self._shares[sibling] for sibling in siblings if sibling in self._shares]
        found = {}
        for phrase, share in self._shares[group].items():
            others = list(self._of_phrase[phrase])
            others.remove(share)
            means = [math.fsum(others) / rest, math.fsum(others[:NEAREST]) / NEAREST]
            if near:
                means.append(math.fsum(one.get(phrase, 0.0) for one in near) / len(near))
            found[phrase] = Other(round(math.fsum(means) / len(means), 9), len(others) / rest)
        return found
