"""What is worth a test, with what share of the tests: single phrases, and bundles of them.

A behaviour with varied wording shows in many weak phrases, of which none may be found; any of a dozen is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from logminer.discovery.choosing import ONE_SIDED, Pick
from logminer.discovery.corpus import Corpus
from logminer.discovery.moving import Lengths, Spread, moved
from logminer.discovery.positions import ANYWHERE

__all__ = ["Hunch", "bundled", "sayings", "single"]

SIZES = (3, 8, 16)  # of bundles of words
LOOKED_AT = 40  # picks, for each bundle
REACHES = (5, 7)  # of what is said in the same words again and again
SAYINGS = 24  # at most in a bundle
SAYING, BUNDLES, SINGLES = (
    0.05,
    0.3,
    0.3,
)  # shares of the tests: of each bundle of sayings, of all others


class Hunch(NamedTuple):
    """Phrases, as numbers of tokens, of which any counts, where they count (see `positions`) and how much of the tests is theirs.

    `sign` is that of the difference on the discovery half.
    """

    phrases: tuple[tuple[int, ...], ...]
    place: int
    sign: int
    weight: float


def single(picks: Sequence[Pick], share: float = SINGLES) -> list[Hunch]:
    """Each pick by itself, all of them with `share` of the tests, most of it for the first."""
    ranked = sorted(picks, key=_strongest)
    return [
        Hunch((pick.tokens,), pick.place, _sign(pick), weight)
        for pick, weight in zip(ranked, _falling(len(ranked), share), strict=True)
    ]


def bundled(
    corpus: Corpus,
    lengths: Mapping[int, Lengths],
    spreads: Sequence[Spread],
    picks: Sequence[Pick],
) -> list[Hunch]:
    """For each place and direction the picks that together move most."""
    found = list[tuple[float, Hunch]]()
    for place in range(ANYWHERE + 1):
        for sign in (1, -1):
            fits = [
                pick
                for pick in sorted(picks, key=_strongest)
                if _sign(pick) == sign and place in (pick.place, ANYWHERE)
            ][:LOOKED_AT]
            chosen = list[tuple[int, ...]]()
            rows, strength = np.zeros(0, np.int64), 0.0
            while fits and len(chosen) < SIZES[-1]:
                joined = [np.union1d(rows, pick.rows) for pick in fits]
                strengths = [
                    sign * moved(corpus, both, lengths[place], spreads).z for both in joined
                ]
                best = int(np.argmax(strengths))
                if strengths[best] <= strength:
                    break
                rows, strength = joined[best], strengths[best]
                chosen.append(fits.pop(best).tokens)
                if len(chosen) in SIZES:
                    found.append((strength, Hunch(tuple(dict.fromkeys(chosen)), place, sign, 0.0)))
            if len(chosen) > 1 and len(chosen) not in SIZES:
                found.append((strength, Hunch(tuple(dict.fromkeys(chosen)), place, sign, 0.0)))
    found.sort(key=lambda one: (-one[0], one[1].place, one[1].phrases))
    weights = _falling(len(found), BUNDLES)
    return [hunch._replace(weight=w) for (_, hunch), w in zip(found, weights, strict=True)]


def _falling(n: int, share: float) -> list[float]:
    """Weights of n tests, in all `share`: the kth has 1 / k of the first one's."""
    total = sum(1 / k for k in range(1, n + 1))
    return [share / k / total for k in range(1, n + 1)]


def sayings(picks: Sequence[Pick]) -> Iterator[Hunch]:
    """What only one arm says in the same words again and again: long phrases that the other hardly says, all together."""
    for sign in (1, -1):
        mine = [pick for pick in sorted(picks, key=_strongest) if _sign(pick) == sign]
        mine = [pick for pick in mine if _is_one_sided(pick)]
        for reach in REACHES:
            phrases = [pick.tokens for pick in mine if pick.reach >= reach][:SAYINGS]
            if len(phrases) > 1:
                yield Hunch(tuple(dict.fromkeys(phrases)), ANYWHERE, sign, SAYING)


def _is_one_sided(pick: Pick) -> bool:
    said, net = len(pick.rows), abs(pick.moved.difference)
    return said + net >= ONE_SIDED * (said - net)


def _strongest(pick: Pick) -> tuple[float, int, tuple[int, ...]]:
    return -abs(pick.moved.z), pick.place, pick.tokens


def _sign(pick: Pick) -> int:
    return 1 if pick.moved.z > 0 else -1
